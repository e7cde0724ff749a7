import { fileURLToPath } from 'node:url'
import { type DataSize, freshLedger } from '../data-folders.ts'
import type { BenchContext } from '../scenario.ts'
import type { ServerChild } from './server-child.ts'

const SCRIPT = fileURLToPath(new URL('../../bundle/main.js', import.meta.url))
/** The openings of a city are booked at the first start, and its catalogue is read. */
const READY_SECONDS = 300

export interface YizhanOptions {
  /** The suite's when absent. */
  readonly size?: DataSize
  /** Acceptor threads; as many as the run compares with when absent. */
  readonly threads?: number
  /** Threads for large bodies; 0 for none, the server's default when absent. */
  readonly poolThreads?: number
  /** Sheds as it does by default; otherwise only what no other scenario puts to it. */
  readonly sheds?: boolean
  /** The packs; those that are shipped when absent. */
  readonly rules?: string
  /** How changed rules come into force; directly when absent. */
  readonly publishing?: 'four-eyes'
  /** A ledger that was made before; a new one over the data when absent. */
  readonly folder?: string
}

/** Our server, on a new ledger unless one is given. */
export async function startYizhan(
  context: BenchContext,
  options: YizhanOptions = {},
): Promise<ServerChild> {
  const size = options.size ?? { scale: context.suite.scale }
  const { threads = context.threads, poolThreads, sheds = false, rules, publishing } = options
  const folder = options.folder ?? freshLedger(context, size)
  const began = performance.now()
  const server = await context.start({
    title: 'Yizhan',
    script: SCRIPT,
    args: ['serve', '--demo', '--scale', size.scale, '--port', '0', '--data', folder],
    env: {
      ...(size.people === undefined ? {} : { YIZHAN_PEOPLE: String(size.people) }),
      ...(size.catalogueCodes === undefined
        ? {}
        : { YIZHAN_CATALOGUE_CODES: String(size.catalogueCodes) }),
      ...(poolThreads === undefined ? {} : { YIZHAN_POOL_THREADS: String(poolThreads) }),
      ...(rules === undefined ? {} : { YIZHAN_RULES: rules }),
      ...(publishing === undefined ? {} : { YIZHAN_PUBLISHING: publishing }),
      YIZHAN_THREADS: String(threads),
      // What is measured of a machine that others use must not be cut short by a stall of theirs.
      ...(sheds ? {} : { YIZHAN_IN_WORK_MAX: '10000' }),
      YIZHAN_WATCH: 'off',
    },
    folder,
    readySeconds: READY_SECONDS,
  })
  const took = ((performance.now() - began) / 1000).toFixed(1)
  context.say(`Yizhan with ${threads} acceptor(s) was ready after ${took} s`)
  return server
}
