import type { FundPart, FundReason, Remaining, Segment } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Delta } from '../ledger/entry.ts'
import {
  type Fen,
  larger,
  minus,
  plus,
  shareHalfUp,
  smaller,
  toFen,
  WHOLE,
  ZERO_FEN,
} from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import { accumulatorNames } from './accumulators.ts'
import type { Penalty } from './area.ts'
import { deductible } from './deductible.ts'
import { personSubject } from './snapshot.ts'
import { lookUp, note, readAccumulator, type Workings } from './workings.ts'

/** What all layers together come to. */
export interface LayersResult {
  readonly funds: readonly FundPart[]
  readonly fundFen: Fen
  /** Borne of the in-scope amount before the first layer paid. */
  readonly deductibleFen: Fen
  readonly remaining: readonly Remaining[]
  readonly deltas: readonly Delta[]
}

/**
 * Steps 6 and 7: the layers in the pack's order. Each takes its base from what the ones before it
 * left, bears its deductible, applies its rate and is cut by its caps.
 */
export function runLayers(
  workings: Workings,
  layers: readonly Layer[],
  inScopeFen: Fen,
  penalty: Penalty,
): LayersResult | Refusal {
  const funds: FundPart[] = []
  const remaining: Remaining[] = []
  const deltas: Delta[] = []
  let fundFen = ZERO_FEN
  let deductibleFen = ZERO_FEN
  for (const [index, layer] of layers.entries()) {
    const unpaidFen = minus(inScopeFen, fundFen)
    const baseFen = layer.base === 'in-scope' ? inScopeFen : unpaidFen
    const outcome = runLayer(workings, layer, { baseFen, unpaidFen, deltas }, penalty)
    if (isRefusal(outcome)) return outcome
    const { part } = outcome
    funds.push(part)
    fundFen = plus(fundFen, part.payFen)
    if (index === 0) deductibleFen = outcome.borneFen
    for (const cap of outcome.caps) {
      remaining.push({ cap: cap.id, leftFen: minus(cap.leftFen, part.payFen) })
    }
    addDeltas(deltas, workings, layer, { baseFen, borneFen: outcome.borneFen, part })
  }
  return { funds, fundFen, deductibleFen, remaining, deltas }
}

interface CapLeft {
  readonly id: string
  readonly title: string
  readonly capFen: Fen
  readonly usedFen: Fen
  readonly leftFen: Fen
}

/** What the layers before have left and done. */
interface Before {
  readonly baseFen: Fen
  /** Of the in-scope amount; two layers on one base must not pay the same yuan twice. */
  readonly unpaidFen: Fen
  readonly deltas: readonly Delta[]
}

function runLayer(
  workings: Workings,
  layer: Layer,
  { baseFen, unpaidFen, deltas }: Before,
  penalty: Penalty,
): { part: FundPart; borneFen: Fen; caps: readonly CapLeft[] } | Refusal {
  const dueFen = deductible(workings, layer, penalty)
  if (isRefusalOrFen(dueFen)) return dueFen
  const borneFen = smaller(dueFen, baseFen)
  const aboveFen = minus(baseFen, borneFen)
  const ratePermyriad = rateOf(workings, layer, penalty)
  if (typeof ratePermyriad !== 'number') return ratePermyriad
  const segment: Segment = {
    fromFen: dueFen,
    toFen: null,
    baseFen: aboveFen,
    ratePermyriad,
    payFen: shareHalfUp(aboveFen, ratePermyriad),
  }
  const caps = capsLeft(workings, layer, deltas)
  if ('refused' in caps) return caps
  const tightest = caps.reduce<CapLeft | undefined>(
    (least, cap) => (least === undefined || cap.leftFen < least.leftFen ? cap : least),
    undefined,
  )
  const capped = tightest === undefined ? segment.payFen : smaller(segment.payFen, tightest.leftFen)
  const payFen = smaller(capped, unpaidFen)
  const reason = reasonFor(segment, payFen, tightest)
  note(
    workings,
    'layer',
    { baseFen, deductibleFen: borneFen, ratePermyriad },
    { payFen, ...(reason === undefined ? {} : { reason: reason.code }) },
    layer.id,
  )
  return {
    part: {
      fund: layer.fund,
      layer: layer.id,
      baseFen: aboveFen,
      payFen,
      segments: [segment],
      ...(reason === undefined ? {} : { reason }),
    },
    borneFen,
    caps,
  }
}

