import type { FundPart, FundReason } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, larger, minus, smaller, toFen, ZERO_FEN } from '../money/fen.ts'
import { PPM_PER_PERMYRIAD, WHOLE_PPM } from '../money/share-sum.ts'
import type { Layer } from '../policy/compile.ts'
import { BASE_BASKET, PARTS_OF_SHARE } from '../policy/pack.ts'
import { inScopeAccumulator, usageAccumulator } from './accumulators.ts'
import { capReason, capsLeft, tightest } from './caps.ts'
import { amountFrom, rateFrom, roundTo, shareAt, stepAmount, stepRate } from './figures.ts'
import { basketsOf, wholeBaseOf } from './layer-base.ts'
import {
  aboveDeductible,
  type CapUse,
  type LayerOutcome,
  type LayerRun,
  placeOf,
  type StaySum,
} from './layer-run.ts'
import { computeShare } from './share-layer.ts'
import { lookUp, note, readUsed } from './workings.ts'

/** A standard sum, at most what the base's parts hold: childbirth, long-term care. */
export function fixedLayer(run: LayerRun, layer: Layer): LayerOutcome | Refusal {
  const sum = run.carriedSums.get(layer.id) ?? fixedSum(run, layer)
  if (isRefusal(sum)) return sum
  run.staySums.set(layer.id, sum)
  const { standardFen, ratePpm, leftFen: wantedFen } = sum
  const heldFen = run.share.sum(basketsOf(run, layer), layer.base)
  const paid = withinCaps(run, layer, wantedFen, heldFen)
  if (isRefusal(paid)) return paid
  run.share.take(basketsOf(run, layer), layer.base, paid.payFen)
  return outcome(run, layer, { baseFen: standardFen, ratePpm, ...paid })
}

function fixedSum(run: LayerRun, layer: Layer): StaySum | Refusal {
  const standardFen = amountOf(run, layer, 'standard')
  if (isRefusal(standardFen)) return standardFen
  const ratePpm = layer.rate === undefined ? WHOLE_PPM : rateOf(run, layer)
  if (isRefusal(ratePpm)) return ratePpm
  return { standardFen, ratePpm, leftFen: shareAt(standardFen, ratePpm) }
}

/** What the patient bears above a share of the bill (兜底). */
export function ceilingLayer(run: LayerRun, layer: Layer): LayerOutcome | Refusal {
  const { workings, share } = run
  const row = lookUp(workings, 'rate', layer.rate!.table, layer.id)
  if (isRefusal(row)) return row
  const before = layer.per === 'year' ? earlierInYear(run, layer) : { ofFen: 0, borneFen: 0 }
  const ofFen = toFen(measureOf(run, layer) + before.ofFen)
  const bearableFen = roundTo(shareAt(ofFen, rateFrom(workings, row)), row)
  const heldFen = share.sum(basketsOf(run, layer), layer.base)
  const borneFen = toFen(heldFen + before.borneFen)
  const aboveFen = smaller(heldFen, larger(ZERO_FEN, minus(borneFen, bearableFen)))
  note(workings, 'ceiling', { ofFen, heldFen: borneFen, bearableFen }, { aboveFen }, layer.id)
  const paid = withinCaps(run, layer, aboveFen, heldFen)
  if (isRefusal(paid)) return paid
  share.take(basketsOf(run, layer), layer.base, paid.payFen)
  const result = outcome(run, layer, { baseFen: aboveFen, ratePpm: WHOLE_PPM, ...paid })
  return { ...result, baseFen: heldFen }
}

/** What the share that the patient may bear is of, on this bill. */
function measureOf(run: LayerRun, { of }: Layer): Fen {
  if (of === 'total') return run.buckets.totalFen
  return of === 'in-scope' ? run.buckets.inScopeFen : aboveDeductible(run)
}

/** The in-scope amounts of the year's earlier bills, and what the patient was left with of them. */
function earlierInYear(
  { workings }: LayerRun,
  { fund, benefit }: Layer,
): { ofFen: number; borneFen: number } {
  const time = workings.time
  const read = (accumulator: string) => readUsed(workings, accumulator)
  const held = read(usageAccumulator('base', fund, benefit, time))
  return {
    ofFen: read(inScopeAccumulator(time, workings.facts.scheme)),
    borneFen: held - read(usageAccumulator('paid', fund, benefit, time)),
  }
}

/**
 * A case at a standard: the institution is paid the standard, whatever the cost, and the patient owes
 * a share of it, what a share layer would leave of the cost, or a sum.
 */
export function byCaseLayer(run: LayerRun, layer: Layer): LayerOutcome | Refusal {
  const standardFen = amountOf(run, layer, 'standard')
  if (isRefusal(standardFen)) return standardFen
  const owed = owedOf(run, layer)
  if (owed !== undefined && isRefusal(owed)) return owed
  let ratePpm = 0
  let wantedFen: Fen
  if (owed === undefined) {
    const rate = rateOf(run, layer)
    if (isRefusal(rate)) return rate
    ratePpm = rate
    wantedFen = shareAt(standardFen, ratePpm)
  } else wantedFen = larger(ZERO_FEN, minus(standardFen, owed.fen))
  const paid = withinCaps(run, layer, wantedFen, standardFen)
  if (isRefusal(paid)) return paid
  const { share } = run
  const baskets = basketsOf(run, layer)
  const under = baskets[0] ?? BASE_BASKET
  const beside = layer.beside ?? []
  share.drain(
    baskets,
    PARTS_OF_SHARE.filter((part) => !beside.includes(part)),
  )
  // What a cap cuts off is the patient's, above the co-pay.
  const { fen, borneFen, standardBorneFen, penaltyFen } = owed ?? {
    ...NOTHING_BORNE,
    fen: minus(standardFen, wantedFen),
  }
  const deductibleFen = smaller(fen, standardBorneFen)
  const penalisedFen = smaller(minus(fen, deductibleFen), penaltyFen)
  share.add(under, 'deductible', deductibleFen)
  share.add(under, 'penalty', penalisedFen)
  share.add(under, 'co-pay', minus(minus(fen, deductibleFen), penalisedFen))
  share.add(under, 'above-cap', minus(wantedFen, paid.payFen))
  const done = outcome(run, layer, { baseFen: standardFen, ratePpm, ...paid })
  // What is no share of the standard was paid at no rate.
  const part = owed === undefined ? done.part : { ...done.part, segments: [] }
  return { ...done, part, borneFen, sorted: true }
}

