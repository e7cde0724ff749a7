import { Piscina } from 'piscina'
import type { PolicyReader } from '../packs/policy-reader.ts'
import type { PolicyFound, PolicyRequest } from '../packs/read-policy.ts'
import { moduleForPool } from './start-worker.ts'

/** Edits come in bursts; after one the thread ends and its memory is given back. */
const IDLE_MS = 2_000

let pool: Piscina<PolicyRequest, PolicyFound> | undefined

/**
 * Reads in a thread that serves nobody: whatever it takes, and even if it dies of it, those that
 * serve go on. The images of catalogues are shared memory: not copied.
 */
export const readInWorker: PolicyReader = (request) => {
  pool ??= new Piscina({
    ...moduleForPool('policy-thread'),
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
  })
  return pool.run(request)
}
