import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import {
  type Fen,
  larger,
  minus,
  plus,
  proportionHalfUp,
  smaller,
  toFen,
  ZERO_FEN,
} from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import { BASE_BASKET } from '../policy/pack.ts'
import { inScopeAccumulator, usageAccumulator } from './accumulators.ts'
import { type LayerRun, paidBefore } from './layer-run.ts'
import { lookUp, note, readUsed } from './workings.ts'

/** The baskets that a layer is about. */
export function basketsOf({ share }: LayerRun, layer: Layer): readonly string[] {
  if (layer.baskets !== undefined) return layer.baskets
  return share.baskets.length === 0 ? [BASE_BASKET] : share.baskets
}

/** The layer's base before any band: what its parts hold, or another measure of the bill. */
export function wholeBaseOf(run: LayerRun, layer: Layer): Fen {
  if (layer.measure === 'in-scope') return run.buckets.inScopeFen
  if (layer.measure === 'total') return run.buckets.totalFen
  if (layer.measure === 'paid') return paidBefore(run, layer.paidBy)
  return run.share.sum(basketsOf(run, layer), layer.base)
}

/** The base that the layer computes with. */
export function baseOf(run: LayerRun, layer: Layer): Fen | Refusal {
  const wholeFen = wholeBaseOf(run, layer)
  const { band } = layer
  if (band === undefined) return wholeFen
  const { workings } = run
  const row = lookUp(workings, 'band', band.table, layer.id)
  if (isRefusal(row)) return row
  const fromFen = toFen(row['fromFen'] as number)
  const toEndFen = toFen(row['toFen'] as number)
  const ofCost = band.of === 'cost'
  const startFen = band.per === 'stay' ? ZERO_FEN : startInYear(run, layer, ofCost)
  const baseFen = ofCost
    ? smaller(wholeFen, unpaidBetween(run, startFen, fromFen, toEndFen))
    : overlap(startFen, plus(startFen, wholeFen), fromFen, toEndFen)
  note(workings, 'band', { wholeFen, startFen, fromFen, toFen: toEndFen }, { baseFen }, layer.id)
  return baseFen
}

function startInYear({ workings }: LayerRun, { fund, benefit }: Layer, ofCost: boolean): Fen {
  const name = ofCost
    ? inScopeAccumulator(workings.time, workings.facts.scheme)
    : usageAccumulator('base', fund, benefit, workings.time)
  return toFen(readUsed(workings, name))
}

function overlap(from: Fen, until: Fen, low: Fen, high: Fen): Fen {
  return larger(ZERO_FEN, minus(smaller(until, high), larger(from, low)))
}

/** What nobody has paid of the in-scope cost between two positions. */
function unpaidBetween({ stretches, buckets }: LayerRun, startFen: Fen, low: Fen, high: Fen): Fen {
  let position = startFen
  let unpaid = ZERO_FEN
  for (const { costFen, paidFen } of stretches) {
    const end = plus(position, costFen)
    const insideFen = overlap(position, end, low, high)
    if (insideFen > 0) {
      unpaid = plus(unpaid, minus(insideFen, proportionHalfUp(insideFen, paidFen, costFen)))
    }
    position = end
  }
  // What no layer has sorted, nobody has paid.
  return plus(unpaid, overlap(position, plus(startFen, buckets.inScopeFen), low, high))
}
