import { open, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { ImportKind } from '../../engine/counter/record-entry.ts'
import { showProgress } from '../../fixtures/progress.ts'
import type { RowFault } from '../imports/cells.ts'
import { FAULTS_HEADER } from '../imports/fault-report.ts'
import { fileHash, type ImportStatus } from '../imports/import-desk.ts'
import { FolderOwnedError } from '../sqlite/owner-lock.ts'
import { readyRegistry } from '../sqlite/registry-store.ts'
import { plainFile } from '../tabular/byte-source.ts'
import { TABLE_FORMATS, type TableFormat } from '../tabular/table.ts'
import { startImport } from '../workers/import-host.ts'
import type { readConfig } from './config.ts'
import { withOwnLedger } from './own-ledger.ts'
import { projectRoot } from './project-root.ts'
import { refuseOverFile } from './report-file.ts'
import { KEY_VARIABLE, type ServerPlace, serverCaller, whyServer } from './server-call.ts'

export interface ImportOptions extends ServerPlace {
  readonly config: ReturnType<typeof readConfig>
  readonly kind: ImportKind
  readonly file: string
  readonly dryRun: boolean
  /** Apply a file once more that was applied before. */
  readonly again: boolean
  /** Where all faults are written, as CSV. */
  readonly report?: string
  /** A key of the role registry, for the server. */
  readonly key: string | undefined
}

type Result = Pick<
  ImportStatus,
  'state' | 'rows' | 'records' | 'unchanged' | 'position' | 'faultCount' | 'faults'
>

interface File {
  readonly path: string
  readonly format: TableFormat
  readonly bytes: number
  readonly sha256: string
}

const PART_BYTES = 256 * 1024
const POLL_MS = 200

/**
 * Imports a file: in this process when nobody owns the data folder, through the server otherwise, and
 * always through one that was named.
 * Returns the exit code: 0 when it is applied (or, dry, could be).
 */
export async function importFile(options: ImportOptions): Promise<number> {
  const format = TABLE_FORMATS.find((known) => `.${known}` === extname(options.file).toLowerCase())
  if (format === undefined) throw new Error(`${options.file} must end in .csv or .xlsx`)
  const content = plainFile(options.file)
  if (content === undefined) throw new Error(`there is no file ${options.file}`)
  if (content.size === 0) throw new Error(`${options.file} is empty`)
  refuseOverFile(options.report, options.file)
  if (options.again && options.kind === 'balances') {
    throw new Error('opening balances are booked once; --again is not for them')
  }
  const sha256 = await fileHash(content)
  const file = { path: options.file, format, bytes: content.size, sha256 }
  const importing = options.named ? importThere : importHere
  return tell(options, await importing(options, file))
}

/** A file of the kind as it should look: the names of all columns, and a few rows that show how. */
export function importTemplate(kind: ImportKind): Promise<string> {
  return readFile(join(projectRoot(), 'docs', 'imports', `${kind}.csv`), 'utf8')
}

async function importHere(options: ImportOptions, file: File): Promise<Result> {
  const { config, kind, dryRun, again, report } = options
  const importing = withOwnLedger(config, async (ledger): Promise<Result> => {
    readyRegistry(config.data)
    const bar = showProgress(`importing ${kind}`, file.bytes)
    const { path, format, sha256: hash } = file
    const reportFile = report === undefined ? {} : { reportFile: report }
    const job = { kind, path, format, hash, dryRun, again, source: 'cli', ...reportFile }
    const { outcome } = startImport(ledger, config.data, job, (_rows, read) => bar.done(read))
    return outcome.finally(() => bar.end())
  })
  return importing.catch((error: unknown) => {
    if (error instanceof FolderOwnedError) return importThere(options, file)
    throw error
  })
}

/** The same through the server; what it has of the file is not sent again. */
async function importThere(options: ImportOptions, file: File): Promise<Result> {
  const { config, kind, dryRun, again, server, named, key, report } = options
  if (key === undefined) {
    throw new Error(
      `${whyServer(options, config.data)}: set ${KEY_VARIABLE} to a key of the role registry ` +
        `to import through it${named ? '' : ` (--server, now ${server})`}`,
    )
  }
  const call = serverCaller(server, key)
  const { format, bytes, sha256 } = file
  // A release that does not know the word refuses it, so that it is said only when it is meant.
  const asked = { kind, format, bytes, sha256, dryRun, ...(again ? { again } : {}) }
  const announcement = JSON.stringify(asked)
  let status = await call<ImportStatus>('POST', '/v1/imports', announcement, 'application/json')
  const path = `/v1/imports/${status.importId}`
  const bar = showProgress(`importing ${kind}`, bytes)
  try {
    const source = await open(file.path)
    try {
      const buffer = Buffer.alloc(PART_BYTES)
      while (status.state === 'receiving') {
        const { bytesRead } = await source.read(buffer, 0, PART_BYTES, status.received)
        // Nothing would be sent for ever.
        if (bytesRead === 0) throw new Error(`${file.path} has become shorter meanwhile`)
        const part = buffer.subarray(0, bytesRead)
        const at = `${path}/content?offset=${status.received}`
        status = await call<ImportStatus>('PUT', at, part, 'application/octet-stream')
      }
    } finally {
      await source.close()
    }
    while (status.state === 'checking') {
      bar.done(status.readBytes)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      status = await call<ImportStatus>('GET', path)
    }
  } finally {
    bar.end()
  }
  if (status.state !== 'failed' && report !== undefined) {
    // The faults of the try before must not lie there beside a file that has none.
    const refused = status.state === 'refused'
    await writeFile(report, refused ? await call<string>('GET', `${path}/report`) : FAULTS_HEADER)
  }
  return status
}

function tell({ kind, report }: ImportOptions, result: Result): number {
  const { state, records, rows, unchanged, position, faultCount, faults } = result
  const asTheyWere = unchanged === 0 ? '' : `, ${unchanged} of them as they were`
  if (state === 'applied') {
    const at = `journal position ${position}`
    const onceMore = kind === 'balances' ? '' : '; --again applies it once more'
    process.stdout.write(
      rows === 0
        ? `${kind}: this file was applied before (${at}); nothing was changed${onceMore}\n`
        : `${kind}: ${records} records of ${rows} rows are live (${at})${asTheyWere}\n`,
    )
    return 0
  }
  if (state === 'checked') {
    process.stdout.write(
      `${kind}: ${records} records of ${rows} rows are fine${asTheyWere}; nothing applied\n`,
    )
    return 0
  }
  if (state === 'failed') throw new Error('the import failed; the log of the server says why')
  for (const fault of faults) process.stderr.write(`${faultLine(fault)}\n`)
  const where = report === undefined ? '; --report FILE writes them all' : `; all in ${report}`
  const more = faultCount > faults.length ? `, the first ${faults.length} above${where}` : ''
  process.stderr.write(`${kind}: ${faultCount} faults${more}. Nothing was applied.\n`)
  return 1
}

function faultLine({ row, column, expected }: RowFault): string {
  const place = row === 0 ? 'the file' : `row ${row}`
  return `${place}${column === '' ? '' : `, ${column}`}: expected ${expected}`
}
