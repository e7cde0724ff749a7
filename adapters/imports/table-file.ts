import { createReadStream } from 'node:fs'
import { Transform } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import exceljs from 'exceljs'

/** One row of a file, its cells as text; row 1 holds the names of the columns. */
export interface TableRow {
  readonly row: number
  readonly cells: readonly string[]
}

export const TABLE_FORMATS = ['csv', 'xlsx'] as const
export type TableFormat = (typeof TABLE_FORMATS)[number]

/** The file cannot be read as what it is said to be, from this row on. */
export class UnreadableTable extends Error {
  readonly row: number
  constructor(row: number, message: string) {
    super(message)
    this.row = row
  }
}

/**
 * The rows of a CSV file (UTF-8, commas) or of the first sheet of an XLSX file, one by one, without
 * those that are empty. `onBytes` is told how much of the file has been read.
 */
export function readTable(
  file: string,
  format: TableFormat,
  onBytes: (bytes: number) => void,
): AsyncGenerator<TableRow> {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      onBytes(bytes)
      done(null, chunk)
    },
  })
  const source = createReadStream(file)
  source.on('error', (error) => counted.destroy(error))
  source.pipe(counted)
  return format === 'csv' ? readCsv(counted) : readXlsx(counted)
}

async function* readCsv(source: Transform): AsyncGenerator<TableRow> {
  const parser = parse({ bom: true, relax_column_count: true })
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  let row = 0
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      row += 1
      const trimmed = cells.map((cell) => cell.trim())
      if (trimmed.some((cell) => cell !== '')) yield { row, cells: trimmed }
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UnreadableTable(row + 1, 'well-formed CSV')
    throw error
  }
}

async function* readXlsx(source: Transform): AsyncGenerator<TableRow> {
  const reader = new exceljs.stream.xlsx.WorkbookReader(source, {
    worksheets: 'emit',
    sharedStrings: 'cache',
    styles: 'cache',
    hyperlinks: 'ignore',
    entries: 'ignore',
  })
  let last = 0
  try {
    for await (const sheet of reader) {
      for await (const { number, values } of sheet) {
        last = number
        // The reader counts columns from 1.
        const cells = Array.from((values as exceljs.CellValue[]).slice(1), textOf)
        if (cells.some((cell) => cell !== '')) yield { row: number, cells }
      }
      return
    }
  } catch (error) {
    if (error instanceof UnreadableTable) throw error
    throw new UnreadableTable(last + 1, 'a readable XLSX workbook')
  }
  throw new UnreadableTable(1, 'an XLSX workbook with a sheet')
}

/** What a person sees in the cell, a date as `YYYY-MM-DD`. */
function textOf(value: exceljs.CellValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Date) return value.toISOString().slice(0, 10)
  if (typeof value !== 'object') return String(value).trim()
  if ('richText' in value)
    return value.richText
      .map(({ text }) => text)
      .join('')
      .trim()
  if ('result' in value) return textOf(value.result as exceljs.CellValue)
  if ('text' in value) return String(value.text).trim()
  return '#ERROR'
}
