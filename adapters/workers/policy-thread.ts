import { parentPort, workerData } from 'node:worker_threads'
import { type PolicyFound, type PolicyRequest, readPolicy } from '../packs/read-policy.ts'
import { BUILDERS, lowerPriority } from './low-priority.ts'
import type { RunNotice } from './thread-run.ts'

/** Reads and checks the policy once. The images of catalogues are shared memory: not copied. */

lowerPriority(BUILDERS)
const outcome = readPolicy(workerData as PolicyRequest)
parentPort!.postMessage({ kind: 'done', outcome } satisfies RunNotice<never, PolicyFound>)
