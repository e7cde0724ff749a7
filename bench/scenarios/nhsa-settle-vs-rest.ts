import type { Claim } from '../../engine/claim/claim.ts'
import type { ServerChild } from '../children/server-child.ts'
import { startYizhan } from '../children/yizhan.ts'
import { postAll, QUOTES, quotableClaims, SETTLEMENTS } from '../claims.ts'
import { INTERFACE, InterfaceVisit, sayableClaim } from '../interface-visits.ts'
import { type BenchRequest, benchRequest, newIdPrefix, numberedId } from '../requests.ts'
import type { BenchContext, RatioResult, Scenario } from '../scenario.ts'
import { ledgerFigures, untilFolded } from '../server-figures.ts'
import { measureRounds, type Round, type Side } from '../side-by-side.ts'
import { median, rounded, spread } from '../statistics.ts'
import { SETTLE_CONNECTIONS } from './settle-vs-echo.ts'

/**
 * Visits that are made ready: more than can be settled in the time, but not many more. In practice a
 * visit is settled minutes after its lines came, while the engine remembers it.
 */
const AMPLE = 1.5
/** The rate of the warm-up is that of code which is not compiled yet. */
const AMPLE_AFTER_WARM_UP = 2.5
/** Claims whose amounts are compared before anything is timed. */
const COMPARED = 300
const ANY_RATE = 2_000

/**
 * What the national interface costs: 2207 of visits that are registered and whose lines are uploaded,
 * which is not timed, beside REST settlements of the same claims on the same server.
 */
export const nhsaSettleVsRest: Scenario = {
  name: 'nhsa_settle_vs_rest',
  title: '2207 after its upload over the REST settlement of the same claim, in CPU time',
  suites: ['quick', 'full'],
  target: { atMost: 1.5 },
  async run(context) {
    const server = await startYizhan(context)
    const claims = (await quotableClaims(context, server)).flatMap(({ claim }) => {
      return sayableClaim(JSON.parse(claim) as Claim) ?? []
    })
    const visits = claims.map((claim) => new InterfaceVisit(claim))
    await assertSameMoney(context, server, { claims, visits })
    const sides = new Sides(server, claims.map(benchRequest), visits)
    const rounds = await measureRounds(context, { floor: sides.rest, ours: sides.nhsa })
    return resultOf([...rounds.values()][0]!)
  },
}

class Sides {
  readonly #server: ServerChild
  readonly #visits: readonly InterfaceVisit[]
  readonly rest: Side
  readonly nhsa: Side
  /** Of 2207, as soon as it is known; before that of REST, which is more. */
  #ratePerSecond: number | undefined
  #ample = AMPLE
  #isWarm = false
  #ready: BenchRequest[] = []
  #headBefore = 0

