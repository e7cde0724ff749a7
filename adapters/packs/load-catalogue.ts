import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { CsvError } from 'csv-parse'
import { parse } from 'csv-parse/sync'
import type { Catalogue, CatalogueFault, CatalogueRow } from '../../engine/policy/catalogue.ts'
import { buildCatalogue } from '../../engine/policy/open-catalogue.ts'
import {
  CATALOGUE_COLUMNS,
  type CatalogueColumn,
  REQUIRED_COLUMNS,
  rowReader,
} from './catalogue-columns.ts'

/** Something in a catalogue file that is not as it has to be. */
export interface CatalogueProblem {
  readonly file: string
  /** Counted from 1, the header included; 0 when it is about the file as a whole. */
  readonly line: number
  /** The column's name; empty when it is about the whole line. */
  readonly column: string
  readonly expected: string
  readonly found: string
}

/** A catalogue, or every problem of its files; with a problem there is no catalogue. */
export type CatalogueOutcome =
  | { readonly catalogue: Catalogue; readonly rows: readonly CatalogueRow[] }
  | { readonly problems: readonly CatalogueProblem[] }

/** So many problems are listed; a file with more has one cause, and the first lines show it. */
const PROBLEMS_LISTED_MAX = 1_000
const FOUND_SHOWN_MAX = 60

/** What was found, cut to what fits a message: a cell may hold a whole file. */
export function shownOf(found: string): string {
  return found.slice(0, FOUND_SHOWN_MAX)
}

/**
 * Reads the CSV files of one catalogue (UTF-8, RFC 4180, a header each; see CATALOGUE_COLUMNS) as
 * if they were one: no two rows of a code may be in force on the same day, in whichever files they
 * stand. The catalogue's hash is the SHA-256 of the files' bytes in the given order. A file that
 * cannot be read is a problem like the others. `giveWay` is called after each row, and may pause.
 */
export function loadCatalogue(
  id: string,
  files: readonly string[],
  giveWay: () => void = () => {},
): CatalogueOutcome {
  const hash = createHash('sha256')
  const problems = new ProblemList()
  const rows: CatalogueRow[] = []
  /** Where each row stands: an index into `files`, and the line. */
  const places: { file: number[]; line: number[] } = { file: [], line: [] }

  for (const [index, file] of files.entries()) {
    const bytes = readFile(file, problems)
    if (bytes === undefined) continue
    hash.update(bytes)
    readRows(
      file,
      bytes,
      problems,
      (row, line) => {
        rows.push(row)
        places.file.push(index)
        places.line.push(line)
      },
      giveWay,
    )
  }
  if (problems.size > 0) return { problems: problems.listed() }

  const { catalogue, faults } = buildCatalogue(id, hash.digest('hex'), rows)
  if (faults.length === 0) return { catalogue, rows }
  for (const fault of faults) {
    const at = rows.findLastIndex((row) => row.code === fault.code && row.from === fault.from)
    problems.add({
      file: files[places.file[at]!]!,
      line: places.line[at]!,
      column: fault.problem === 'ends-before-it-begins' ? 'until' : 'from',
      expected: FAULT_WORDS[fault.problem],
      found: `${fault.code} from ${fault.from}`,
    })
  }
  return { problems: problems.listed() }
}

export const FAULT_WORDS: Readonly<Record<CatalogueFault['problem'], string>> = {
  'overlaps-another-row': 'a day on which no other row of this code is in force',
  'ends-before-it-begins': 'a day after from',
}

function readFile(file: string, problems: ProblemList): Buffer | undefined {
  try {
    const bytes = readFileSync(file)
    if (isUtf8(bytes)) return bytes
    problems.add({ file, line: 0, column: '', expected: 'UTF-8', found: 'other bytes' })
  } catch (error) {
    const { code } = error as { code?: string }
    const found =
      code === 'ENOENT' ? 'none: `yizhan catalogue import` makes it' : (code ?? String(error))
    problems.add({ file, line: 0, column: '', expected: 'a file that can be read', found })
  }
  return undefined
}

/** Each row is read as it comes out of the text: a catalogue of cells would be many times its size. */
function readRows(
  file: string,
  bytes: Buffer,
  problems: ProblemList,
  onRow: (row: CatalogueRow, line: number) => void,
  giveWay: () => void,
): void {
  const read = rowReader()
  let header: readonly string[] | undefined
  let positions: Positions | undefined
  let record: readonly string[] = []
  let faulty = false
  let line = 0
  const cell = (column: CatalogueColumn): string => {
    const position = positions![column]
    return position === undefined ? '' : record[position]!
  }
  const fault = (column: string, expected: string, found: string): void => {
    faulty = true
    problems.add({ file, line, column, expected, found })
  }
  const readRecord = (cells: readonly string[]): void => {
    line++
    if (header === undefined) {
      header = cells
      positions = positionsOf(file, header, problems)
      line += breaksIn(header)
      return
    }
    if (positions === undefined) return
    record = cells
    faulty = false
    if (record.length !== header.length) {
      fault('', `${header.length} cells`, `${record.length} cells`)
    } else {
      const row = read(cell, fault)
      if (!faulty) onRow(row, line)
    }
    // No sound cell holds a line break, so only faulty rows can span lines.
    if (faulty) line += breaksIn(record)
  }
  try {
    // Rows of other lengths come through, so that all of them are reported and not the first only.
    parse(bytes, {
      bom: true,
      relax_column_count: true,
      on_record(cells: readonly string[]) {
        readRecord(cells)
        giveWay()
        return null
      },
    })
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const at = typeof error['lines'] === 'number' ? error['lines'] : 0
    problems.add({
      file,
      line: at,
      column: '',
      expected: 'CSV as in RFC 4180',
      found: error.message,
    })
    return
  }
  if (header === undefined) positionsOf(file, [], problems)
}

function breaksIn(record: readonly string[]): number {
  return record.reduce((count, text) => count + text.split('\n').length - 1, 0)
}

type Positions = Readonly<Partial<Record<CatalogueColumn, number>>>

function positionsOf(
  file: string,
  header: readonly string[],
  problems: ProblemList,
): Positions | undefined {
  const before = problems.size
  const positions: Partial<Record<CatalogueColumn, number>> = {}
  const known: ReadonlySet<string> = new Set(CATALOGUE_COLUMNS)
  for (const [position, name] of header.entries()) {
    if (!known.has(name)) {
      const expected = `one of ${CATALOGUE_COLUMNS.join(', ')}`
      problems.add({ file, line: 1, column: name, expected, found: name })
    } else if (positions[name as CatalogueColumn] !== undefined) {
      problems.add({ file, line: 1, column: name, expected: 'each column once', found: name })
    } else {
      positions[name as CatalogueColumn] = position
    }
  }
  for (const name of REQUIRED_COLUMNS) {
    if (positions[name] === undefined) {
      problems.add({
        file,
        line: 1,
        column: name,
        expected: 'this column',
        found: 'no such column',
      })
    }
  }
  return problems.size === before ? positions : undefined
}

/** Keeps the first problems, and counts the rest. */
class ProblemList {
  size = 0
  readonly #kept: CatalogueProblem[] = []

  add(problem: CatalogueProblem): void {
    if (this.size++ >= PROBLEMS_LISTED_MAX) return
    this.#kept.push({ ...problem, found: shownOf(problem.found) })
  }

  listed(): CatalogueProblem[] {
    const more = this.size - this.#kept.length
    if (more === 0) return this.#kept
    const found = `${more} more problems`
    return [...this.#kept, { file: '', line: 0, column: '', expected: 'no problems', found }]
  }
}
