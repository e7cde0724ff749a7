import { parentPort, workerData } from 'node:worker_threads'
import { documentOf } from '../audit/open-person.ts'
import { DECIDING, lowerPriority } from './low-priority.ts'
import { saying } from './saying.ts'
import type { RunNotice } from './thread-run.ts'

/** The thread of one export: walks the journal beside the counter. */

export interface ExportThreadData {
  readonly folder: string
  readonly personId: string
  readonly opensCredentials: boolean
}

lowerPriority(DECIDING)
const { folder, personId, opensCredentials } = workerData as ExportThreadData
const outcome = saying(() => [...documentOf(folder, personId, opensCredentials)].join(''))
parentPort!.postMessage({ kind: 'done', outcome } satisfies RunNotice<never, string>)
