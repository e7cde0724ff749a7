import { rateFrom, roundTo } from '../adjudicate/figures.ts'
import { type Amounts, type FundPart, isLookup, type TraceStep } from '../claim/decision.ts'
import { larger, toFen } from '../money/fen.ts'
import { isOnCost, type Layer } from '../policy/compile-plan.ts'
import type { Facts } from '../policy/facts.ts'
import { SELF_PAY, type SharePart } from '../policy/pack.ts'
import type { RowResult } from '../policy/table.ts'
import {
  type Equation,
  type EquationName,
  type Expression,
  fen,
  fenOf,
  less,
  lessAtMost,
  type Rounding,
  rate,
  sumOf,
} from './arithmetic.ts'
import { noted, rowOf } from './trace.ts'

/** One layer of one part of the stay, with what its arithmetic starts from. */
export interface LayerAtWork {
  readonly part: FundPart
  readonly layer: Layer
  /** The layer's own steps of the trace. */
  readonly steps: readonly TraceStep[]
  readonly facts: Facts
  /** Of the part of the stay. */
  readonly buckets: Pick<Amounts, 'inScopeFen' | 'firstSelfPayFen' | 'overLimitFen' | 'ownPayFen'>
  /** What the layers before it paid, with the bases they paid from. */
  readonly before: readonly { readonly layer: Layer; readonly payFen: number }[]
}

/**
 * How a layer came to what it pays, equation by equation; the last one results in `payFen`. None where
 * the layer does not apply.
 */
export function fundArithmetic(work: LayerAtWork): Equation[] {
  if (work.part.reason?.code === 'does-not-apply') return []
  const chain = new Chain()
  const { kind } = work.layer
  if (kind === 'share') shareOf(work, chain)
  else if (kind === 'ceiling') aboveCeiling(work, chain)
  else ofStandard(work, chain)
  within(work, chain)
  return chain.equations
}

/** Equations of which each goes on from the result of the one before. */
class Chain {
  readonly equations: Equation[] = []

  get lastFen(): number {
    const result = this.equations.at(-1)?.result
    return result !== undefined && 'fen' in result ? result.fen : 0
  }

  add(name: EquationName, expression: Expression, resultFen: number): void {
    this.equations.push({ name, expression, result: fen(resultFen) })
  }
}

function shareOf(work: LayerAtWork, chain: Chain): void {
  const { part, layer, steps } = work
  const inputs = noted(steps, 'layer')?.inputs ?? {}
  const baseFen = inputs['baseFen'] as number
  const borneFen = inputs['deductibleFen'] as number
  addBase(work, chain, baseFen)
  const dueFen = dueOf(work)
  if (dueFen !== undefined && dueFen > borneFen) {
    // Cost beyond a cap on the base bears no deductible: then what the cap leaves is the smaller.
    const withinFen = Math.min(baseFen, ...leftsOfBase(work))
    if (withinFen < baseFen) {
      chain.add('base-within-cap', { smaller: [fen(baseFen), fen(withinFen)] }, withinFen)
    }
    chain.add('deductible-borne', { smaller: [fen(dueFen), fen(withinFen)] }, borneFen)
  }
  const fromPayment = layer.deductible?.taken === 'from-payment'
  const eligible = addEligible(work, chain, baseFen, borneFen)
  const paidFen = part.segments.reduce((total, { payFen }) => total + payFen, 0)
  const stretches = part.segments.filter((segment) => segment.baseFen !== 0)
  const [first = part.segments[0]!] = stretches
  let share: Expression = { times: [eligible, rate(first.ratePermyriad)] }
  if (stretches.length > 1) {
    const terms = stretches.map((segment) => fen(segment.baseFen))
    if (!('fen' in eligible)) chain.add('eligible', eligible, part.baseFen)
    chain.add('stretches', sumOf(...terms), part.baseFen)
    const shares = stretches.map(({ ratePermyriad }, at): Expression => {
      return { times: [terms[at]!, rate(ratePermyriad)] }
    })
    share = sumOf(...shares)
  }
  chain.add('share', share, paidFen)
  addRounded(work, chain)
  if (fromPayment && borneFen > 0) {
    const sumFen = chain.lastFen
    const leftFen = Math.max(0, sumFen - borneFen)
    chain.add('less-deductible', lessAtMost(fen(sumFen), fen(borneFen)), leftFen)
  }
}

function leftsOfBase({ layer, steps }: LayerAtWork): number[] {
  return layer.costCaps.flatMap(({ id, measure }) => {
    const left = noted(steps, 'cap-left', ({ inputs }) => inputs['cap'] === id)
    return measure === 'base' && left !== undefined ? [left.result['leftFen'] as number] : []
  })
}

