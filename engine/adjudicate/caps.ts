import type { FundReason } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, larger, minus, plus, toFen, ZERO_FEN } from '../money/fen.ts'
import { type Cap, isOnCost, type Layer } from '../policy/compile-plan.ts'
import { type Usage, type UsageTime, usageAccumulator } from './accumulators.ts'
import { amountFrom } from './figures.ts'
import { addedOnThisBill, type CapUse, type LayerRun, paidBefore, placeOf } from './layer-run.ts'
import { lookUp, note, readUsed } from './workings.ts'

/** What a measure adds up; what is named second is subtracted. */
const USAGE: Readonly<Record<NonNullable<Cap['measure']>, readonly [Usage, Usage?]>> = {
  payment: ['paid'],
  base: ['base'],
  eligible: ['base', 'deductible'],
  visits: ['visits'],
  // What the layers before pay on this bill; no claim before counts.
  'all-funds': ['paid'],
}

const NO_USES: readonly CapUse[] = []

/** What some caps of a layer leave. */
export function capsLeft(
  run: LayerRun,
  layer: Layer,
  caps: readonly Cap[],
  baseFen: Fen,
): readonly CapUse[] | Refusal {
  if (caps.length === 0) return NO_USES
  const { workings } = run
  const uses: CapUse[] = []
  for (const cap of caps) {
    const row = lookUp(workings, 'cap', cap.table, layer.id)
    if (isRefusal(row)) return row
    if (row['limited'] === false) continue
    const capFen =
      cap.measure === 'visits'
        ? toFen(row['visits'] as number)
        : amountFrom(workings, row, 'capFen', placeOf(run, layer, baseFen))
    if (isRefusal(capFen)) return capFen
    const together = cap.measure === 'all-funds'
    const beforeFen = together || cap.per === 'visit' ? 0 : usage(run, layer.fund, cap, readBefore)
    const usedFen = together
      ? plus(run.paidEarlierFen, paidBefore(run))
      : toFen(beforeFen + usage(run, layer.fund, cap, addedOnThisBill))
    // A cap may be lower than what was used: brought-along balances, or a lowered grade.
    const leftFen = larger(ZERO_FEN, minus(capFen, usedFen))
    note(workings, 'cap-left', { cap: cap.id, capFen, usedFen }, { leftFen }, layer.id)
    const { fund } = layer
    const use: CapUse = { cap, fund, capFen, beforeFen, usedFen, leftFen }
    uses.push(use)
    run.capUses.push(use)
  }
  return uses
}

/** What a cap leaves after the whole bill. */
export function leftAfter(run: LayerRun, { cap, fund, capFen, beforeFen }: CapUse): Fen {
  const usedFen = beforeFen + usage(run, fund, cap, addedOnThisBill)
  return larger(ZERO_FEN, minus(capFen, toFen(usedFen)))
}

function usage(
  run: LayerRun,
  fund: string,
  { benefits, per = 'year', measure = 'payment' }: Cap,
  amountUnder: (run: LayerRun, accumulator: string) => number,
): number {
  const now = run.workings.time
  const { earlierYear } = run
  const scope = per === 'visit' ? 'year' : per
  const [counted, less] = USAGE[measure]
  const usedAt = (time: UsageTime): number => {
    let used = 0
    for (const benefit of benefits) {
      used += amountUnder(run, usageAccumulator(counted, fund, benefit, time, scope))
      if (less !== undefined) {
        used -= amountUnder(run, usageAccumulator(less, fund, benefit, time, scope))
      }
    }
    return used
  }
  const used = usedAt(now)
  if (per !== 'visit' || earlierYear === undefined) return used
  return used + usedAt({ ...now, year: earlierYear })
}

function readBefore({ workings }: LayerRun, accumulator: string): number {
  return readUsed(workings, accumulator)
}

/** The tightest of the caps that bound the payment itself. */
export function tightest(uses: readonly CapUse[]): CapUse | undefined {
  let least: CapUse | undefined
  for (const use of uses) {
    if (isOnCost(use.cap)) continue
    if (least === undefined || use.leftFen < least.leftFen) least = use
  }
  return least
}

/** Why a cap, and not the rate, decided what is paid. */
export function capReason({ cap, capFen, usedFen }: CapUse): FundReason {
  const code = cap.measure === 'visits' ? 'visits-used-up' : 'cap-reached'
  return { code, cap: cap.id, title: cap.title, capFen, usedFen }
}
