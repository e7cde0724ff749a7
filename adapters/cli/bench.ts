import { readFileSync, writeFileSync } from 'node:fs'
import { postAll, QUOTES, SETTLEMENTS } from '../../bench/claims.ts'
import { type OpenLoopPlan, type OpenLoopResult, openLoop } from '../../bench/load/open-loop.ts'
import { steadyLoad } from '../../bench/load/steady-load.ts'
import { type BenchRequest, benchRequest } from '../../bench/requests.ts'
import { claimAt } from '../../fixtures/claims.ts'
import { showProgress } from '../../fixtures/progress.ts'
import { makeWorld, type Scale } from '../../fixtures/world.ts'
import { benchProtocol } from './bench-protocol.ts'
import { KEY_VARIABLE, keyOfCaller } from './server-call.ts'

export interface BenchOptions {
  readonly url: string
  readonly scenario: 'outpatient' | 'inpatient' | 'mixed' | 'protocol'
  /** Requests per second, and for how many seconds. */
  readonly rate: number
  readonly duration: number
  /** NDJSON of claims; those of the demo when absent. */
  readonly claims?: string
  readonly key: string | undefined
  readonly scale: Scale
  readonly settle?: boolean
  /** Of the settlements of `protocol`, in percent. */
  readonly cancelShare: number
  /** That bookings are meant. */
  readonly yes?: boolean
  readonly json?: string
}

/** Of the demo data; the server's own default. */
const SEED = 1
const DEMO_CLAIMS_MAX = 1_000
const UNAUTHORISED = new Set([401, 403])

/**
 * Loads a running server and prints how it answered. Resolves with the exit code: 1 when a request
 * failed. Throws in plain words when it cannot begin.
 */
export async function benchServer(options: BenchOptions): Promise<0 | 1> {
  const { url, rate, duration, scenario, yes = false } = options
  const address = addressOf(url)
  const settle = options.settle === true || scenario === 'protocol'
  if (settle && !yes) {
    throw new Error(
      `${scenario === 'protocol' ? '--scenario protocol' : '--settle'} books settlements in the ledger of ${url}, and they stay there; ` +
        'if that is meant, say --yes as well',
    )
  }
  if (scenario === 'protocol') {
    if (options.claims !== undefined)
      throw new Error('--scenario protocol has the claims of the demo')
    const { scale, cancelShare, json } = options
    const pathIn = (route: string) => pathOf(address, route)
    const more = json === undefined ? {} : { json }
    const load = { address, pathOf: pathIn, rate, duration, scale, seed: SEED, cancelShare }
    return benchProtocol({ ...load, ...more })
  }
  const requests = await quotable(address, claimsOf(options))
  const plan: OpenLoopPlan = {
    ...steadyLoad(address, rate, duration),
    path: pathOf(address, settle ? SETTLEMENTS : QUOTES),
    requests,
    ...(settle ? { idPrefix: `BENCH${Date.now()}-` } : {}),
  }
  if (settle) process.stderr.write(`yizhan: booking settlements at ${url}\n`)
  const progress = showProgress(`${rate}/s for ${duration} s`, duration)
  const began = performance.now()
  const result = await openLoop(plan, () => {
    progress.done(Math.min(duration, Math.floor((performance.now() - began) / 1000)))
  })
  progress.end()
  process.stdout.write(table(options, result))
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(options, result))
  return failures(result) === 0 && result.answered > 0 ? 0 : 1
}

function addressOf(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address !== undefined && /^https?:$/.test(address.protocol)) return address
  throw new Error(`--url takes an address such as http://127.0.0.1:8080, not ${url}`)
}

/** A server behind a proxy may live under a path. */
function pathOf({ pathname }: URL, route: string): string {
  return pathname.replace(/\/$/, '') + route
}

function claimsOf({ claims: file, key, scenario, scale, rate, duration }: BenchOptions) {
  if (file !== undefined) return claimsIn(file, key)
  if (key !== undefined && key === keyOfCaller()) {
    process.stderr.write(`yizhan: ${KEY_VARIABLE} is not used: the demo's claims have their keys\n`)
  } else if (key !== undefined) {
    throw new Error("--key goes with --claims: the demo's claims are sent under the demo's keys")
  }
  const world = makeWorld({ scale, seed: SEED })
  const count = Math.min(DEMO_CLAIMS_MAX, Math.ceil(rate * duration))
  const care = scenario === 'inpatient' || scenario === 'outpatient' ? scenario : undefined
  return Array.from({ length: count }, (_, n) => benchRequest(claimAt(world, n, { care }).claim))
}

