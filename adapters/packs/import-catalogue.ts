import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { buildCatalogueImage } from '../../engine/policy/catalogue-image.ts'
import { writeWhole } from '../files/write-whole.ts'
import { readTable } from '../tabular/table.ts'
import { TableError } from '../tabular/table-row.ts'
import { CATALOGUE_COLUMNS, REQUIRED_COLUMNS, rowReader } from './catalogue-columns.ts'
import { CATALOGUE_HEADER, catalogueLine } from './catalogue-csv.ts'
import { FAULT_WORDS, shownOf } from './load-catalogue.ts'

/** A cell, or a whole row or file where `column` is empty, that is not as it has to be. */
export interface RowProblem {
  /** The number of the row in the file, the header being 1; 0 when it is about the file. */
  readonly row: number
  readonly column: string
  readonly expected: string
  readonly found: string
}

export interface ImportedRows {
  readonly rows: readonly CatalogueRow[]
  /** With any, nothing is to be applied. */
  readonly problems: readonly RowProblem[]
}

/**
 * Reads a whole catalogue from CSV or XLSX and finds every fault of every row. No two rows of a
 * code may be in force on the same day.
 */
export async function readCatalogueTable(
  file: string,
  onProgress?: (share: number) => void,
): Promise<ImportedRows> {
  const rows: CatalogueRow[] = []
  const numbers: number[] = []
  const problems: RowProblem[] = []
  const read = rowReader()
  let places: ReadonlyMap<string, number> | undefined
  try {
    const format = /\.xlsx$/i.test(file) ? 'xlsx' : 'csv'
    const table = readTable(file, format, (bytes, size) => onProgress?.(bytes / size))
    for await (const { number, cells, misfit } of table) {
      if (places === undefined) {
        problems.push(...headerProblems(cells))
        if (problems.length > 0) break
        places = new Map(cells.map((name, at) => [name, at]))
        continue
      }
      const columns = places
      if (misfit !== undefined) {
        const { expected, found } = misfit
        problems.push(problem(number, '', `${expected} cells`, `${found} cells`))
        continue
      }
      const before = problems.length
      const row = read(
        (column) => cells[columns.get(column) ?? -1] ?? '',
        (column, expected, found) => problems.push(problem(number, column, expected, found)),
      )
      if (problems.length > before) continue
      rows.push(row)
      numbers.push(number)
    }
  } catch (error) {
    if (!(error instanceof TableError)) throw error
    problems.push(problem(error.row, '', error.expected, error.found))
  }
  if (problems.length === 0 && rows.length === 0) {
    problems.push(problem(0, '', 'rows below the header', 'none'))
  }
  for (const fault of buildCatalogueImage(rows).faults) {
    const at = rows.findLastIndex(({ code, from }) => code === fault.code && from === fault.from)
    const column = fault.problem === 'ends-before-it-begins' ? 'until' : 'from'
    const found = `${fault.code} from ${fault.from}`
    problems.push(problem(numbers[at]!, column, FAULT_WORDS[fault.problem], found))
  }
  problems.sort((one, other) => one.row - other.row)
  return { rows, problems }
}

function problem(row: number, column: string, expected: string, found: string): RowProblem {
  return { row, column: shownOf(column), expected, found: shownOf(found) }
}

function headerProblems(names: readonly string[]): RowProblem[] {
  const known: ReadonlySet<string> = new Set(CATALOGUE_COLUMNS)
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length === names.length) {
    // One for a title above, another sign between the cells or another file altogether.
    const expected = `the names of the columns, in CSV with commas between: ${CATALOGUE_COLUMNS.join(', ')}`
    return [problem(1, '', expected, names.join(', '))]
  }
  const missing = REQUIRED_COLUMNS.filter((name) => !names.includes(name))
  return [
    ...unknown.map((name) => problem(1, name, `one of ${CATALOGUE_COLUMNS.join(', ')}`, name)),
    ...missing.map((name) => problem(1, name, 'this column', 'no such column')),
  ]
}

/** Writes the rows as a catalogue file; readers see the old file or the new one. */
export function writeCatalogue(file: string, rows: readonly CatalogueRow[]): void {
  mkdirSync(dirname(file), { recursive: true })
  writeWhole(file, (writing) => {
    const handle = openSync(writing, 'w')
    try {
      appendFileSync(handle, CATALOGUE_HEADER)
      for (let at = 0; at < rows.length; at += LINES_AT_A_TIME) {
        appendFileSync(
          handle,
          rows
            .slice(at, at + LINES_AT_A_TIME)
            .map(catalogueLine)
            .join(''),
        )
      }
    } finally {
      closeSync(handle)
    }
  })
}

const LINES_AT_A_TIME = 1_000
