import type { BenchContext } from '../scenario.ts'
import { median } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import type { Run } from './measure.ts'

/** One contestant in one way of asking. */
export interface Entrant {
  readonly contestant: Contestant
  readonly mode: string
}

/** By the clock, and by the CPU time of the process, all its threads. */
export interface Speed {
  readonly perSecond: number
  readonly cpuMicros: number
}

/** Every entrant runs once a round; every other round the other way round. */
export async function measureRounds(
  context: BenchContext,
  entrants: readonly Entrant[],
): Promise<Map<Entrant, Speed[]>> {
  const milliseconds = context.suite.functionMilliseconds
  const speeds = new Map(entrants.map((entrant) => [entrant, [] as Speed[]]))
  for (const { contestant, mode } of entrants) await contestant.run(mode, 2 * milliseconds)
  for (let round = 0; round < context.suite.rounds; round++) {
    const order = round % 2 === 0 ? entrants : entrants.toReversed()
    for (const entrant of order) {
      const run = await entrant.contestant.run(entrant.mode, milliseconds)
      speeds.get(entrant)!.push(speedOf(run))
    }
    context.say(`round ${round + 1}/${context.suite.rounds}`)
  }
  return speeds
}

export function speedOf({ decisions, wallMs, cpuMs }: Run): Speed {
  return { perSecond: (decisions / wallMs) * 1000, cpuMicros: (cpuMs / decisions) * 1000 }
}

export const medianOf = (speeds: readonly Speed[], metric: keyof Speed): number =>
  median(speeds.map((speed) => speed[metric]))
