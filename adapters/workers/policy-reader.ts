import type { PolicyReader } from '../packs/policy-reader.ts'
import type { PolicyFound } from '../packs/read-policy.ts'
import { runInThread } from './thread-run.ts'

/**
 * Reads in a thread that lives for this one reading: whatever it takes, and even if it dies of it,
 * the thread that serves goes on, and the memory is given back.
 */
export const readInWorker: PolicyReader = (request) =>
  runInThread<never, PolicyFound>('policy-thread', request, [], () => {}).outcome
