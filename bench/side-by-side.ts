import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children/server-child.ts'
import type { LoadClient, LoadPlan, LoadResult } from './load/load.ts'
import type { BenchContext, RatioResult } from './scenario.ts'
import { median, rounded, spread } from './statistics.ts'

/** One of two servers, and what it is sent. */
export interface Side {
  readonly server: ServerChild
  /** A new plan for each measurement, as message ids must not come twice. */
  readonly plan: () => Omit<LoadPlan, 'address' | 'connections' | 'seconds'>
  readonly connections?: number
  /** Of one measurement; the suite's when absent. */
  readonly seconds?: number
  /** What has to be made ready before each measurement of so many seconds; not measured. */
  readonly before?: (seconds: number) => Promise<void>
  /** What else there is to say after each measurement. */
  readonly afterwards?: (load: LoadResult) => Promise<void>
}

/** Two servers, and how they are compared. */
export interface Sides {
  readonly floor: Side
  readonly ours: Side
  /** With each client in turn; with the one that decides when absent. */
  readonly everyClient?: boolean
  /** By requests/s even without wrk: CPU time for a request says nothing of several threads. */
  readonly byRequests?: boolean
}

/** One measurement of one side. */
export interface Measured {
  readonly requestsPerSecond: number
  readonly cpuMicrosPerRequest: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** One measurement of each side, next to each other. */
export interface Round {
  readonly floor: Measured
  readonly ours: Measured
}

/** What a server still does for the requests it has answered (folding) is theirs, too. */
const AFTERWORK_MS = 300

/**
 * Measures the throughput of two servers in alternating rounds.
 *
 * By requests/s with wrk. With autocannon alone, which on two cores is itself the bottleneck, by
 * the server's CPU time for a request; the detail has both ways for every client.
 */
export async function sideBySide(context: BenchContext, sides: Sides): Promise<RatioResult> {
  return resultOf(await measureRounds(context, sides), sides.byRequests === true)
}

/** The same rounds, for whoever compares in another way. */
export async function measureRounds(
  context: BenchContext,
  sides: Sides,
): Promise<ReadonlyMap<LoadClient, readonly Round[]>> {
  const { suite, say } = context
  const clients = sides.everyClient === true ? context.clients : [context.client]
  const { floor, ours } = sides
  if (suite.warmUpSeconds > 0) {
    for (const side of [floor, ours])
      await measure(context, context.client, side, suite.warmUpSeconds)
  }
  const rounds = new Map(clients.map((client) => [client, [] as Round[]]))
  for (let round = 0; round < suite.rounds; round++) {
    for (const client of clients) {
      const measured = await measureRound(context, client, { floor, ours }, round % 2 === 1)
      rounds.get(client)!.push(measured)
      say(`round ${round + 1}/${suite.rounds}, ${client.name}: ${inWords(measured)}`)
    }
  }
  return rounds
}

/** Whichever went second in the last round goes first, so that a drift hits both alike. */
async function measureRound(
  context: BenchContext,
  client: LoadClient,
  { floor, ours }: { readonly floor: Side; readonly ours: Side },
  oursFirst: boolean,
): Promise<Round> {
  const secondsOf = (side: Side) => side.seconds ?? context.suite.seconds
  if (oursFirst) {
    const second = await measure(context, client, ours, secondsOf(ours))
    return { floor: await measure(context, client, floor, secondsOf(floor)), ours: second }
  }
  const first = await measure(context, client, floor, secondsOf(floor))
  return { floor: first, ours: await measure(context, client, ours, secondsOf(ours)) }
}

/** One measurement with one client. Throws when a request failed. */
export async function measure(
  { suite }: BenchContext,
  client: LoadClient,
  { server, plan, connections = suite.connections, before: prepare, afterwards }: Side,
  seconds: number,
): Promise<Measured> {
  const { address, title } = server
  await prepare?.(seconds)
  const before = await server.cpuMicros()
  const load = await client.run({ ...plan(), address, connections, seconds })
  await afterwards?.(load)
  await sleep(AFTERWORK_MS)
  const cpuMicros = (await server.cpuMicros()) - before
  if (load.failed > 0 || load.requests === 0) {
    throw new Error(`${title}: ${load.failed} requests failed, ${load.requests} were answered`)
  }
  return {
    requestsPerSecond: load.requestsPerSecond,
    cpuMicrosPerRequest: cpuMicros / load.requests,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
  }
}

/** How many such requests a second the side's server can answer with so many acceptor threads. */
export async function capacityOf(
  context: BenchContext,
  side: Side,
  threads: number,
): Promise<number> {
  const { suite, say, client } = context
  const seconds = side.seconds ?? suite.seconds
  if (suite.warmUpSeconds > 0) await measure(context, client, side, suite.warmUpSeconds)
  const measured = await measure(context, client, side, seconds)
  const { requestsPerSecond, cpuMicrosPerRequest } = measured
  // autocannon is slower than what it measures, and others may be at work: then the server's own time
  // says what it could do.
  const capacity = Math.max(requestsPerSecond, (threads * 1e6) / cpuMicrosPerRequest)
  say(`capacity of ${side.server.title}: ${capacity.toFixed(0)} requests/s`)
  return capacity
}

function resultOf(
  byClient: ReadonlyMap<LoadClient, readonly Round[]>,
  anyByRequests: boolean,
): RatioResult {
  const named = [...byClient].map(([{ name }, rounds]) => [name, rounds] as const)
  const withWrk = named.find(([name]) => name === 'wrk')
  const [, rounds] = withWrk ?? named[0]!
  const byRequests = withWrk !== undefined || anyByRequests
  const ratios = rounds.map(byRequests ? ratioByRequests : ratioByCpu)
  const metric = byRequests ? 'requestsPerSecond' : 'cpuMicrosPerRequest'
  return {
    floor: rounded(median(rounds.map(({ floor }) => floor[metric]))),
    ours: rounded(median(rounds.map(({ ours }) => ours[metric]))),
    ratio: rounded(median(ratios)),
    rounds: rounds.length,
    spread: rounded(spread(ratios), 2),
    unit: byRequests ? 'requests/s' : 'CPU µs/request',
    also: { ratioByCpu: rounded(median(rounds.map(ratioByCpu))) },
    detail: Object.fromEntries(named.map(([name, rounds]) => [name, detailOf(rounds)])),
  }
}

const ratioByRequests = ({ floor, ours }: Round) => ours.requestsPerSecond / floor.requestsPerSecond
const ratioByCpu = ({ floor, ours }: Round) => floor.cpuMicrosPerRequest / ours.cpuMicrosPerRequest

function detailOf(rounds: readonly Round[]): object {
  const byRequests = rounds.map(ratioByRequests)
  const byCpu = rounds.map(ratioByCpu)
  return {
    floor: mediansOf(rounds.map(({ floor }) => floor)),
    ours: mediansOf(rounds.map(({ ours }) => ours)),
    ratioByRequests: rounded(median(byRequests)),
    ratioByCpu: rounded(median(byCpu)),
    roundsByRequests: byRequests.map((ratio) => rounded(ratio)),
    roundsByCpu: byCpu.map((ratio) => rounded(ratio)),
  }
}

function mediansOf(measured: readonly Measured[]): Measured {
  const of = (metric: keyof Measured) => rounded(median(measured.map((one) => one[metric])))
  return {
    requestsPerSecond: of('requestsPerSecond'),
    cpuMicrosPerRequest: of('cpuMicrosPerRequest'),
    p50Ms: of('p50Ms'),
    p99Ms: of('p99Ms'),
  }
}

function inWords(round: Round): string {
  const words = ({ requestsPerSecond, cpuMicrosPerRequest }: Measured) =>
    `${requestsPerSecond.toFixed(0)}/s at ${cpuMicrosPerRequest.toFixed(0)} µs`
  const ratios = `${ratioByRequests(round).toFixed(3)} by requests, ${ratioByCpu(round).toFixed(3)} by CPU`
  return `floor ${words(round.floor)}, ours ${words(round.ours)}: ${ratios}`
}
