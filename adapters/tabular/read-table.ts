import { createReadStream, statSync } from 'node:fs'
import { pipeline, Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { type CellValue, readSheet } from 'read-excel-file/node'

/** One row below the header, its cells as text by the name of their column. */
export interface TableRow {
  /** The row's number in the file, the header being 1; in CSV the line on which it begins. */
  readonly number: number
  /** A cell that is empty or missing is ''. */
  readonly cells: Readonly<Record<string, string>>
  /** Set when the row does not have as many cells as the header. */
  readonly misfit?: { readonly expected: number; readonly found: number }
}

/** A file that is no table: where, and what was expected and found instead. */
export class TableError extends Error {
  override readonly name = 'TableError'
  readonly row: number
  readonly expected: string
  readonly found: string

  /** `row` is 0 when it is about the file as a whole. */
  constructor(row: number, expected: string, found: string) {
    super(`row ${row}: expected ${expected}, found ${found}`)
    this.row = row
    this.expected = expected
    this.found = found
  }
}

/**
 * The rows of a table with a header: the first sheet of an `.xlsx` file, or CSV (UTF-8, RFC 4180).
 * Dates of a sheet become YYYY-MM-DD. `onProgress` is told the share that is done, `[0, 1]`. Throws
 * `TableError` where the file cannot be read as a table.
 */
export async function* rowsOf(
  file: string,
  onProgress: (share: number) => void = () => {},
): AsyncGenerator<TableRow> {
  const records = /\.xlsx$/i.test(file) ? sheetRecords(file) : csvRecords(file)
  let header: readonly string[] | undefined
  for await (const { number, cells, done } of records) {
    if (header === undefined) {
      header = checkedHeader(cells)
      continue
    }
    const names = header
    const isMisfit = cells.length !== names.length
    yield {
      number,
      cells: Object.fromEntries(names.map((name, at) => [name, cells[at] ?? ''])),
      ...(isMisfit ? { misfit: { expected: names.length, found: cells.length } } : {}),
    }
    onProgress(done)
  }
  if (header === undefined) throw new TableError(1, 'a header', 'an empty file')
}

interface TableRecord {
  readonly number: number
  readonly cells: readonly string[]
  readonly done: number
}

function checkedHeader(names: readonly string[]): readonly string[] {
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TableError(1, 'each column once', twice)
  return names
}

async function* csvRecords(file: string): AsyncGenerator<TableRecord> {
  const size = sizeOf(file)
  const parser = parse({ bom: true, relax_column_count: true, info: true })
  // Errors reach the loop below through the parser.
  pipeline(Readable.from(textOf(file)), parser, () => {})
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      // The parser counts up to the end of the record.
      const breaks = record.reduce((count, text) => count + text.split('\n').length - 1, 0)
      yield { number: info.lines - breaks, cells: record, done: info.bytes / size }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error['lines'] === 'number' ? error['lines'] : 0
    throw new TableError(line, 'CSV as in RFC 4180', error.message)
  }
}

interface CsvRecord {
  readonly record: readonly string[]
  readonly info: { readonly lines: number; readonly bytes: number }
}

function sizeOf(file: string): number {
  try {
    return Math.max(1, statSync(file).size)
  } catch (error) {
    throw unreadable(error)
  }
}

function unreadable(error: unknown): TableError {
  const { code, message } = error as NodeJS.ErrnoException
  return new TableError(0, 'a file that can be read', code ?? message)
}

/** Spreadsheets of the region save CSV in another encoding unless told otherwise: said, not guessed. */
async function* textOf(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    for await (const bytes of createReadStream(file)) {
      yield decoder.decode(bytes as Uint8Array, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    throw error instanceof TypeError
      ? new TableError(0, 'UTF-8', 'another encoding')
      : unreadable(error)
  }
}

/** A sheet has to be held in memory: its texts stand in a part of their own. */
async function* sheetRecords(file: string): AsyncGenerator<TableRecord> {
  sizeOf(file)
  const rows = await readSheet(file, { trim: false }).catch((error: unknown) => {
    throw new TableError(0, 'an Excel workbook (.xlsx)', (error as Error).message)
  })
  const width = rows[0] === undefined ? 0 : filled(rows[0]).length
  for (const [at, row] of rows.entries()) {
    const cells = filled(row)
    // Formatted rows without content are no rows.
    if (cells.length === 0) continue
    while (cells.length < width) cells.push('')
    yield { number: at + 1, cells, done: (at + 1) / rows.length }
  }
}

/** The row as text, without the empty cells at its end. */
function filled(row: readonly (CellValue | null)[]): string[] {
  return row.slice(0, row.findLastIndex((value) => value !== null) + 1).map(textOfCell)
}

function textOfCell(value: CellValue | null): string {
  if (value === null) return ''
  if (!(value instanceof Date)) return String(value)
  return value.toISOString().replace('T00:00:00.000Z', '')
}
