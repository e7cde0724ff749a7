import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerChild } from './children/server-child.ts'
import { startYizhan } from './children/yizhan.ts'
import { quotableClaims, SETTLEMENTS } from './claims.ts'
import { HealthWatch } from './health-watch.ts'
import type { OpenLoopResult } from './load/open-loop.ts'
import { type BenchRequest, newIdPrefix } from './requests.ts'
import type { BenchContext } from './scenario.ts'
import { ledgerFigures, untilFolded } from './server-figures.ts'
import { measure } from './side-by-side.ts'

/** Twenty institutions with hundreds of claims each, of so many people that they seldom meet. */
const SIZE = { scale: 'demo', people: 10_000 } as const
const CAPACITY_CONNECTIONS = 128
/**
 * Open from the beginning and kept, as gateways do: under load Node accepts few new ones, see
 * docs/overload.md, and that is not what is measured here. Used in turn, as the engine closes those
 * on which nothing comes for three seconds.
 */
const CONNECTIONS = 512
const IDLE_MS = 30_000
const WARM_UP_SECONDS = 0.5
const SEED = 20_230_101
/** The search for the sustainable rate: where it begins, its steps, and how many there are at most. */
const FIRST_SHARE = 0.6
const STEP = 1.25
const PROBES_MAX = 8
/** Of the honest institution, as a share of the sustainable rate. */
const HONEST_SHARE = 0.1

/** What was measured of a server that is given more than it can do. */
export interface Overload {
  /** Settlements per second of which none was shed, with the generator on the same machine. */
  readonly sustainablePerSecond: number
  /** At half the sustainable rate and at twice. */
  readonly rounds: readonly { readonly half: OpenLoopResult; readonly double: OpenLoopResult }[]
  /** One institution at twice the sustainable rate, and another beside it. */
  readonly beside: readonly {
    readonly runaway: OpenLoopResult
    readonly honest: OpenLoopResult
  }[]
  readonly also: Readonly<Record<string, number>>
}

/** What scenarios that work with it name as shared. */
export const OVERLOAD = 'a server that is given more than it can do'

/** Measures it once for all scenarios in a row that share it. */
export function overload(context: BenchContext): Promise<Overload> {
  return context.shared(async (shared) => {
    const server = await startYizhan(shared, { size: SIZE, sheds: true })
    const requests = await quotableClaims(shared, server, { size: SIZE })
    const run = new OverloadRun(shared, server)
    const sustainablePerSecond = await run.findSustainable(requests)
    const health = new HealthWatch(server)
    const rounds: Overload['rounds'][number][] = []
    const beside: Overload['beside'][number][] = []
    const [runaway, honest] = twoInstitutions(requests)
    for (let round = 0; round < shared.suite.rounds; round++) {
      const half = await run.at(sustainablePerSecond / 2, requests)
      const double = await health.during(() => run.at(2 * sustainablePerSecond, requests))
      rounds.push({ half, double })
      shared.say(`half: ${inWords(half)}; double: ${inWords(double)}`)
      const [greedy, kept] = await health.during(() =>
        Promise.all([
          run.at(2 * sustainablePerSecond, runaway),
          run.at(HONEST_SHARE * sustainablePerSecond, honest),
        ]),
      )
      beside.push({ runaway: greedy, honest: kept })
      shared.say(`runaway: ${inWords(greedy)}; honest: ${inWords(kept)}`)
    }
    return {
      sustainablePerSecond,
      rounds,
      beside,
      also: { ...(await run.books()), ...health.also },
    }
  })
}

/** The loads that one server is put under, and what it has acknowledged in all of them. */
class OverloadRun {
  readonly #context: BenchContext
  readonly #server: ServerChild
  #headBefore = 0
  #accepted = 0
  #unanswered = 0
  #loads = 0

  constructor(context: BenchContext, server: ServerChild) {
    this.#context = context
    this.#server = server
  }

