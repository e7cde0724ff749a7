import type { FundPart, Remaining } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import { isLasting, isOnCost, type Layer } from '../policy/compile-plan.ts'
import { leftAfter } from './caps.ts'
import { wholeBaseOf } from './layer-base.ts'
import { addUsage, type Due, type LayerOutcome, type LayerRun, type StaySum } from './layer-run.ts'
import { byCaseLayer, ceilingLayer, fixedLayer } from './other-layers.ts'
import { shareLayer } from './share-layer.ts'
import { lookUp } from './workings.ts'

/** What all layers together come to. */
export interface LayersResult {
  readonly funds: readonly FundPart[]
  readonly fundFen: Fen
  /** Borne of the in-scope amount before the layers paid that sort it. */
  readonly deductibleFen: Fen
  readonly remaining: readonly Remaining[]
  /** What each layer's deductible took, by the layer's id. */
  readonly borne: ReadonlyMap<string, Fen>
}

const KINDS = {
  share: shareLayer,
  fixed: fixedLayer,
  'by-case': byCaseLayer,
  ceiling: ceilingLayer,
} as const

/**
 * Steps 6 to 8: the layers in the pack's order. Each takes its base from what the ones before it left
 * in the patient's share, and pays out of it.
 */
export function runLayers(run: LayerRun, layers: readonly Layer[]): LayersResult | Refusal {
  const funds: FundPart[] = []
  let fundFen = ZERO_FEN
  const borne = new Map<string, Fen>()
  let deductibleFen = ZERO_FEN
  const { facts } = run.workings
  for (const layer of layers) {
    const wholeBaseFen = wholeBaseOf(run, layer)
    facts.layerBaseFen = wholeBaseFen
    const outcome = runLayer(run, layer)
    if (isRefusal(outcome)) return outcome
    const { part, borneFen } = outcome
    run.outcomes.set(layer.id, outcome)
    // What the institution bears is nobody's payment: it is what is left of the bill.
    if (layer.bearer !== 'institution') {
      funds.push(part)
      fundFen = plus(fundFen, part.payFen)
    }
    borne.set(layer.id, borneFen)
    if (outcome.sorted) deductibleFen = plus(deductibleFen, borneFen)
    if (part.reason?.code === 'does-not-apply') continue
    addUsage(run, layer, 'paid', part.payFen)
    addUsage(run, layer, 'deductible', borneFen)
    // A band is laid on the year's whole base.
    addUsage(run, layer, 'base', layer.band === undefined ? outcome.baseFen : wholeBaseFen)
    if (wholeBaseFen > 0 && countsVisits(run, layer)) addUsage(run, layer, 'visits', 1)
  }
  facts.layerBaseFen = 0
  const remaining: Remaining[] = []
  for (const use of run.capUses) {
    const { cap } = use
    if (isOnCost(cap) || !isLasting(cap)) continue
    remaining.push({ cap: cap.id, leftFen: leftAfter(run, use) })
  }
  return { funds, fundFen, deductibleFen, remaining, borne }
}

function runLayer(run: LayerRun, layer: Layer): LayerOutcome | Refusal {
  if (layer.applies !== undefined) {
    const row = lookUp(run.workings, 'applies', layer.applies, layer.id)
    if (isRefusal(row)) return row
    if (row['applies'] !== true) return notApplying(layer)
  }
  return KINDS[layer.kind](run, layer)
}

function notApplying(layer: Layer): LayerOutcome {
  const none = { baseFen: ZERO_FEN, payFen: ZERO_FEN }
  const reason = { code: 'does-not-apply' } as const
  const part = { fund: layer.fund, layer: layer.id, ...none, segments: [], reason }
  return { part, borneFen: ZERO_FEN, baseFen: ZERO_FEN, sorted: false }
}

/** Only where a cap of the pack is on the visits of this benefit. */
function countsVisits({ workings }: LayerRun, { fund, benefit }: Layer): boolean {
  const { countsVisits } = workings.pack
  return countsVisits.size > 0 && countsVisits.has(`${fund}/${benefit}`)
}

/** What the earlier year's part could not bear of a deductible that a stay bears once. */
export function carriedDeductibles(
  { stayDues }: LayerRun,
  { borne }: LayersResult,
): Map<string, Due> {
  const carried = new Map<string, Due>()
  for (const [id, due] of stayDues) {
    const borneFen = borne.get(id) ?? ZERO_FEN
    const left = (amount: Fen): Fen => minus(amount, smaller(amount, borneFen))
    carried.set(id, { dueFen: left(due.dueFen), standardFen: left(due.standardFen) })
  }
  return carried
}

/** What fixed layers did not pay of their sum in the earlier year's part: a stay has that sum once. */
export function carriedSums({ staySums, outcomes }: LayerRun): Map<string, StaySum> {
  const carried = new Map<string, StaySum>()
  for (const [id, sum] of staySums) {
    const leftFen = minus(sum.leftFen, outcomes.get(id)!.part.payFen)
    carried.set(id, { ...sum, leftFen })
  }
  return carried
}
