import type { FundReason, Segment } from '../claim/decision.ts'
import { type Fen, larger, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import { costOf } from '../money/share-sum.ts'
import type { Layer } from '../policy/compile.ts'
import { BASE_BASKET, PARTS_OF_SHARE, type SharePart } from '../policy/pack.ts'
import { basketsOf } from './layer-base.ts'
import type { CapUse, LayerRun } from './layer-run.ts'
import type { Payment } from './payment.ts'

/** What a share layer comes to, before anything is taken out of the patient's parts. */
export interface ComputedShare {
  readonly baseFen: Fen
  readonly borneFen: Fen
  readonly standardBorneFen: Fen
  /** Above the deductible and within the caps on the cost. */
  readonly allowedFen: Fen
  /** Cut off by caps on the cost. */
  readonly beyondFen: Fen
  readonly beyond: CapUse | undefined
  readonly paid: Payment
  /** Without the penalty; the same payment where there is none. */
  readonly unpenalisedFen: Fen
  readonly beforeCapsFen: Fen
  readonly capped: CapUse | undefined
  readonly payFen: Fen
  readonly reason: FundReason | undefined
}

/**
 * Takes the payment out of the parts, and sorts what is left of the in-scope amount into the others:
 * see REFERENCE.md, section 5. Answers whether there was any to sort.
 */
export function settleParts(run: LayerRun, layer: Layer, computed: ComputedShare): boolean {
  const { share } = run
  const baskets = basketsOf(run, layer)
  const inScopeFen = share.sum(baskets, ['in-scope'])
  const fromBaseFen = share.take(baskets, layer.base, computed.payFen)
  const sorts = layer.base.includes('in-scope') && inScopeFen > 0
  if (sorts) sortInScope(run, layer, computed, minus(inScopeFen, share.sum(baskets, ['in-scope'])))
  // Only a floor pays for more than the base holds.
  share.take(share.baskets, PARTS_OF_SHARE, minus(computed.payFen, fromBaseFen))
  return sorts
}

function sortInScope(run: LayerRun, layer: Layer, computed: ComputedShare, paidFen: Fen): void {
  const { share } = run
  const baskets = basketsOf(run, layer)
  const under = baskets[0] ?? BASE_BASKET
  const remainingFen = share.drain(baskets, ['in-scope'])
  let leftFen = remainingFen
  const put = (part: SharePart, wanted: Fen) => {
    const amount = smaller(wanted, leftFen)
    share.add(under, part, amount)
    leftFen = minus(leftFen, amount)
  }
  const { capped, beyond, beyondFen, standardBorneFen } = computed
  put('deductible', standardBorneFen)
  if (beyond !== undefined) put(beyond.cap.excess ?? 'above-cap', beyondFen)
  const cutFen = larger(ZERO_FEN, minus(computed.beforeCapsFen, computed.payFen))
  if (capped !== undefined && cutFen > 0) {
    const excess = capped.cap.excess ?? 'above-cap'
    const ratedCutFen = larger(ZERO_FEN, minus(computed.paid.payFen, computed.payFen))
    put(excess, cutFen)
    const coPayFen = minus(costOfCut(computed.paid.segments, ratedCutFen), ratedCutFen)
    put(excess === 'above-cap' ? 'above-cap-co-pay' : excess, coPayFen)
  }
  put('penalty', minus(computed.unpenalisedFen, computed.paid.payFen))
  put('co-pay', leftFen)
  run.stretches.push(...stretchesOf(computed, plus(paidFen, remainingFen)))
}

/** The cost at the end of the segments to which the payment belongs that was cut off. */
function costOfCut(segments: readonly Segment[], cutFen: Fen): Fen {
  let leftFen = cutFen
  let costFen = ZERO_FEN
  for (const segment of [...segments].reverse()) {
    if (leftFen === 0) break
    // What pays nothing lies above no cap.
    if (segment.ratePermyriad === 0) continue
    if (segment.payFen <= leftFen) {
      costFen = plus(costFen, segment.baseFen)
      leftFen = minus(leftFen, segment.payFen)
    } else {
      const ratePpm = Math.round(segment.ratePermyriad * 100)
      costFen = plus(costFen, smaller(segment.baseFen, costOf(leftFen, ratePpm)))
      leftFen = ZERO_FEN
    }
  }
  return costFen
}

/** The in-scope cost of the bill in the order of positions, and what was paid of each stretch. */
function stretchesOf(computed: ComputedShare, costFen: Fen) {
  const { borneFen, paid, payFen } = computed
  const stretches = [{ costFen: borneFen, paidFen: ZERO_FEN }]
  let leftFen = payFen
  let coveredFen = borneFen
  for (const { baseFen, payFen: segmentFen } of paid.segments) {
    const paidFen = smaller(segmentFen, leftFen)
    stretches.push({ costFen: baseFen, paidFen })
    leftFen = minus(leftFen, paidFen)
    coveredFen = plus(coveredFen, baseFen)
  }
  if (coveredFen < costFen)
    stretches.push({ costFen: minus(costFen, coveredFen), paidFen: leftFen })
  return stretches
}
