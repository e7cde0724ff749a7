import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BenchContext } from '../scenario.ts'
import type { ServerChild } from './server-child.ts'

const SCRIPT = fileURLToPath(new URL('../echo-server.js', import.meta.url))
const READY_SECONDS = 30

/** The floor: bare Fastify that answers every quote and settlement with this decision. */
export function startEcho(context: BenchContext, decision: string): Promise<ServerChild> {
  const folder = context.makeFolder('echo')
  const file = join(folder, 'decision.json')
  writeFileSync(file, decision)
  context.say(`starting the echo of a decision of ${Buffer.byteLength(decision)} bytes`)
  return context.start({
    title: 'echo',
    script: SCRIPT,
    args: [file],
    folder,
    readySeconds: READY_SECONDS,
  })
}
