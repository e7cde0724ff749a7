import type { ChildProcess } from 'node:child_process'
import type { ServerChild, StartOptions } from './children/server-child.ts'
import type { LoadClient } from './load/load.ts'
import type { Suite, SuiteName } from './suites.ts'

/**
 * One key of the result. A new scenario is one file in `bench/scenarios/` that exports one of these,
 * and a line in `bench/scenarios.ts`.
 */
export interface Scenario {
  /** The key in the file. */
  readonly name: string
  readonly suites: readonly SuiteName[]
  /** Throws when anything failed; whatever it started through the context is stopped afterwards. */
  run(context: BenchContext): Promise<KeyResult>
}

/** What a scenario works with. */
export interface BenchContext {
  readonly suite: Suite
  /** autocannon, and wrk where it is installed. */
  readonly clients: readonly LoadClient[]
  /** Starts a server that ends with the scenario at the latest. */
  start(options: StartOptions): Promise<ServerChild>
  /** Ends this process with the scenario at the latest. */
  own(child: ChildProcess): void
  /** An empty folder on the project's disk, gone after the run. */
  makeFolder(name: string): string
  /** One line of progress. */
  say(text: string): void
}

export type KeyResult = RatioResult | ValueResult

/** Ours against a floor that was measured in the same rounds. */
export interface RatioResult {
  /** Medians over the rounds, in `unit`. */
  readonly floor: number
  readonly ours: number
  /** How much of the floor's speed ours has: the median of the rounds' ratios; 1 is as fast. */
  readonly ratio: number
  readonly rounds: number
  /** (largest - smallest) / median of the rounds' ratios. */
  readonly spread: number
  readonly unit: string
  /** Everything that was measured, for whoever doubts the one number. */
  readonly detail: Drawable & Readonly<Record<string, unknown>>
}

/** A figure that has nothing beside it. */
export interface ValueResult {
  readonly value: number
  readonly unit: string
  readonly rounds?: number
  readonly spread?: number
  readonly detail?: Drawable & Readonly<Record<string, unknown>>
}

/**
 * What `npm run bench:report` can draw of a key: its `detail` has any of these beside whatever else
 * was measured. A key without them is a bar against its floor.
 */
export interface Drawable {
  /** Latency by percentile, each series a line. */
  readonly percentiles?: {
    readonly unit: 'ms'
    readonly series: readonly PercentileSeries[]
  }
  /** How a figure grows with a size; both axes are logarithmic. */
  readonly growth?: {
    readonly xLabel: string
    readonly unit: string
    readonly series: readonly PointSeries[]
  }
  /** What happened while it was running; `seconds` since the start of the measurement. */
  readonly timeline?: {
    readonly unit: string
    readonly series: readonly PointSeries[]
    readonly marks: readonly { readonly seconds: number; readonly label: string }[]
  }
  /** Ours among others, one bar each, on a logarithmic axis. */
  readonly peers?: {
    readonly unit: string
    readonly bars: readonly PeerBar[]
  }
}

export interface PercentileSeries {
  readonly name: string
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export interface PointSeries {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PeerBar {
  readonly name: string
  /** Absent when the peer could not do it at all; the note says why. */
  readonly value?: number
  readonly note?: string
}
