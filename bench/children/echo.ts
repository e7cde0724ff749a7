import { deepStrictEqual } from 'node:assert'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BodyOf, postAll, withoutId } from '../claims.ts'
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
  /** Every answer, as ours gave it. */
  readonly decision: string
  readonly path: string
  readonly requests: readonly BenchRequest[]
  readonly bodyOf?: BodyOf
}

/**
 * The floor: bare Fastify, with as many threads as ours, that answers every request with this
 * decision. Throws when its answers are not that, or when it takes what no schema allows.
 */
export async function startEcho(context: BenchContext, options: EchoOptions): Promise<ServerChild> {
  const { decision, path, requests, bodyOf = withoutId } = options
  const folder = context.makeFolder('echo')
  const file = join(folder, 'decision.json')
  writeFileSync(file, decision)
  context.say(`starting the echo of a decision of ${Buffer.byteLength(decision)} bytes`)
  const echo = await context.start({
    title: 'echo',
    script: SCRIPT,
    args: ['--threads', String(context.threads), file],
    folder,
    readySeconds: READY_SECONDS,
  })
  const sample = requests.slice(0, ANSWERS_CHECKED)
  const expected: unknown = JSON.parse(decision)
  for (const { status, body } of await postAll(echo, path, sample, bodyOf)) {
    if (status > 299) throw new Error(`the echo answers ${status}: ${body}`)
    deepStrictEqual(JSON.parse(body), expected, 'the echo answers something else')
    const difference = Math.abs(body.length - decision.length) / decision.length
    if (difference > SIZE_DIFFERENCE_MAX) throw new Error('the echo answers another size')
  }
  const [refused] = await postAll(echo, path, sample.slice(0, 1), () => '{"lines":[]}')
  if (refused?.status !== 400) throw new Error(`the echo checks nothing: ${refused?.status}`)
  return echo
}
