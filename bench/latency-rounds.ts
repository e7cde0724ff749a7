import type { ServerChild } from './children/server-child.ts'
import { Latencies } from './load/latencies.ts'
import type { OpenLoopResult } from './load/open-loop.ts'
import { type BenchRequest, newIdPrefix } from './requests.ts'
import type { BenchContext, PercentileSeries, RatioResult } from './scenario.ts'
import { median, rounded, spread } from './statistics.ts'

/** What is sent where, and what goes on meanwhile. */
export interface LatencySide {
  readonly name: string
  readonly server: ServerChild
  readonly path: string
  readonly requests: readonly BenchRequest[]
  readonly ratePerSecond: number
  /** Whether each request has a message id of its own. */
  readonly withIds?: boolean
  readonly notes?: string
  /** Of one measurement, at least. */
  readonly secondsMin?: number
  /** Over all rounds, at least; the suite's number when absent. */
  readonly samples?: number
  /** Runs the measurement with whatever goes on beside it. */
  readonly around?: (measure: () => Promise<OpenLoopResult>) => Promise<OpenLoopResult>
  /** Told every result, also those of which something failed; by default that throws. */
  readonly onResult?: (result: OpenLoopResult) => void
}

const CONNECTIONS = 64
/** With more, a stall would be followed by a storm of new connections that the server has to take. */
const CONNECTIONS_MAX = 512
/** Sent at the same rate before anything counts, in every measurement. */
const WARM_UP_SECONDS = 0.5
const SEED = 20_121_231

export interface LatencySides {
  readonly floor: LatencySide
  readonly ours: LatencySide
}

interface Round {
  readonly floor: OpenLoopResult
  readonly ours: OpenLoopResult
}

/**
 * The p99 of two sides in alternating rounds, ours over the floor, from an open-loop generator in a
 * process of its own. `also.differenceMs` is the median of the rounds' differences.
 */
export async function latencyRounds(
  context: BenchContext,
  sides: LatencySides,
): Promise<RatioResult> {
  const { suite, say } = context
  const rounds: Round[] = []
  // Servers compile their code while they work: what is not warm measures the compiler.
  if (suite.warmUpSeconds > 0) {
    const seconds = WARM_UP_SECONDS + suite.warmUpSeconds
    for (const side of [sides.floor, sides.ours]) {
      await openLoopOf(context, side, { round: 0, seconds })
    }
  }
  for (let round = 0; round < suite.rounds; round++) {
    const oursFirst = round % 2 === 1
    const first = await measure(context, oursFirst ? sides.ours : sides.floor, round)
    const second = await measure(context, oursFirst ? sides.floor : sides.ours, round)
    const measured = oursFirst ? { floor: second, ours: first } : { floor: first, ours: second }
    rounds.push(measured)
    const words = ({ latency, lag }: OpenLoopResult) =>
      `p50 ${latency.p50Ms}, p99 ${latency.p99Ms} ms (sent ${lag.p99Ms} ms late at p99)`
    say(
      `round ${round + 1}/${suite.rounds}: ${sides.floor.name} ${words(measured.floor)}; ` +
        `${sides.ours.name} ${words(measured.ours)}`,
    )
  }
  return latencyResult(rounds, sides)
}

function latencyResult(rounds: readonly Round[], sides: LatencySides): RatioResult {
  const p99 = (side: keyof Round) => rounds.map((round) => round[side].latency.p99Ms)
  const [floor, ours] = [p99('floor'), p99('ours')]
  const ratios = ours.map((value, at) => value / floor[at]!)
  return {
    floor: rounded(median(floor)),
    ours: rounded(median(ours)),
    ratio: rounded(median(ratios)),
    rounds: rounds.length,
    spread: rounded(spread(ratios), 2),
    unit: 'ms (p99)',
    also: { differenceMs: rounded(median(ours.map((value, at) => value - floor[at]!))) },
    marks: lateMarks(rounds.flatMap(({ floor, ours }) => [floor, ours])),
    detail: {
      ratePerSecond: { floor: sides.floor.ratePerSecond, ours: sides.ours.ratePerSecond },
      floor: pooledDetail(rounds.map((round) => round.floor)),
      ours: pooledDetail(rounds.map((round) => round.ours)),
      percentiles: {
        unit: 'ms',
        series: (['floor', 'ours'] as const).map((side) =>
          percentileSeries(
            sides[side].name,
            rounds.map((round) => round[side]),
          ),
        ),
      },
      rounds: rounds.map(({ floor, ours }) => ({
        floor: roundDetail(floor),
        ours: roundDetail(ours),
      })),
    },
  }
}

