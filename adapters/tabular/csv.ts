import { pipeline } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { ByteSource } from './byte-source.ts'
import { isBlank, TableError, type TableRow } from './table-row.ts'

/** A quote that is never closed must not take the rest of a large file into memory. */
const RECORD_CHARACTERS_MAX = 1_000_000
/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\uFFFD'

/** The rows of a CSV file that are not blank. */
export async function* csvRows(
  file: ByteSource,
  onBytes: (bytes: number) => void,
): AsyncGenerator<TableRow> {
  // The parser is ahead of the loop below, and what it has read when it fails never gets there.
  let read = 0
  const parser = parse({
    bom: true,
    relax_column_count: true,
    info: true,
    max_record_size: RECORD_CHARACTERS_MAX,
    on_record: (record, { lines }) => {
      read = lines
      return record
    },
  })
  // Errors reach the loop below through the parser.
  pipeline(file.read(), parser, () => {})
  let lines = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<CsvRecord>) {
      const number = lines + 1
      lines += 1 + breaksIn(record)
      // Spreadsheets of the region save CSV in another encoding unless told otherwise: said, not guessed.
      if (record.some((cell) => cell.includes(REPLACEMENT))) {
        throw new TableError(
          number,
          'text in UTF-8 (a spreadsheet saves it as “CSV UTF-8”)',
          'another encoding',
        )
      }
      onBytes(info.bytes)
      if (!isBlank(record)) yield { number, cells: record }
    }
  } catch (error) {
    if (error instanceof TableError) throw error
    if (error instanceof CsvError) {
      const [expected, found] = inWords(error)
      throw new TableError(read + 1, `CSV as in RFC 4180${expected}`, found)
    }
    throw new TableError(0, 'a file that can be read', (error as Error).message)
  }
}

/** The parser's own words are about bytes, and cut through a character of Chinese. */
function inWords(error: CsvError): readonly [expected: string, found: string] {
  const column = `column ${Number(error['column']) + 1}`
  switch (error.code) {
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'INVALID_OPENING_QUOTE':
      return [
        `: a cell with a quote in it stands in quotes, and each in it twice`,
        `one in ${column}`,
      ]
    case 'CSV_QUOTE_NOT_CLOSED':
      return [`: a quote that closes ${column}`, 'none']
    default:
      return ['', error.message]
  }
}

/** Line breaks within the quotes of a record. */
function breaksIn(record: readonly string[]): number {
  if (!record.some((cell) => /[\r\n]/.test(cell))) return 0
  return record.reduce((count, cell) => count + cell.split(/\r\n|\r|\n/).length - 1, 0)
}

interface CsvRecord {
  readonly record: readonly string[]
  readonly info: { readonly bytes: number }
}
