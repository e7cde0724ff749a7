import { parentPort, workerData } from 'node:worker_threads'
import { RecordBook } from '../../engine/counter/record-book.ts'
import { type ImportJob, type ImportOutcome, runImport } from '../imports/run-import.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'

/** The thread of one import: reads, checks and stages beside the counter, then makes it live. */

export interface ImportThreadData {
  readonly connection: LedgerConnection
  readonly folder: string
  readonly job: ImportJob
}

export type ImportNotice =
  | { readonly kind: 'progress'; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'done'; readonly outcome: ImportOutcome }

const { connection, folder, job } = workerData as ImportThreadData
const host = parentPort!
const connected = connectLedger(connection)
// Nobody shows a credential here, so that any key will do.
const registry = openRegistry(folder, { credentialKey: new Uint8Array(16) })
try {
  const outcome = await runImport(job, {
    ledger: connected.ledger,
    records: new RecordBook(connected.ledger, registry),
    now: Date.now,
    folder,
    onProgress: ({ rows, bytes }) =>
      host.postMessage({ kind: 'progress', rows, bytes } satisfies ImportNotice),
  })
  host.postMessage({ kind: 'done', outcome } satisfies ImportNotice)
} finally {
  registry.close()
  await connected.close()
}