/** What the patient owes of a case, and how a share layer would sort it. */
interface Owed {
  readonly fen: Fen
  readonly borneFen: Fen
  readonly standardBorneFen: Fen
  readonly penaltyFen: Fen
}

const NOTHING_BORNE = { borneFen: ZERO_FEN, standardBorneFen: ZERO_FEN, penaltyFen: ZERO_FEN }

/** What the patient owes where it is not a share of the standard. */
function owedOf(run: LayerRun, layer: Layer): Owed | undefined | Refusal {
  if (layer.patientOwes === 'cost') return owedByCost(run, layer)
  if (layer.patientOwes !== 'sum') return undefined
  const sumFen = amountOf(run, layer, 'owed')
  if (isRefusal(sumFen)) return sumFen
  const { totalFen } = run.buckets
  const owedFen = smaller(sumFen, totalFen)
  note(run.workings, 'case-owed', { sumFen, totalFen }, { owedFen }, layer.id)
  return { ...NOTHING_BORNE, fen: owedFen }
}

/** What the patient would owe of the in-scope cost under a share layer. */
function owedByCost(run: LayerRun, layer: Layer): Owed | Refusal {
  const computed = computeShare(run, { ...layer, caps: [], costCaps: [], paymentCaps: [] })
  if (isRefusal(computed)) return computed
  const heldFen = run.share.sum(basketsOf(run, layer), layer.base)
  const { payFen, borneFen, standardBorneFen, unpenalisedFen, paid } = computed
  const owedFen = minus(heldFen, smaller(heldFen, payFen))
  note(run.workings, 'case-owed', { heldFen, sharePayFen: payFen }, { owedFen }, layer.id)
  const penaltyFen = minus(unpenalisedFen, paid.payFen)
  return { fen: owedFen, borneFen, standardBorneFen, penaltyFen }
}

/** The standard of a case or a fixed benefit, or the sum that the patient owes of it. */
function amountOf(run: LayerRun, layer: Layer, which: 'standard' | 'owed'): Fen | Refusal {
  const { workings } = run
  const { table, steps } = layer[which]!
  const place = placeOf(run, layer, wholeBaseOf(run, layer))
  const row = lookUp(workings, which, table, layer.id)
  if (isRefusal(row)) return row
  const byTableFen = amountFrom(workings, row, `${which}Fen`, place)
  if (isRefusal(byTableFen)) return byTableFen
  return stepAmount(workings, byTableFen, steps, place)
}

/** In ppm; the penalty never lowers it, since it is a share of a standard. */
function rateOf({ workings }: LayerRun, layer: Layer): number | Refusal {
  const { table, steps } = layer.rate!
  const row = lookUp(workings, 'rate', table, layer.id)
  if (isRefusal(row)) return row
  return stepRate(rateFrom(workings, row), steps, (one, step) =>
    lookUp(workings, step, one, layer.id),
  )
}

interface Paid {
  readonly wantedFen: Fen
  readonly payFen: Fen
  readonly reason?: FundReason
}

function withinCaps(run: LayerRun, layer: Layer, wantedFen: Fen, heldFen: Fen): Paid | Refusal {
  const caps = capsLeft(run, layer, layer.caps, wholeBaseOf(run, layer))
  if (isRefusal(caps)) return caps
  const spent = caps.find((use) => use.cap.measure === 'visits' && use.leftFen === 0)
  const capped = spent ?? tightest(caps)
  const cappedFen = capped === undefined ? wantedFen : smaller(wantedFen, capped.leftFen)
  const payFen = smaller(cappedFen, heldFen)
  const reason = reasonFor(payFen, cappedFen, wantedFen, capped)
  return { wantedFen, payFen, ...(reason === undefined ? {} : { reason }) }
}

function reasonFor(
  payFen: Fen,
  cappedFen: Fen,
  wantedFen: Fen,
  capped: CapUse | undefined,
): FundReason | undefined {
  if (payFen < cappedFen) return { code: 'paid-by-others' }
  if (cappedFen < wantedFen && capped !== undefined) return capReason(capped)
  return payFen === 0 ? { code: 'nothing-to-pay' } : undefined
}

function outcome(
  { workings }: LayerRun,
  layer: Layer,
  how: { readonly baseFen: Fen; readonly ratePpm: number } & Paid,
): LayerOutcome {
  const { baseFen, ratePpm, wantedFen, payFen, reason } = how
  const ratePermyriad = ratePpm / PPM_PER_PERMYRIAD
  note(
    workings,
    'layer',
    { baseFen, ratePermyriad },
    { payFen, ...(reason === undefined ? {} : { reason: reason.code }) },
    layer.id,
  )
  const segment = { fromFen: ZERO_FEN, toFen: null, baseFen, ratePermyriad, payFen: wantedFen }
  const part: FundPart = {
    fund: layer.fund,
    layer: layer.id,
    baseFen,
    payFen,
    segments: [segment],
    ...(reason === undefined ? {} : { reason }),
  }
  return { part, borneFen: ZERO_FEN, baseFen, sorted: false }
}
