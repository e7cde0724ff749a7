import type { CounterPorts } from '../../engine/counter/ports.ts'
import type { ImportKind } from '../../engine/counter/record-entry.ts'
import { sealing } from '../codec/sealing.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import type { TableFormat } from '../tabular/table.ts'
import type { RowFault } from './cells.ts'
import type { FaultReport } from './fault-report.ts'
import type { Layout } from './layout.ts'
import { type ReadProgress, type ReadRecord, readRecords } from './read-records.ts'
import { sealedPart } from './sealed-part.ts'

/** A file that is to be imported. Plain data: it travels to another thread. */
export interface ImportJob {
  readonly kind: ImportKind
  readonly path: string
  /** It lies in the data folder as it was received. */
  readonly sealed?: boolean
  readonly format: TableFormat
  /** SHA-256 of the file, hexadecimal: the same file is applied once, unless `again` is said. */
  readonly hash: string
  /** Apply records once more that a file brought before and others have replaced since. */
  readonly again?: boolean
  /** Check everything and apply nothing. */
  readonly dryRun: boolean
  /** Who imports it. */
  readonly source: string
  /** Where all faults are written, as CSV. */
  readonly reportFile?: string
}

export interface ImportOutcome {
  readonly state: 'applied' | 'checked' | 'refused'
  /** The file had been applied before, and nothing was done. */
  readonly before: boolean
  readonly rows: number
  readonly records: number
  /** Records that stood as they are in the file. */
  readonly unchanged: number
  /** Where the journal made it live. */
  readonly position?: number
  readonly faultCount: number
  /** The first ones. */
  readonly faults: readonly RowFault[]
}

/** What an import needs of the world. */
export interface ImportPorts extends Pick<CounterPorts, 'ledger' | 'records' | 'now'> {
  /** The data folder. */
  readonly folder: string
  onProgress(progress: Readonly<ReadProgress>): void
}

const RECORDS_PER_REPORT = 2_000

/** How much was read. */
export interface Read {
  readonly rows: number
  readonly records: number
  /** None when absent. */
  readonly unchanged?: number
}

/** Reads all records, telling now and then how far it has come. */
export async function each<T>(
  layout: Layout<T>,
  job: ImportJob,
  ports: ImportPorts,
  report: FaultReport,
  take: (at: ReadRecord<T>) => Promise<void>,
): Promise<Read> {
  const progress: ReadProgress = { rows: 0, bytes: 0 }
  let records = 0
  const { path, format, sealed = false } = job
  const content = sealed ? sealedPart(path, sealing(keyRingOf(ports.folder))) : path
  const found = readRecords(layout, { content, format }, (fault) => report.add(fault), progress)
  for await (const at of found) {
    await take(at)
    records += 1
    if (records % RECORDS_PER_REPORT === 0) ports.onProgress({ ...progress })
  }
  ports.onProgress({ ...progress })
  return { rows: progress.rows, records }
}

export function outcomeOf({ dryRun }: ImportJob, read: Read, report: FaultReport): ImportOutcome {
  const faultless = report.count === 0
  return {
    state: faultless ? (dryRun ? 'checked' : 'applied') : 'refused',
    before: false,
    unchanged: 0,
    ...read,
    faultCount: report.count,
    faults: report.first,
  }
}