function claimsIn(file: string, key: string | undefined): BenchRequest[] {
  if (key === undefined) {
    throw new Error(`--claims needs the institution's key: --key, or ${KEY_VARIABLE}`)
  }
  const lines = readFileSync(file, 'utf8').split(/\r?\n/)
  const requests = lines.flatMap((line, at): BenchRequest[] => {
    if (line.trim() === '') return []
    return [{ authorization: `Bearer ${key}`, claim: claimText(file, line, at + 1) }]
  })
  if (requests.length === 0) throw new Error(`${file} holds no claim`)
  return requests
}

/** On one line and without a message id: each sending gets an id of its own. */
function claimText(file: string, line: string, number: number): string {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    throw new Error(`${file}, line ${number}: not JSON`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${file}, line ${number}: a claim is a JSON object`)
  }
  const { requestId: _, ...claim } = value as { requestId?: unknown }
  return JSON.stringify(claim)
}

/** The claims that the server quotes; says what is wrong when it quotes none of them. */
async function quotable(address: URL, claims: BenchRequest[]): Promise<BenchRequest[]> {
  const server = { address: address.origin }
  const path = pathOf(address, QUOTES)
  const answers = await postAll(server, path, claims).catch((error: NodeJS.ErrnoException) => {
    const silent = error.code === 'ECONNREFUSED' || error.code === 'ENOTFOUND'
    const why = silent
      ? `nothing listens at ${address.origin}`
      : `${address.origin}: ${error.message}`
    throw new Error(why, { cause: error })
  })
  const refused = answers.filter(({ status }) => status !== 200)
  const [example] = refused
  if (example === undefined) return claims
  if (UNAUTHORISED.has(example.status)) {
    throw new Error(`${address.origin} does not accept the key: ${problemOf(example.body)}`)
  }
  const what = `${refused.length} of ${claims.length} claims are refused`
  const why = `for example: ${example.status} ${problemOf(example.body)}`
  if (refused.length === claims.length) throw new Error(`${what}, ${why}`)
  process.stderr.write(`yizhan: ${what} and left out, ${why}\n`)
  return claims.filter((_, at) => answers[at]!.status === 200)
}

/** What a problem document says; otherwise the beginning of the text. */
function problemOf(body: string): string {
  try {
    const { code, detail } = JSON.parse(body) as { code?: string; detail?: string }
    if (code !== undefined) return `${code}: ${detail}`
  } catch {
    // Not one of ours.
  }
  return body.slice(0, 200)
}

function failures({ failed }: OpenLoopResult): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0)
}

function table(options: BenchOptions, result: OpenLoopResult): string {
  const { url, rate, duration, settle = false, claims, scenario } = options
  const { sent, answered, answeredPerSecond, latency, lag, held } = result
  const bySort = Object.entries(result.failed).map(
    ([sort, count]) => `${sort}: ${count}, the first: ${problemOf(result.failures[sort] ?? '')}`,
  )
  const what = claims === undefined ? `${scenario} claims of the demo` : `claims of ${claims}`
  const rows = [
    ['server', url],
    [
      'load',
      `${settle ? 'settlements' : 'quotes'}, ${what}, ${rate}/s for ${duration} s, open loop`,
    ],
    ['sent', String(sent)],
    ['answered', `${answered}, ${answeredPerSecond.toFixed(1)}/s`],
    ['failed', String(failures(result))],
    ...bySort.map((line) => ['', line]),
    ['p50', `${latency.p50Ms} ms`],
    ['p90', `${latency.p90Ms} ms`],
    ['p99', `${latency.p99Ms} ms`],
    ['p99.9', `${latency.p999Ms} ms`],
    ['max', `${latency.maxMs} ms`],
    ['schedule', `${held ? 'held' : 'NOT HELD'}: sent ${lag.p99Ms} ms late at p99`],
  ]
  const lines = rows.map(([name = '', value]) => `${name.padEnd(9)} ${value}`)
  if (!held) lines.push('This machine could not send in time: the latencies are its own as well.')
  return `${lines.join('\n')}\n`
}

function jsonOf(options: BenchOptions, result: OpenLoopResult): string {
  const { url, scenario, claims, rate, duration, settle = false } = options
  const { histogram: _, seen: __, ...figures } = result
  const load = {
    url,
    ...(claims === undefined ? { scenario } : { claims }),
    rate,
    duration,
    settle,
  }
  return `${JSON.stringify({ ...load, ...figures }, null, 2)}\n`
}
