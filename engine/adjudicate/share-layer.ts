import type { FundReason } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, larger, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import { capReason, capsLeft, tightest } from './caps.ts'
import { deductible } from './deductible.ts'
import { rateFrom, shareAt } from './figures.ts'
import { baseOf, basketsOf } from './layer-base.ts'
import type { CapUse, LayerOutcome, LayerRun } from './layer-run.ts'
import { type Payment, payment } from './payment.ts'
import { type ComputedShare, settleParts } from './sort-in-scope.ts'
import { lookUp, note } from './workings.ts'

/**
 * A layer that pays a share of its base above a deductible: pools, top-ups, serious illness, aid.
 * Base → deductible → caps on the cost → rate by segment and line → floor → caps on the payment.
 */
export function shareLayer(run: LayerRun, layer: Layer): LayerOutcome | Refusal {
  const computed = computeShare(run, layer)
  if (isRefusal(computed)) return computed
  const { baseFen, borneFen, paid, payFen, reason } = computed
  const sorted = settleParts(run, layer, computed)
  note(
    run.workings,
    'layer',
    { baseFen, deductibleFen: borneFen, ratePermyriad: paid.segments[0]!.ratePermyriad },
    reason === undefined ? { payFen } : { payFen, reason: reason.code },
    layer.id,
  )
  const { eligibleFen, segments } = paid
  const why = reason === undefined ? {} : { reason }
  return {
    part: { fund: layer.fund, layer: layer.id, baseFen: eligibleFen, payFen, segments, ...why },
    baseFen: plus(borneFen, computed.allowedFen),
    borneFen,
    sorted,
  }
}

export function computeShare(run: LayerRun, layer: Layer): ComputedShare | Refusal {
  const { workings } = run
  const baseFen = baseOf(run, layer)
  if (isRefusal(baseFen)) return baseFen
  const due = deductible(run, layer, baseFen)
  if (isRefusal(due)) return due
  const costCaps = capsLeft(run, layer, layer.costCaps, baseFen)
  if (isRefusal(costCaps)) return costCaps
  // Cost beyond a cap on the base is none that could bear a deductible.
  let withinFen = baseFen
  for (const { cap, leftFen } of costCaps) {
    if (cap.measure === 'base') withinFen = smaller(withinFen, leftFen)
  }
  const borneFen = smaller(due.dueFen, withinFen)
  const standardBorneFen = smaller(due.standardFen, withinFen)

  const { allowedFen, beyond } = allowedCost(costCaps, minus(baseFen, borneFen), borneFen)
  const paid = payment(run, layer, {
    dueFen: due.dueFen,
    borneFen,
    allowedFen,
    penalised: true,
  })
  if (isRefusal(paid)) return paid
  const penalised = layer.deductible?.penalised === true || layer.rate?.penalised === true
  let unpenalisedFen = paid.payFen
  if (penalised && run.penalty.some) {
    const without = allowedCost(costCaps, minus(baseFen, standardBorneFen), standardBorneFen)
    const quiet = { ...run, workings: { ...workings, trace: [], reads: [] } }
    const unpenalised = payment(quiet, layer, {
      dueFen: due.standardFen,
      borneFen: standardBorneFen,
      allowedFen: without.allowedFen,
      penalised: false,
    })
    if (isRefusal(unpenalised)) return unpenalised
    unpenalisedFen = larger(unpenalised.payFen, paid.payFen)
  }

  const floorFen = floorOf(run, layer, borneFen)
  if (isRefusal(floorFen)) return floorFen
  const beforeCapsFen = layer.floor?.capped === false ? paid.payFen : larger(paid.payFen, floorFen)
  const left = capsLeft(run, layer, layer.paymentCaps, baseFen)
  if (isRefusal(left)) return left
  const capped = tightest(left)
  let payFen = capped === undefined ? beforeCapsFen : smaller(beforeCapsFen, capped.leftFen)
  if (layer.floor?.capped === false) payFen = larger(payFen, floorFen)
  const raised = payFen > paid.payFen
  const holdsFen = raised ? run.share.total() : run.share.sum(basketsOf(run, layer), layer.base)
  const byOthers = payFen > holdsFen
  payFen = smaller(payFen, holdsFen)
  const beyondFen = minus(minus(baseFen, borneFen), allowedFen)
  const reason = reasonFor({ payFen, paid, capped, beforeCapsFen, raised, byOthers, beyond })
  return {
    baseFen,
    borneFen,
    standardBorneFen,
    allowedFen,
    beyondFen,
    beyond,
    paid,
    unpenalisedFen,
    beforeCapsFen,
    capped,
    payFen,
    reason,
  }
}

/** Caps on the base, on what is eligible, and on visits bound the cost that is paid for. */
function allowedCost(
  caps: readonly CapUse[],
  eligibleFen: Fen,
  borneFen: Fen,
): { allowedFen: Fen; beyond: CapUse | undefined } {
  let allowedFen = eligibleFen
  let beyond: CapUse | undefined
  for (const use of caps) {
    const { measure } = use.cap
    let leftFen = use.leftFen
    if (measure === 'visits') leftFen = use.leftFen > 0 ? eligibleFen : ZERO_FEN
    else if (measure === 'base') leftFen = larger(ZERO_FEN, minus(use.leftFen, borneFen))
    if (leftFen >= allowedFen) continue
    allowedFen = leftFen
    beyond = use
  }
  return { allowedFen, beyond }
}

function floorOf({ workings, buckets }: LayerRun, layer: Layer, borneFen: Fen): Fen | Refusal {
  const { floor } = layer
  if (floor === undefined) return ZERO_FEN
  const row = lookUp(workings, 'floor', floor.table, layer.id)
  if (isRefusal(row)) return row
  const of = floor.of === 'total' ? buckets.totalFen : buckets.inScopeFen
  const baseFen = floor.deductible === 'subtracted' ? larger(ZERO_FEN, minus(of, borneFen)) : of
  const payFen = shareAt(baseFen, rateFrom(workings, row))
  note(workings, 'floor', { baseFen }, { payFen }, layer.id)
  return payFen
}

function reasonFor(how: {
  readonly payFen: Fen
  readonly paid: Payment
  readonly capped: CapUse | undefined
  readonly beforeCapsFen: Fen
  readonly raised: boolean
  readonly byOthers: boolean
  readonly beyond: CapUse | undefined
}): FundReason | undefined {
  const { payFen, paid, capped, beforeCapsFen } = how
  if (how.byOthers) return { code: 'paid-by-others' }
  if (capped !== undefined && payFen < beforeCapsFen && payFen === capped.leftFen) {
    return capReason(capped)
  }
  if (how.beyond !== undefined) return capReason(how.beyond)
  if (how.raised) return { code: 'raised-to-floor' }
  if (payFen > 0) return undefined
  return { code: paid.eligibleFen === 0 ? 'nothing-above-deductible' : 'rate-is-zero' }
}