/** A mark when the generator was late itself. */
export function lateMarks(results: readonly OpenLoopResult[]): string[] {
  const late = results.filter(({ held }) => !held).length
  if (late === 0) return []
  return [`the generator could not hold its schedule in ${late} of ${results.length} measurements`]
}

/** All rounds as one. */
export function pooledDetail(results: readonly OpenLoopResult[]): object {
  const all = Latencies.pooled(results.map(({ histogram }) => histogram))
  return { samples: all.count, ...all.percentiles() }
}

/** The same for the report's chart. */
function percentileSeries(name: string, results: readonly OpenLoopResult[]): PercentileSeries {
  const all = Latencies.pooled(results.map(({ histogram }) => histogram)).percentiles()
  const { p50Ms: p50, p90Ms: p90, p99Ms: p99, p999Ms: p999, maxMs: max } = all
  return { name, p50, p90, p99, p999, max }
}

function roundDetail({ latency, lag, answeredPerSecond, sent, held }: OpenLoopResult): object {
  const { p50Ms, p99Ms } = lag
  return {
    sent,
    answeredPerSecond: rounded(answeredPerSecond),
    ...latency,
    lag: { p50Ms, p99Ms },
    held,
  }
}

/** Of one measurement, the warm-up included: long enough for the number of samples. */
export function measuredSeconds(
  { suite }: BenchContext,
  {
    ratePerSecond,
    samples = suite.samples,
    secondsMin = 0,
  }: Pick<LatencySide, 'ratePerSecond' | 'samples' | 'secondsMin'>,
): number {
  // A little more, as arrivals by chance may be fewer.
  const enough = (1.1 * samples) / suite.rounds / ratePerSecond
  return Math.max(secondsMin, WARM_UP_SECONDS + Math.max(suite.latencySeconds, enough))
}

/** One measurement of a side, with what goes on around it. */
export async function measure(
  context: BenchContext,
  side: LatencySide,
  round: number,
): Promise<OpenLoopResult> {
  const run = () => openLoopOf(context, side, { round, seconds: measuredSeconds(context, side) })
  const result = await (side.around?.(run) ?? run())
  if (side.onResult !== undefined) side.onResult(result)
  else assertAnswered(side.name, result)
  return result
}

function openLoopOf(
  context: BenchContext,
  side: LatencySide,
  { round, seconds }: { readonly round: number; readonly seconds: number },
): Promise<OpenLoopResult> {
  const { server, path, requests, ratePerSecond, withIds, notes } = side
  return context.openLoop({
    address: server.address,
    path,
    requests,
    ...(withIds === true ? { idPrefix: newIdPrefix() } : {}),
    ...(notes === undefined ? {} : { notes }),
    ratePerSecond,
    seconds,
    warmUpSeconds: WARM_UP_SECONDS,
    arrivals: 'poisson',
    seed: SEED + round,
    connections: CONNECTIONS,
    connectionsMax: CONNECTIONS_MAX,
  })
}

function assertAnswered(name: string, { failed, failures, answered }: OpenLoopResult): void {
  if (Object.keys(failed).length === 0 && answered > 0) return
  const words = `${JSON.stringify(failed)} ${Object.values(failures).join(' ')}`
  throw new Error(`${name}: ${answered} answered, failed: ${words}`)
}
