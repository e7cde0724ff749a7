import type { ChildProcess } from 'node:child_process'
import type { ServerChild, StartOptions } from './children/server-child.ts'
import type { LoadClient } from './load/load.ts'
import type { OpenLoopPlan, OpenLoopResult } from './load/open-loop.ts'
import type { Suite, SuiteName } from './suites.ts'

/**
 * One key of the result. A new scenario is one file in `bench/scenarios/` that exports one of these,
 * and a line in `bench/scenarios.ts`.
 */
export interface Scenario {
  /** The key in the file. */
  readonly name: string
  /** What is compared, in a few words, for `--help`. */
  readonly title?: string
  readonly suites: readonly SuiteName[]
  readonly target?: Target
  /** Scenarios next to each other that name the same share what `BenchContext.shared` makes. */
  readonly shares?: string
  /** Given up after so long; the suite's limit for a scenario when absent. */
  readonly limitSeconds?: number
  /** Throws when anything failed; whatever it started through the context is stopped afterwards. */
  run(context: BenchContext): Promise<KeyResult>
}

/** What a scenario works with. */
export interface BenchContext {
  readonly suiteName: SuiteName
  readonly suite: Suite
  /** Acceptor threads of ours and of the echo, unless a scenario is about their number. */
  readonly threads: number
  /** autocannon, and wrk where it is installed. */
  readonly clients: readonly LoadClient[]
  /** The one of them that decides: wrk where it is installed. */
  readonly client: LoadClient
  /** Open-loop load from a process of its own. */
  openLoop(plan: OpenLoopPlan): Promise<OpenLoopResult>
  /** Starts a server that ends with the scenario at the latest. */
  start(options: StartOptions): Promise<ServerChild>
  /** Ends this process with the scenario at the latest. */
  own(child: ChildProcess): void
  /** Runs a compiled program to its end; resolves with what it printed. */
  runProgram(script: string, args: readonly string[]): Promise<string>
  /**
   * What the scenarios in a row that share (see `Scenario.shares`) work with: made by the first of
   * them, with a context whose servers and folders last until the last of them is done.
   */
  shared<T>(make: (context: BenchContext) => Promise<T>): Promise<T>
  /** An empty folder on the project's disk, gone after the run. */
  makeFolder(name: string): string
  /** One line of progress. */
  say(text: string): void
}

/** What a key aims at; see `isMet` in target.ts. */
export interface Target {
  /** Of the ratio, or of the value where there is no floor. */
  readonly atLeast?: number
  readonly atMost?: number
  /** A latency over `atMost` is good enough when it is no more than so many milliseconds apart. */
  readonly orMsApart?: number
  /** Of these of the further figures there may be none. */
  readonly none?: readonly string[]
}

export type KeyResult = RatioResult | ValueResult

interface Noted {
  /** Further figures that belong to the key, such as `differenceMs` or `failed`. */
  readonly also?: Readonly<Record<string, number>>
  /** What is to be known before the figure is believed, in words. */
  readonly marks?: readonly string[]
  /** What was aimed at, and whether it was reached; filled in by the run. */
  readonly target?: Target
  readonly met?: boolean
}

/** Ours against a floor that was measured in the same rounds. */
export interface RatioResult extends Noted {
  /** Medians over the rounds, in `unit`. */
  readonly floor: number
  readonly ours: number
  /**
   * The median of the rounds' ratios. Of speeds: how much of the floor's speed ours has. Of
   * latencies and other things that should be small: ours over the floor.
   */
  readonly ratio: number
  readonly rounds: number
  /** (largest - smallest) / median of the rounds' ratios. */
  readonly spread: number
  readonly unit: string
  /** Everything that was measured, for whoever doubts the one number. */
  readonly detail: Drawable & Readonly<Record<string, unknown>>
}

/** A figure that has nothing beside it. */
export interface ValueResult extends Noted {
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
