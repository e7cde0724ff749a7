import { type ByteSource, plainFile } from './byte-source.ts'
import { csvRows } from './csv.ts'
import { TableError, type TableRow } from './table-row.ts'
import { workbookRows } from './workbook.ts'

export const TABLE_FORMATS = ['csv', 'xlsx'] as const
export type TableFormat = (typeof TABLE_FORMATS)[number]

/** A row; misfits are told by the reader, not refused. */
export interface FittedRow extends TableRow {
  /** Set when the row has more or fewer cells than the header. */
  readonly misfit?: { readonly expected: number; readonly found: number }
}

/** Told how many bytes of the file are read, and how many it has. */
export type ByteProgress = (bytes: number, size: number) => void

/**
 * Reads CSV (UTF-8, RFC 4180) or the first visible sheet of an XLSX workbook row by row, never all
 * at once. The first row is the header: the names of the columns, without spaces around them, each
 * once. Blank rows are no rows, and blank columns behind the last name no columns. In a workbook a
 * row that is shorter than the header has empty cells at its end, and a date is YYYY-MM-DD. Throws
 * `TableError` where the file cannot be read as a table.
 */
export async function* readTable(
  file: string | ByteSource,
  format: TableFormat,
  onProgress: ByteProgress = () => {},
): AsyncGenerator<FittedRow> {
  const source = typeof file === 'string' ? plainFile(file) : file
  if (source === undefined) throw new TableError(0, 'a file that can be read', 'none')
  const { size } = source
  const onBytes = (bytes: number) => onProgress(Math.min(bytes, size), size)
  const rows = format === 'csv' ? csvRows(source, onBytes) : workbookRows(source, onBytes)
  let fit: ((row: TableRow) => FittedRow) | undefined
  for await (const row of rows) {
    if (fit !== undefined) {
      yield fit(row)
      continue
    }
    const header = checkedHeader(row)
    const cells = format === 'csv' ? row.cells.length : undefined
    fit = (next) => fitted(next, header.cells.length, cells)
    yield header
  }
  if (fit === undefined) throw new TableError(1, 'a header', 'an empty file')
}

function checkedHeader({ number, cells }: TableRow): TableRow {
  const names = cells.map((name) => name.trim())
  names.length = filled(names)
  const unnamed = names.indexOf('') + 1
  if (unnamed > 0) throw new TableError(number, 'a name above each column', `none in ${unnamed}`)
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TableError(number, 'each column once', twice)
  return { number, cells: names }
}

/** How many cells there are up to the last one that is not blank. */
function filled(cells: readonly string[]): number {
  return cells.findLastIndex((cell) => cell.trim() !== '') + 1
}

/**
 * A line of CSV has as many cells as its header, so that no comma within a text can move the others;
 * a sheet has none at the end of a row where nothing stands, or empty ones that are coloured.
 */
function fitted({ number, cells }: TableRow, width: number, all = cells.length): FittedRow {
  const misfit = (expected: number, found: number) => ({
    number,
    cells,
    misfit: { expected, found },
  })
  if (cells.length !== all) return misfit(all, cells.length)
  if (cells.length === width) return { number, cells }
  const found = filled(cells)
  if (found > width) return misfit(width, found)
  return { number, cells: Array.from({ length: width }, (_, at) => cells[at] ?? '') }
}
