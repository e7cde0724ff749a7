import type { Scale } from '../../fixtures/world.ts'
import { DecisionWorld } from './decision-world.ts'
import type { Subject } from './subject.ts'

/** Many enough that none is special; few enough that a claim is at hand, as one just received is. */
export const CLAIMS = 64
const CARE = ['outpatient', 'inpatient'] as const

/** Whole decisions of ten-line claims, a mode for each city and kind of care, as `city, care`. */
export function tenLineDecisions(scale: Scale): Subject {
  const world = new DecisionWorld(scale)
  const modes = world.policy.packs.flatMap(({ pack }) =>
    CARE.map((care) => ({
      name: `${pack.id}, ${care}`,
      build: () => {
        const year = yearOf(pack.covers)
        const claims = world.decidable(pack, CLAIMS, { year, care, lines: 10 })
        return {
          inFlight: 0,
          decide: (n: number) => world.decide(claims[n]!),
          answer: (decision: unknown) => decision,
        }
      },
    })),
  )
  return { count: CLAIMS, timed: CLAIMS, modes }
}

/** The first whole year that a pack covers. */
function yearOf({ from }: { readonly from: string }): number {
  const year = Number(from.slice(0, 4))
  return from.endsWith('-01-01') ? year : year + 1
}
