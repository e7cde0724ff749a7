import { Random } from '../../fixtures/random.ts'

/** `constant`: evenly spaced. `poisson`: by chance, as people come to a counter. */
export const ARRIVALS = ['constant', 'poisson'] as const
export type Arrivals = (typeof ARRIVALS)[number]

export interface SendTimes {
  readonly ratePerSecond: number
  readonly seconds: number
  readonly arrivals: Arrivals
  /** Of the chance. */
  readonly seed: number
}

/** When each request is due: ascending milliseconds since the start, in `[0, seconds × 1000)`. */
export function* sendTimes({ ratePerSecond, seconds, arrivals, seed }: SendTimes) {
  const random = new Random(seed, 'send-times')
  const meanMs = 1000 / ratePerSecond
  const endMs = seconds * 1000
  for (let n = 0, at = 0; ; n++) {
    // Multiplied rather than added up, so that an even schedule does not drift.
    at = arrivals === 'constant' ? n * meanMs : at - meanMs * Math.log(chance(random))
    if (at >= endMs) return
    yield at
  }
}

/** A number of `(0, 1]`. */
function chance(random: Random): number {
  return (random.next() + 1) / 2 ** 32
}
