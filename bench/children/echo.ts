import { deepStrictEqual } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BodyOf, postAll, QUOTES, SETTLEMENTS, withNewIds, withoutId } from '../claims.ts'
import type { BenchRequest } from '../requests.ts'
import type { BenchContext } from '../scenario.ts'
import type { ServerChild } from './server-child.ts'

const SCRIPT = fileURLToPath(new URL('../echo-server.js', import.meta.url))
const READY_SECONDS = 30
/** So many of its answers are looked at before anything is timed. */
const ANSWERS_CHECKED = 512
/** The two may write the same decision a little differently. */
const SIZE_DIFFERENCE_MAX = 0.02

export interface EchoOptions {
  /** Every answer to a quote and to a settlement, as ours gave it. */
  readonly quote: string
  readonly settlement: string
  readonly requests: readonly BenchRequest[]
}

/**
 * The floor: bare Fastify, with as many threads as ours, that answers every request with these
 * decisions. Throws when its answers are not that, or when it takes what no schema allows.
 */
export async function startEcho(context: BenchContext, options: EchoOptions): Promise<ServerChild> {
  const { quote, settlement, requests } = options
  const folder = context.makeFolder('echo')
  const files = { quote: join(folder, 'quote.json'), settlement: join(folder, 'settlement.json') }
  writeFileSync(files.quote, quote)
  writeFileSync(files.settlement, settlement)
  context.say(
    `starting the echo of decisions of ${Buffer.byteLength(quote)} bytes for a quote, ` +
      `${Buffer.byteLength(settlement)} for a settlement`,
  )
  const echo = await context.start({
    title: 'echo',
    script: SCRIPT,
    args: ['--threads', String(context.threads), files.quote, files.settlement],
    folder,
    readySeconds: READY_SECONDS,
  })
  const sample = requests.slice(0, ANSWERS_CHECKED)
  await assertEchoes(echo, QUOTES, sample, { decision: quote })
  await assertEchoes(echo, SETTLEMENTS, sample, { decision: settlement, bodyOf: withNewIds() })
  return echo
}

async function assertEchoes(
  echo: ServerChild,
  path: string,
  sample: readonly BenchRequest[],
  { decision, bodyOf = withoutId }: { readonly decision: string; readonly bodyOf?: BodyOf },
): Promise<void> {
  const expected: unknown = JSON.parse(decision)
  for (const { status, body } of await postAll(echo, path, sample, bodyOf)) {
    if (status > 299) throw new Error(`the echo answers ${status}: ${body}`)
    deepStrictEqual(JSON.parse(body), expected, 'the echo answers something else')
    const difference = Math.abs(body.length - decision.length) / decision.length
    if (difference > SIZE_DIFFERENCE_MAX) throw new Error('the echo answers another size')
  }
  const [refused] = await postAll(echo, path, sample.slice(0, 1), () => '{"lines":[]}')
  if (refused?.status !== 400) throw new Error(`the echo checks nothing: ${refused?.status}`)
}
