import type { Scale } from '../../fixtures/world.ts'
import { DecisionWorld } from './decision-world.ts'
import type { Subject } from './subject.ts'

/** How many lines a stay has; each is a mode, named by the number. */
export const LINES = [10, 30, 100, 300, 1_000, 3_000, 5_000] as const
/** Few enough that all sizes together stay in memory, and more than one so that none is special. */
const CLAIMS = 6

/** Whole decisions of stays of more and more lines, by the pack of the generated city. */
export function growingClaims(scale: Scale): Subject {
  const world = new DecisionWorld(scale)
  const pack = world.ownPack
  const modes = LINES.map((lines) => ({
    name: String(lines),
    build: () => {
      const claims = world.decidable(pack, CLAIMS, { care: 'inpatient', lines })
      return {
        inFlight: 0,
        decide: (n: number) => world.decide(claims[n]!),
        answer: (decision: unknown) => decision,
      }
    },
  }))
  return { count: CLAIMS, timed: CLAIMS, modes }
}
