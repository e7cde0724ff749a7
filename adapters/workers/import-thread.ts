import { parentPort, workerData } from 'node:worker_threads'
import { RecordBook } from '../../engine/counter/record-book.ts'
import type { ImportJob, ImportOutcome } from '../imports/import-job.ts'
import type { ReadProgress } from '../imports/read-records.ts'
import { runImport } from '../imports/run-import.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'
import { withWords } from './saying.ts'
import type { RunNotice } from './thread-run.ts'

/** The thread of one import: reads, checks and stages beside the counter, then makes it live. */

export interface ImportThreadData {
  readonly connection: LedgerConnection
  readonly folder: string
  readonly job: ImportJob
}

type Notice = RunNotice<ReadProgress, ImportOutcome>

const { connection, folder, job } = workerData as ImportThreadData
const host = parentPort!
const connected = connectLedger(connection)
const registry = openRegistry(folder)
try {
  const outcome = await runImport(job, {
    ledger: connected.ledger,
    records: new RecordBook(connected.ledger, registry),
    now: Date.now,
    folder,
    onProgress: (progress) => host.postMessage({ kind: 'progress', progress } satisfies Notice),
  })
  host.postMessage({ kind: 'done', outcome } satisfies Notice)
} catch (error) {
  throw withWords(error)
} finally {
  registry.close()
  await connected.close()
}
