import { fileURLToPath } from 'node:url'
import { freshLedger } from '../data-folders.ts'
import type { BenchContext } from '../scenario.ts'
import type { ServerChild } from './server-child.ts'

const SCRIPT = fileURLToPath(new URL('../../adapters/cli/main.js', import.meta.url))
/** The openings of a city are booked at the first start, and its catalogue is read. */
const READY_SECONDS = 180

/** Our server on a new ledger over the suite's data. */
export function startYizhan(context: BenchContext): Promise<ServerChild> {
  const { scale } = context.suite
  const folder = freshLedger(context)
  context.say(`starting Yizhan on ${scale} data`)
  return context.start({
    title: 'Yizhan',
    script: SCRIPT,
    args: ['serve', '--demo', '--scale', scale, '--port', '0', '--data', folder],
    folder,
    readySeconds: READY_SECONDS,
  })
}