  constructor(
    server: ServerChild,
    requests: readonly BenchRequest[],
    visits: readonly InterfaceVisit[],
  ) {
    this.#server = server
    this.#visits = visits
    const connections = SETTLE_CONNECTIONS
    this.rest = {
      server,
      connections,
      plan: () => ({ path: SETTLEMENTS, requests, idPrefix: newIdPrefix() }),
      before: () => untilFolded(server),
      afterwards: async ({ requestsPerSecond }) => {
        this.#ratePerSecond ??= requestsPerSecond
      },
    }
    this.nhsa = {
      server,
      connections,
      plan: () => ({ path: INTERFACE, requests: this.#ready }),
      before: (seconds) => this.#prepare(seconds),
      afterwards: async ({ requests, requestsPerSecond }) => {
        this.#ample = this.#isWarm ? AMPLE : AMPLE_AFTER_WARM_UP
        this.#isWarm = true
        this.#ratePerSecond = requestsPerSecond
        await this.#assertBooked(requests)
      },
    }
  }

  async #prepare(seconds: number): Promise<void> {
    const count =
      Math.ceil((this.#ratePerSecond ?? ANY_RATE) * seconds * this.#ample) + SETTLE_CONNECTIONS
    this.#ready = await readyToSettle(this.#server, this.#visits, count)
    await untilFolded(this.#server)
    this.#headBefore = (await ledgerFigures(this.#server)).head
  }

  /** Every answer is HTTP 200; but only what was settled now has made an entry. */
  async #assertBooked(requests: number): Promise<void> {
    const booked = (await ledgerFigures(this.#server)).head - this.#headBefore
    if (booked < requests) {
      throw new Error(`${requests} calls of 2207 were answered and ${booked} settlements booked`)
    }
  }
}

/** So many visits with their lines, and for each the message that settles it. */
async function readyToSettle(
  server: ServerChild,
  visits: readonly InterfaceVisit[],
  count: number,
): Promise<BenchRequest[]> {
  const prefix = newIdPrefix()
  const all = Array.from({ length: count }, (_, at) => visits[at % visits.length]!)
  let ids = 0
  const send = async (requests: readonly BenchRequest[]) => {
    const answers = await postAll(server, INTERFACE, requests)
    return answers.map(({ body }) => {
      const { infcode, err_msg, output } = JSON.parse(body)
      if (infcode !== 0) throw new Error(`a visit was refused: ${err_msg}`)
      return output
    })
  }
  const nextId = () => numberedId(prefix, ids++)
  const registered = await send(all.map((visit) => visit.sent(visit.register(), nextId())))
  const visitIds = registered.map(({ data }) => data.mdtrt_id as string)
  await send(all.map((visit, at) => visit.sent(visit.upload(visitIds[at]!), nextId())))
  return all.map((visit, at) => visit.sent(visit.settle(visitIds[at]!), nextId()))
}

/** Both ways must decide the same, or their costs would not be those of the same work. */
async function assertSameMoney(
  { say }: BenchContext,
  server: ServerChild,
  {
    claims,
    visits,
  }: { readonly claims: readonly Claim[]; readonly visits: readonly InterfaceVisit[] },
): Promise<void> {
  const some = claims.slice(0, COMPARED)
  const quotes = await postAll(server, QUOTES, some.map(benchRequest))
  const settles = await readyToSettle(server, visits.slice(0, some.length), some.length)
  const trials = await postAll(
    server,
    INTERFACE,
    settles.map((request) => ({ ...request, claim: request.claim.replace('"2207"', '"2206"') })),
  )
  for (const [at, { body }] of quotes.entries()) {
    const { amounts } = JSON.parse(body)
    const { output, err_msg } = JSON.parse(trials[at]!.body)
    const info = output?.setlinfo
    const ours = [info?.medfee_sumamt, info?.fund_pay_sumamt, info?.acct_pay, info?.psn_cash_pay]
    const fen = ours.map((yuan) => Math.round(Number(yuan) * 100))
    const theirs = [amounts.totalFen, amounts.fundFen, amounts.accountFen, amounts.cashFen]
    if (String(fen) !== String(theirs)) {
      throw new Error(`2206 answers ${fen}, REST ${theirs}: ${err_msg}\n${some[at]?.personId}`)
    }
  }
  say(`${some.length} claims come to the same amounts both ways`)
}

function resultOf(rounds: readonly Round[]): RatioResult {
  const cpu = (side: keyof Round) => rounds.map((round) => round[side].cpuMicrosPerRequest)
  const of = (side: keyof Round, metric: 'requestsPerSecond' | 'p50Ms' | 'p99Ms') =>
    rounded(median(rounds.map((round) => round[side][metric])))
  const ratios = cpu('ours').map((micros, at) => micros / cpu('floor')[at]!)
  const speeds = rounds.map(({ floor, ours }) => floor.requestsPerSecond / ours.requestsPerSecond)
  return {
    floor: rounded(median(cpu('floor'))),
    ours: rounded(median(cpu('ours'))),
    ratio: rounded(median(ratios)),
    rounds: rounds.length,
    spread: rounded(spread(ratios), 2),
    unit: 'CPU µs/request',
    also: {
      ratioByRequests: rounded(median(speeds)),
      restPerSecond: of('floor', 'requestsPerSecond'),
      nhsaPerSecond: of('ours', 'requestsPerSecond'),
      restP99Ms: of('floor', 'p99Ms'),
      nhsaP99Ms: of('ours', 'p99Ms'),
    },
    detail: { rounds },
  }
}
