import { withoutCity } from '../adjudicate/accumulators.ts'
import { settlementId } from '../claim/ids.ts'
import type { Entry } from '../ledger/entry.ts'
import { settlementAt } from './booked.ts'
import type { CounterPorts } from './ports.ts'

/**
 * Later live settlements that leaned on a reversed one. They are named, never recomputed silently;
 * another institution's appear only in the count and in what moved.
 */
export interface Dependents {
  readonly count: number
  /** The accumulators that they read and the reversal changes, without the city whose they are. */
  readonly moved: readonly string[]
  readonly settlementIds: readonly string[]
}

/**
 * The live settlements after `position` that read an accumulator which `original` changed, and the stay
 * after a transfer from it, which was spared what it bore: in another city it reads none of its sums.
 */
export async function dependentsOf(
  ports: CounterPorts,
  position: number,
  original: Entry,
): Promise<{ positions: number[]; moved: string[] }> {
  const positions = new Set<number>()
  const moved = new Set<string>()
  for (const subject of original.subjects) {
    const changed = new Set(
      original.deltas.filter((d) => d.subject === subject).map((d) => d.accumulator),
    )
    if (changed.size === 0) continue
    const { state } = await ports.ledger.load(subject)
    for (const later of state.live) {
      if (later <= position) continue
      const { claim, decision } = settlementAt(ports, later).record
      if (claim.transferFrom === settlementId(position)) positions.add(later)
      for (const read of decision.reads) {
        if (read.subject !== subject || !changed.has(read.accumulator)) continue
        positions.add(later)
        moved.add(withoutCity(read.accumulator))
      }
    }
  }
  return { positions: [...positions].sort((a, b) => a - b), moved: [...moved].sort() }
}
