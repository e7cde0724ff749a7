import type { ImportJob, ImportOutcome } from '../imports/run-import.ts'
import type { ImportNotice, ImportThreadData } from './import-thread.ts'
import type { OpenLedger } from './ledger-host.ts'
import { startWorker } from './start-worker.ts'

export interface ImportRun {
  /** Rejects when the import failed for another reason than what stands in the file. */
  readonly outcome: Promise<ImportOutcome>
  /** Ends it at once; nothing is applied unless it had become live. */
  stop(): Promise<void>
}

/** Runs an import in a thread of its own, on a ledger that this process owns. */
export function startImport(
  ledger: Pick<OpenLedger, 'connect'>,
  folder: string,
  job: ImportJob,
  onProgress: (rows: number, bytes: number) => void,
): ImportRun {
  const connection = ledger.connect()
  const data: ImportThreadData = { connection, folder, job }
  const worker = startWorker('import-thread', data, [connection.port])
  const outcome = new Promise<ImportOutcome>((resolve, reject) => {
    worker.on('message', (notice: ImportNotice) => {
      if (notice.kind === 'progress') onProgress(notice.rows, notice.bytes)
      else resolve(notice.outcome)
    })
    worker.on('error', reject)
    worker.on('exit', (code) => reject(new Error(`the import ended with ${code}`)))
  })
  return { outcome, stop: async () => void (await worker.terminate()) }
}
