import type { ImportJob, ImportOutcome } from '../imports/import-job.ts'
import type { ReadProgress } from '../imports/read-records.ts'
import type { ImportThreadData } from './import-thread.ts'
import type { OpenLedger } from './ledger-host.ts'
import { runInThread, type ThreadRun } from './thread-run.ts'

/** Runs an import in a thread of its own, on a ledger that this process owns. */
export function startImport(
  ledger: Pick<OpenLedger, 'connect'>,
  folder: string,
  job: ImportJob,
  onProgress: (rows: number, bytes: number) => void,
): ThreadRun<ImportOutcome> {
  const connection = ledger.connect()
  const data: ImportThreadData = { connection, folder, job }
  return runInThread<ReadProgress, ImportOutcome>(
    'import-thread',
    data,
    [connection.port],
    ({ rows, bytes }) => onProgress(rows, bytes),
  )
}
