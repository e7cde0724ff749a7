import { workerData } from 'node:worker_threads'
import type { ImportJob, ImportOutcome } from '../imports/import-job.ts'
import type { ReadProgress } from '../imports/read-records.ts'
import { runImport } from '../imports/run-import.ts'
import { type BesideCounterData, workBesideCounter } from './beside-counter.ts'

/** The thread of one import: reads, checks and stages beside the counter, then makes it live. */

export interface ImportThreadData extends BesideCounterData {
  readonly job: ImportJob
}

const data = workerData as ImportThreadData
const { folder, job } = data
await workBesideCounter<ReadProgress, ImportOutcome>(data, ({ ledger, records, onProgress }) =>
  runImport(job, { ledger, records, now: Date.now, folder, onProgress }),
)
