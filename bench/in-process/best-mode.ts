import { rounded } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { type Speed, speedOf } from './rounds.ts'

/** What a trial of each way of asking gave; the best is the one that takes the least CPU time. */
export interface Trials {
  readonly best: string
  readonly trials: Readonly<Record<string, Speed>>
  readonly notBuilt: Readonly<Record<string, string>>
}

/** The first pass warms up; somebody else may be at work during one of the others. */
const PASSES = 4
/** A way that took so many times as long as the best in the first pass is not tried again. */
const HOPELESS = 4

/** The best of some passes over all modes. Without any mode that could be built there is no `best`. */
export async function tryModes(
  { modes, notBuilt, run }: Contestant,
  milliseconds: number,
): Promise<Trials | Omit<Trials, 'best'>> {
  const trials: Record<string, Speed> = {}
  for (let pass = 0; pass < PASSES; pass++) {
    const leastSoFar = Math.min(...Object.values(trials).map(({ cpuMicros }) => cpuMicros))
    for (const mode of modes) {
      if (pass > 0 && trials[mode]!.cpuMicros > HOPELESS * leastSoFar) continue
      const { perSecond, cpuMicros } = speedOf(await run(mode, milliseconds))
      if (cpuMicros > (trials[mode]?.cpuMicros ?? Infinity)) continue
      trials[mode] = { perSecond: rounded(perSecond), cpuMicros: rounded(cpuMicros) }
    }
  }
  const [best] = modes.toSorted((a, b) => trials[a]!.cpuMicros - trials[b]!.cpuMicros)
  return {
    ...(best === undefined ? {} : { best }),
    trials,
    notBuilt: Object.fromEntries(notBuilt.map(({ mode, why }) => [mode, why])),
  }
}
