import { existsSync, writeFileSync } from 'node:fs'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { showProgress } from '../../fixtures/progress.ts'
import { csvCell } from '../packs/catalogue-csv.ts'
import { type CatalogueChanges, compareCatalogues } from '../packs/compare-catalogues.ts'
import {
  type ImportedRows,
  type RowProblem,
  readCatalogueTable,
  writeCatalogue,
} from '../packs/import-catalogue.ts'
import { loadCatalogue } from '../packs/load-catalogue.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { catalogueFile } from '../packs/read-policy.ts'
import { changeCounts, changeLines } from '../words/catalogue-changes.ts'
import type { Settings } from './config.ts'
import { plainText } from './plain-text.ts'
import { policyHistory } from './policy-history.ts'
import { refuseOverFile } from './report-file.ts'
import { callServer, keyOfCaller } from './server-call.ts'

export interface ImportOptions {
  /** The catalogue's id, as packs name it. */
  readonly id: string
  /** Where every problem goes, as CSV: row, column, expected, found. */
  readonly report?: string
  /** Change nothing. */
  readonly dryRun?: boolean
  /** Address of the server to be told. */
  readonly server: string
}

const SHOWN_MAX = 20
const CATALOGUE_ID = /^[a-z][a-z0-9-]*$/

/** Replaces a catalogue by the one in `file`, or says what is wrong with every row; the exit code. */
export async function importCatalogue(
  settings: Settings,
  file: string,
  { id, report, dryRun = false, server }: ImportOptions,
): Promise<0 | 1> {
  if (!CATALOGUE_ID.test(id)) throw new Error(`${id} is no catalogue id: ${CATALOGUE_ID.source}`)
  refuseOverFile(report, file)
  const { rows, problems } = await read(file)
  if (report !== undefined) writeReport(report, problems)
  if (problems.length > 0) {
    for (const each of problems.slice(0, SHOWN_MAX))
      process.stdout.write(`${plainText(inWords(each))}\n`)
    const count = `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`
    process.stdout.write(`${count} in ${file}; nothing was changed\n`)
    return 1
  }
  const changes = compareCatalogues(rowsInForce(settings, id), rows)
  printChanges(id, rows.length, changes)
  if (dryRun) return 0
  writeCatalogue(catalogueFile(settings.data, id), rows)
  if (keyOfCaller() === undefined) {
    process.stdout.write(
      'written; a running server loads it when it watches its files or is told to reload\n',
    )
    return 0
  }
  // By now the file is there: whoever reads that something was refused must not think that it is not.
  const answer = await callServer<{ proposalId?: string }>(server, '/v1/policy/reload', {}).catch(
    (error: Error) => {
      throw new Error(`written, and not taken up by a server. ${error.message}`)
    },
  )
  const { proposalId } = answer
  process.stdout.write(
    proposalId === undefined ? `in force on ${server}\n` : `proposal ${proposalId} on ${server}\n`,
  )
  return 0
}

async function read(file: string): Promise<ImportedRows> {
  const progress = showProgress(`reading ${file}`, 100)
  try {
    return await readCatalogueTable(file, (share) => progress.done(Math.floor(share * 100)))
  } finally {
    progress.end()
  }
}

function inWords({ row, column, expected, found }: RowProblem): string {
  const place = column === '' ? `row ${row}` : `row ${row}, ${column}`
  return `${place}: expected ${expected}, found ${found === '' ? 'nothing' : found}`
}

function writeReport(file: string, problems: readonly RowProblem[]): void {
  const lines = problems.map(({ row, column, expected, found }) =>
    [String(row), column, expected, asText(found)].map(csvCell).join(),
  )
  writeFileSync(file, `${['row,column,expected,found', ...lines].join('\n')}\n`)
}

/**
 * What was found comes from elsewhere and is opened in a spreadsheet, which would compute it: behind
 * an apostrophe it is a text. A number below zero is none the less one.
 */
function asText(found: string): string {
  return /^[=+\-@\t\r]/.test(found) && !/^-[\d.]+$/.test(found) ? `'${found}` : found
}

/** The version that decides now; before the first start, the file that will. */
function rowsInForce({ data }: Settings, id: string): readonly CatalogueRow[] {
  const kept = policyHistory(data)
    .at(-1)
    ?.inForce.catalogues.find((catalogue) => catalogue.id === id)
  const file =
    kept === undefined ? catalogueFile(data, id) : new PackLibrary(data).catalogueFile(kept.hash)
  if (!existsSync(file)) return []
  const outcome = loadCatalogue(id, [file])
  return 'rows' in outcome ? outcome.rows : []
}

function printChanges(id: string, size: number, changes: CatalogueChanges): void {
  const counts = `against the one in force: ${changeCounts(changes)}`
  const lines = [`catalogue ${id}: ${size} rows; ${counts}`, ...changeLines(changes, SHOWN_MAX)]
  process.stdout.write(`${plainText(lines.join('\n'))}\n`)
}
