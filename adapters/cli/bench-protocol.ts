import { writeFileSync } from 'node:fs'
import { type OpenLoopResult, openLoop } from '../../bench/load/open-loop.ts'
import { steadyLoad } from '../../bench/load/steady-load.ts'
import { type Books, ProtocolLoad, type TransactionFigures } from '../../bench/protocol-load.ts'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { claimAt } from '../../fixtures/claims.ts'
import { showProgress } from '../../fixtures/progress.ts'
import { makeWorld, type Scale } from '../../fixtures/world.ts'

export interface ProtocolOptions {
  readonly address: URL
  readonly pathOf: (route: string) => string
  /** Visits that begin each second, and for how many seconds. */
  readonly rate: number
  readonly duration: number
  readonly scale: Scale
  readonly seed: number
  /** Of the settlements, in percent, how many are cancelled. */
  readonly cancelShare: number
  readonly json?: string
}

const VISITS_MAX = 1_000

/**
 * Plays visits of the demo's persons over the national interface at an even rate, and holds what was
 * settled against the server's books. Resolves with the exit code: 1 when anything was refused,
 * broken or does not balance.
 */
export async function benchProtocol(options: ProtocolOptions): Promise<0 | 1> {
  const { address, pathOf, rate, duration, scale, seed, cancelShare, json } = options
  const world = makeWorld({ scale, seed })
  const count = Math.min(VISITS_MAX, Math.ceil(rate * duration))
  const claims = Array.from({ length: count }, (_, n) => {
    return claimAt(world, n, { care: 'outpatient' }).claim
  })
  const load = new ProtocolLoad(claims, {
    host: address.host,
    pathOf,
    prefix: `BENCH${Date.now()}-`,
    cancelShare: cancelShare / 100,
  })
  const before = await booksAt(options, load.institutions)
  const progress = showProgress(`${rate} visits/s for ${duration} s`, duration)
  const began = performance.now()
  const plan = {
    ...steadyLoad(address, rate, duration),
    path: '',
    requests: [],
  } as const
  const onProgress = () => {
    progress.done(Math.min(duration, Math.floor((performance.now() - began) / 1000)))
  }
  const result = await openLoop(plan, onProgress, load)
  progress.end()
  const unbalanced = differing(before, await booksAt(options, load.institutions), load.books)
  process.stdout.write(table(options, result, load, unbalanced))
  if (json !== undefined) writeFileSync(json, jsonOf(options, result, load, unbalanced))
  const sound = load.figures.every(({ byInfcode }) => Object.keys(byInfcode).join() === '0')
  return sound && unbalanced.length === 0 && load.books.size > 0 ? 0 : 1
}

/** What the server has booked today and may book until tomorrow, by institution. */
async function booksAt(
  { address, pathOf }: ProtocolOptions,
  institutions: readonly string[],
): Promise<Map<string, Books>> {
  const day = (after: number) => chinaDate(Date.now() + after * 24 * 60 * 60 * 1000)
  const asked = { from: day(-1), to: day(1), count: 0, totalFen: 0, fundFen: 0, accountFen: 0 }
  const books = new Map<string, Books>()
  for (const institutionId of institutions) {
    const response = await fetch(new URL(pathOf('/v1/reconciliations'), address), {
      method: 'POST',
      headers: {
        authorization: `Bearer demo-${institutionId}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(asked),
    }).catch((error: Error) => {
      throw new Error(`nothing listens at ${address.origin}`, { cause: error })
    })
    const answer = (await response.json()) as { ours: Books; code?: string; detail?: string }
    if (!response.ok) throw new Error(`${address.origin}: ${answer.code}: ${answer.detail}`)
    books.set(institutionId, answer.ours)
  }
  return books
}

/** Institutions whose books moved by something else than what was answered. */
function differing(
  before: ReadonlyMap<string, Books>,
  after: ReadonlyMap<string, Books>,
  books: ReadonlyMap<string, Books>,
): string[] {
  const sums = ['count', 'totalFen', 'fundFen', 'accountFen'] as const
  return [...after].flatMap(([id, theirs]) => {
    const moved = sums.map((name) => theirs[name] - before.get(id)![name])
    const answered = sums.map((name) => books.get(id)?.[name] ?? 0)
    return String(moved) === String(answered) ? [] : [`${id}: ${moved}, answered ${answered}`]
  })
}

function table(
  { address, rate, duration, cancelShare }: ProtocolOptions,
  result: OpenLoopResult,
  load: ProtocolLoad,
  unbalanced: readonly string[],
): string {
  const { sent, answered, answeredPerSecond, lag, held } = result
  const booked = [...load.books.values()].reduce((sum, { count }) => sum + count, 0)
  const lost = load.lost === 0 ? '' : `; ${load.lost} had no answer and may have been booked`
  const lines = [
    `server    ${address.href}`,
    `load      visits of the demo, ${rate} begun a second for ${duration} s, open loop, ` +
      `${cancelShare} % cancelled`,
    `sent      ${sent}`,
    `answered  ${answered}, ${answeredPerSecond.toFixed(1)}/s`,
    ...load.figures.map(row),
    ...load.figures.flatMap(({ infno, refusal }) => {
      return refusal === undefined ? [] : [`refused   ${infno}: ${refusal}`]
    }),
    `schedule  ${held ? 'held' : 'NOT HELD'}: sent ${lag.p99Ms} ms late at p99`,
    unbalanced.length === 0
      ? `books     balanced: ${booked} settlements and cancellations`
      : `books     NOT BALANCED${lost}`,
    ...unbalanced.map((text) => `          ${text}`),
  ]
  return `${lines.join('\n')}\n`
}

function row({ infno, name, byInfcode, latency }: TransactionFigures): string {
  const codes = Object.entries(byInfcode).map(([code, count]) => `${code}: ${count}`)
  const { p50Ms, p99Ms, maxMs } = latency
  return `${infno}      infcode ${codes.join(', ')}; p50 ${p50Ms}, p99 ${p99Ms}, max ${maxMs} ms (${name})`
}

function jsonOf(
  { address, rate, duration, cancelShare }: ProtocolOptions,
  { histogram: _, seen: __, ...figures }: OpenLoopResult,
  load: ProtocolLoad,
  unbalanced: readonly string[],
): string {
  const { href: url } = address
  const told = { url, scenario: 'protocol', rate, duration, cancelShare, ...figures }
  const transactions = load.figures
  return `${JSON.stringify({ ...told, transactions, unbalanced, lost: load.lost }, null, 2)}\n`
}
