import { rounded } from '../statistics.ts'
import type { Contestant } from './contestant.ts'
import { type Speed, speedOf } from './rounds.ts'

/** What a trial of each way of asking gave; the best is the one that takes the least CPU time. */
export interface Trials {
  readonly best: string
  readonly trials: Readonly<Record<string, Speed>>
  readonly notBuilt: Readonly<Record<string, string>>
}

/** After a warm-up of the same length. Without any mode that could be built, `best` is absent. */
export async function tryModes(
  { modes, notBuilt, run }: Contestant,
  milliseconds: number,
): Promise<Trials | Omit<Trials, 'best'>> {
  const trials: Record<string, Speed> = {}
  for (const mode of modes) {
    await run(mode, milliseconds)
    const { perSecond, cpuMicros } = speedOf(await run(mode, milliseconds))
    trials[mode] = { perSecond: rounded(perSecond), cpuMicros: rounded(cpuMicros) }
  }
  const [best] = modes.toSorted((a, b) => trials[a]!.cpuMicros - trials[b]!.cpuMicros)
  return {
    ...(best === undefined ? {} : { best }),
    trials,
    notBuilt: Object.fromEntries(notBuilt.map(({ mode, why }) => [mode, why])),
  }
}