function isRefusalOrFen(value: Fen | Refusal): value is Refusal {
  return typeof value !== 'number'
}

function rateOf(workings: Workings, layer: Layer, penalty: Penalty): number | Refusal {
  const found = lookUp(workings, 'rate', layer.rate.table, layer.id)
  if (isRefusal(found)) return found
  const ratePermyriad = found['ratePermyriad'] as number
  const { rateDecreasePermyriad: decrease, rateReading: reading } = penalty
  if (layer.rate.penalised !== true || decrease === 0) return ratePermyriad
  // A rate, too, is rounded half-up: to the permyriad.
  const lowered =
    reading === 'relative'
      ? shareHalfUp(toFen(ratePermyriad), WHOLE - decrease)
      : Math.max(0, ratePermyriad - decrease)
  note(
    workings,
    'rate-penalty',
    { ratePermyriad, decreasePermyriad: decrease, reading },
    { ratePermyriad: lowered },
    layer.id,
  )
  return lowered
}

/** What the layers before paid on this very bill counts too, where a cap is on their benefits. */
function capsLeft(
  workings: Workings,
  layer: Layer,
  before: readonly Delta[],
): readonly CapLeft[] | Refusal {
  const person = personSubject(workings.claim.personId)
  const caps: CapLeft[] = []
  for (const { id, title, table, benefits } of layer.caps) {
    const found = lookUp(workings, 'cap', table, layer.id)
    if (isRefusal(found)) return found
    const capFen = toFen(found['capFen'] as number)
    let used = 0
    for (const benefit of benefits) {
      const names = accumulatorNames(workings.benefitYear, layer.fund, benefit)
      used += readAccumulator(workings, person, names.paid)
      for (const delta of before) if (delta.accumulator === names.paid) used += delta.amount
    }
    const usedFen = toFen(used)
    // A cap may be lower than what was paid: brought-along balances, or a lowered grade.
    const leftFen = larger(ZERO_FEN, minus(capFen, usedFen))
    note(workings, 'cap-left', { cap: id, capFen, usedFen }, { leftFen }, layer.id)
    caps.push({ id, title, capFen, usedFen, leftFen })
  }
  return caps
}

function reasonFor(
  segment: Segment,
  payFen: Fen,
  tightest: CapLeft | undefined,
): FundReason | undefined {
  if (payFen < segment.payFen && payFen === tightest?.leftFen) {
    const { id, title, capFen, usedFen } = tightest
    return { code: 'cap-reached', cap: id, title, capFen, usedFen }
  }
  if (payFen < segment.payFen) return { code: 'paid-by-others' }
  if (payFen > 0) return undefined
  return { code: segment.baseFen === 0 ? 'nothing-above-deductible' : 'rate-is-zero' }
}

function addDeltas(
  deltas: Delta[],
  workings: Workings,
  layer: Layer,
  sums: { readonly baseFen: Fen; readonly borneFen: Fen; readonly part: FundPart },
): void {
  const subject = personSubject(workings.claim.personId)
  const names = accumulatorNames(workings.benefitYear, layer.fund, layer.benefit)
  const add = (accumulator: string, amount: number) => {
    if (amount !== 0) deltas.push({ subject, accumulator, amount })
  }
  add(names.paid, sums.part.payFen)
  add(names.deductible, sums.borneFen)
  add(names.base, sums.baseFen)
}