  /** The highest rate, to an eighth, of which nothing was shed and everything answered. */
  async findSustainable(requests: readonly BenchRequest[]): Promise<number> {
    const { client, suite, say } = this.#context
    const side = {
      server: this.#server,
      plan: () => ({ path: SETTLEMENTS, requests, idPrefix: newIdPrefix() }),
      connections: CAPACITY_CONNECTIONS,
    }
    if (suite.warmUpSeconds > 0) await measure(this.#context, client, side, suite.warmUpSeconds)
    const closed = await measure(this.#context, client, side, suite.seconds)
    // Closed loads end in the middle of requests: what they booked is not ours to count.
    await untilFolded(this.#server)
    this.#headBefore = (await ledgerFigures(this.#server)).head
    let rate = FIRST_SHARE * closed.requestsPerSecond
    let held = 0
    let failed = Number.POSITIVE_INFINITY
    for (let probe = 0; probe < PROBES_MAX && failed / Math.max(held, 1) > STEP ** 0.6; probe++) {
      const result = await this.at(rate, requests)
      const isHeld = Object.keys(result.failed).length === 0
      say(`${rate.toFixed(0)}/s ${isHeld ? 'is sustained' : 'is too much'}: ${inWords(result)}`)
      if (isHeld) held = Math.max(held, rate)
      else failed = Math.min(failed, rate)
      rate = nextRate(held, failed)
    }
    if (held === 0) throw new Error(`not even ${failed.toFixed(0)}/s can be sustained`)
    return held
  }

  /** One open-loop load; the server is calm, and has folded, when it begins. */
  async at(ratePerSecond: number, requests: readonly BenchRequest[]): Promise<OpenLoopResult> {
    await sleep(CALM_MS)
    const result = await this.#context.openLoop({
      address: this.#server.address,
      path: SETTLEMENTS,
      requests,
      idPrefix: newIdPrefix(),
      ratePerSecond,
      seconds: WARM_UP_SECONDS + this.#context.suite.latencySeconds,
      warmUpSeconds: WARM_UP_SECONDS,
      arrivals: 'poisson',
      seed: SEED + this.#loads++,
      connections: CONNECTIONS,
      connectionsMax: CONNECTIONS,
      idleMs: IDLE_MS,
      inTurn: true,
    })
    this.#accepted += result.answeredInAll
    const { timeout = 0, broken = 0 } = result.failed
    this.#unanswered += timeout + broken
    for (const [sort, failure] of Object.entries(result.failures)) {
      const isToBeExpected = ['503', 'timeout', 'broken'].includes(sort)
      if (!isToBeExpected) throw new Error(`answered with ${sort}: ${failure}`)
    }
    return result
  }

  /** What was acknowledged beside what is in the journal. */
  async books(): Promise<Record<string, number>> {
    await untilFolded(this.#server)
    const { head } = await ledgerFigures(this.#server)
    const rows = head - this.#headBefore
    return {
      accepted: this.#accepted,
      rows,
      unanswered: this.#unanswered,
      rowsNotAcknowledged: Math.max(0, rows - this.#accepted),
      acknowledgedNotBooked: Math.max(0, this.#accepted - rows),
    }
  }
}

/** A server that sheds says so for a second after the last one. */
const CALM_MS = 1_500

function nextRate(held: number, failed: number): number {
  if (held === 0) return failed / STEP
  return failed === Number.POSITIVE_INFINITY ? held * STEP : Math.sqrt(held * failed)
}

/** The requests of the two institutions that have most. */
function twoInstitutions(
  requests: readonly BenchRequest[],
): [readonly BenchRequest[], readonly BenchRequest[]] {
  const bySender = new Map<string, BenchRequest[]>()
  for (const request of requests) {
    const known = bySender.get(request.authorization)
    if (known === undefined) bySender.set(request.authorization, [request])
    else known.push(request)
  }
  const [first, second] = [...bySender.values()].toSorted((a, b) => b.length - a.length)
  if (first === undefined || second === undefined) throw new Error('all claims are of one sender')
  return [first, second]
}

function inWords(result: OpenLoopResult): string {
  const { answered, sent, latency, shed, shedLatency, held, lag, waited } = result
  const late = held ? '' : `, generator late by ${lag.p50Ms} to ${lag.p99Ms} ms, ${waited} waited`
  const words = `${answered} of ${sent} accepted, p50 ${latency.p50Ms}, p99 ${latency.p99Ms} ms`
  return `${words}; ${shed} shed, p50 ${shedLatency.p50Ms} ms${late}`
}
