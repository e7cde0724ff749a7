import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js'
import { rounded } from '../statistics.ts'

/** Milliseconds. */
export interface Percentiles {
  readonly p50Ms: number
  readonly p90Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
  readonly maxMs: number
}

const MICROS_PER_MS = 1_000
const HIGHEST_MICROS = 120_000_000

/** How long things took: a histogram of microseconds with three digits. */
export class Latencies {
  readonly #histogram: Histogram

  constructor(histogram?: Histogram) {
    this.#histogram =
      histogram ??
      build({
        bitBucketSize: 32,
        lowestDiscernibleValue: 1,
        highestTrackableValue: HIGHEST_MICROS,
        numberOfSignificantValueDigits: 3,
      })
  }

  get count(): number {
    return this.#histogram.totalCount
  }

  add(ms: number): void {
    const micros = Math.round(ms * MICROS_PER_MS)
    this.#histogram.recordValue(Math.min(HIGHEST_MICROS, Math.max(0, micros)))
  }

  /** In milliseconds; `percent` as in 99.9. */
  at(percent: number): number {
    return rounded(this.#histogram.getValueAtPercentile(percent) / MICROS_PER_MS)
  }

  percentiles(): Percentiles {
    return {
      p50Ms: this.at(50),
      p90Ms: this.at(90),
      p99Ms: this.at(99),
      p999Ms: this.at(99.9),
      maxMs: rounded(this.#histogram.maxValue / MICROS_PER_MS),
    }
  }

  /** Text from which `pooled` makes the same again, in another process. */
  packed(): string {
    return encodeIntoCompressedBase64(this.#histogram)
  }

  /** All of several rounds as one. */
  static pooled(packed: readonly string[]): Latencies {
    const all = new Latencies()
    for (const one of packed) all.#histogram.add(decodeFromCompressedBase64(one, 32))
    return all
  }
}