/** In whole multiples of what the row of the first stretch says. */
function addRounded({ steps }: LayerAtWork, chain: Chain): void {
  const first = steps.find((step) => step.step === 'rate')
  const row = first !== undefined && isLookup(first) ? first.result : {}
  const { roundToFen = 1, rounding = 'half-up' } = row as {
    roundToFen?: number
    rounding?: Rounding
  }
  if (roundToFen <= 1) return
  const { lastFen } = chain
  const expression = { rounded: fen(lastFen), toFen: roundToFen, rounding }
  chain.add('rounded', expression, fenOf(expression))
}

/** Of what the base consists, where the sums of the bill and the payments before it show that. */
function addBase(work: LayerAtWork, chain: Chain, baseFen: number): void {
  const { layer, steps } = work
  const band = noted(steps, 'band')
  const wholeFen = band === undefined ? baseFen : (band.inputs['wholeFen'] as number)
  chain.add('base', compositionOf(work, wholeFen), wholeFen)
  if (band === undefined) return
  const { startFen, fromFen, toFen: endFen } = band.inputs as Record<string, number>
  const inside = less(
    { smaller: [sumOf(fen(startFen!), fen(wholeFen)), fen(endFen!)] },
    { larger: [fen(startFen!), fen(fromFen!)] },
  )
  const ofCost = layer.band?.of === 'cost'
  const expression = ofCost ? fen(baseFen) : { larger: [fen(0), inside] as const }
  chain.add('base-in-band', expression, baseFen)
}

const BUCKET_OF = {
  'in-scope': 'inScopeFen',
  'first-self-pay': 'firstSelfPayFen',
  'over-price-ceiling': 'overLimitFen',
  'own-pay': 'ownPayFen',
} as const satisfies Partial<Record<SharePart, keyof LayerAtWork['buckets']>>

function compositionOf({ layer, buckets, before }: LayerAtWork, baseFen: number): Expression {
  // What a layer has sorted is no longer called in scope, and still is what is left of that sum.
  const ofScope = layer.base.some((part) => SELF_PAY.includes(part))
  const all: readonly SharePart[] = ofScope ? [...SELF_PAY, ...layer.base] : layer.base
  const terms = Object.entries(BUCKET_OF)
    .filter(([part]) => all.includes(part as SharePart))
    .map(([, bucket]) => buckets[bucket])
    .filter((amount) => amount !== 0)
    .map(fen)
  const paid = before.filter(({ payFen, layer: { base } }) => {
    return payFen !== 0 && base.every((part) => all.includes(part))
  })
  const expression = less(sumOf(...terms), ...paid.map(({ payFen }) => fen(payFen)))
  return fenOf(expression) === baseFen ? expression : fen(baseFen)
}

/** What was due of the deductible: it says more than what was borne where the base is smaller. */
function dueOf({ part, layer, steps, facts }: LayerAtWork): number | undefined {
  if (layer.deductible === undefined) return undefined
  if (layer.rate?.starts.length === 1) return part.segments[0]?.fromFen
  const left = noted(steps, 'deductible-left') ?? noted(steps, 'deductible-carried')
  const raised = noted(steps, 'deductible-penalty')
  const named = left ?? raised
  if (named !== undefined) return named.result['deductibleFen'] as number
  const row = rowOf(steps, 'deductible')
  if (row === undefined || layer.deductible.steps.length > 0 || row['unit'] !== undefined) return
  if (row['of'] !== undefined || facts.areaCase === undefined) return
  return boundedFen(row, 'deductibleFen')
}

function boundedFen(row: RowResult, column: string): number {
  const least = (row['leastFen'] as number | undefined) ?? 0
  return larger(toFen(least), roundTo(toFen(row[column] as number), row))
}

