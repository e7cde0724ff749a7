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
 * once. Blank rows are no rows. In a workbook a row that is shorter than the header has empty cells
 * at its end, and a date is YYYY-MM-DD. Throws `TableError` where the file cannot be read as a table.
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
  let width: number | undefined
  for await (const row of rows) {
    if (width !== undefined) {
      yield fitted(row, width, format)
      continue
    }
    const header = checkedHeader(row)
    width = header.cells.length
    yield header
  }
  if (width === undefined) throw new TableError(1, 'a header', 'an empty file')
}

function checkedHeader({ number, cells }: TableRow): TableRow {
  const names = cells.map((name) => name.trim())
  const twice = names.find((name, at) => names.indexOf(name) !== at)
  if (twice !== undefined) throw new TableError(number, 'each column once', twice)
  return { number, cells: names }
}

/** A sheet has no cells at the end of a row where nothing stands; a line of CSV has every comma. */
function fitted({ number, cells }: TableRow, width: number, format: TableFormat): FittedRow {
  const found = cells.length
  if (found === width) return { number, cells }
  if (found > width || format === 'csv') {
    return { number, cells, misfit: { expected: width, found } }
  }
  return { number, cells: [...cells, ...Array<string>(width - found).fill('')] }
}