/** What of the base is shared; as a term of the next equation where nothing cuts it. */
function addEligible(
  { part, layer, steps }: LayerAtWork,
  chain: Chain,
  baseFen: number,
  borneFen: number,
): Expression {
  const fromPayment = layer.deductible?.taken === 'from-payment'
  const aboveFen = baseFen - borneFen
  const allowedFen = fromPayment ? part.baseFen - borneFen : part.baseFen
  const above = less(fen(baseFen), fen(borneFen))
  if (allowedFen === aboveFen) {
    return fromPayment ? fen(baseFen) : above
  }
  chain.add('eligible', above, aboveFen)
  const bounds = layer.costCaps.flatMap(({ id, measure }) => {
    const left = noted(steps, 'cap-left', ({ inputs }) => inputs['cap'] === id)
    if (left === undefined || measure === 'visits') return []
    const leftFen = fen(left.result['leftFen'] as number)
    return [measure === 'base' ? lessAtMost(leftFen, fen(borneFen)) : leftFen]
  })
  const bound = bounds.find((one) => fenOf(one) === allowedFen)
  if (bound === undefined) chain.add('no-visit-left', fen(allowedFen), allowedFen)
  else chain.add('eligible-within-cap', { smaller: [fen(aboveFen), bound] }, allowedFen)
  if (!fromPayment || borneFen === 0) return fen(part.baseFen)
  return sumOf(fen(allowedFen), fen(borneFen))
}

function ofStandard({ part, layer, steps }: LayerAtWork, chain: Chain): void {
  const standardFen = part.baseFen
  if (layer.kind === 'by-case' && (layer.patientOwes ?? 'standard') !== 'standard') {
    const owedFen = noted(steps, 'case-owed')?.result['owedFen'] as number | undefined
    // Records of earlier versions tell it only by what it leaves of the standard.
    const wantedFen = part.segments[0]?.payFen ?? part.payFen
    const owed = fen(owedFen ?? standardFen - wantedFen)
    const expression = lessAtMost(fen(standardFen), owed)
    chain.add('standard-less-owed', expression, fenOf(expression))
    return
  }
  const { payFen: wantedFen, ratePermyriad } = part.segments[0]!
  const times = { times: [fen(standardFen), rate(ratePermyriad)] as const }
  const wholeFen = fenOf(times)
  chain.add('of-standard', times, wholeFen)
  if (wantedFen === wholeFen) return
  // The earlier part of a split stay had some of the sum.
  const hadFen = fen(wholeFen - wantedFen)
  chain.add('less-earlier-part', less(fen(wholeFen), hadFen), wantedFen)
}

function aboveCeiling({ part, steps }: LayerAtWork, chain: Chain): void {
  const { heldFen, bearableFen } = (noted(steps, 'ceiling')?.inputs ?? {}) as Record<string, number>
  const wantedFen = part.segments[0]!.payFen
  const above = lessAtMost(fen(heldFen!), fen(bearableFen!))
  chain.add('above-ceiling', above, fenOf(above))
  if (wantedFen === chain.lastFen) return
  // A ceiling of the year: what earlier bills left cannot be paid on this one.
  chain.add('of-this-bill', { smaller: [fen(chain.lastFen), fen(wantedFen)] }, wantedFen)
}

/** What floor, caps and the parts that are left make of it. */
function within({ part, layer, steps, facts }: LayerAtWork, chain: Chain): void {
  const { floor } = layer
  const floorStep = noted(steps, 'floor')
  const raise = () => {
    const floorFen = floorStep!.result['payFen'] as number
    const row = rowOf(steps, 'floor')!
    const { baseFen } = floorStep!.inputs as Record<string, number>
    const share = { times: [fen(baseFen!), rate(rateFrom({ facts }, row) / 100)] as const }
    const raisedFen = Math.max(chain.lastFen, floorFen)
    chain.add('at-least-floor', { larger: [fen(chain.lastFen), share] }, raisedFen)
  }
  if (floor?.capped === true && floorStep !== undefined) raise()
  cap({ part, layer, steps }, chain)
  if (floor?.capped === false && floorStep !== undefined) raise()
  if (part.payFen !== chain.lastFen && part.reason?.code === 'paid-by-others') {
    chain.add(
      'within-what-is-left',
      { smaller: [fen(chain.lastFen), fen(part.payFen)] },
      part.payFen,
    )
  }
}

function cap({ part, layer, steps }: Pick<LayerAtWork, 'part' | 'layer' | 'steps'>, chain: Chain) {
  const lefts = layer.caps.flatMap((one) => {
    const step = noted(steps, 'cap-left', ({ inputs }) => inputs['cap'] === one.id)
    return step === undefined ? [] : [{ cap: one, leftFen: step.result['leftFen'] as number }]
  })
  if (layer.kind !== 'share' && part.reason?.code === 'visits-used-up') {
    chain.add('no-visit-left', fen(0), 0)
    return
  }
  const bounds = lefts.filter((left) => !isOnCost(left.cap)).map(({ leftFen }) => leftFen)
  const leftFen = Math.min(...bounds)
  if (leftFen >= chain.lastFen) return
  chain.add('within-cap', { smaller: [fen(chain.lastFen), fen(leftFen)] }, leftFen)
}
