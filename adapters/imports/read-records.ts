import type { ByteSource } from '../tabular/byte-source.ts'
import { readTable, type TableFormat } from '../tabular/table.ts'
import { TableError, type TableRow } from '../tabular/table-row.ts'
import { Cells, type FaultSink } from './cells.ts'
import type { Layout } from './layout.ts'

/** A record and the first of its rows. */
export interface ReadRecord<T> {
  readonly id: string
  readonly record: T
  readonly row: number
}

/** How far a file has been read. */
export interface ReadProgress {
  /** Rows of data. */
  rows: number
  bytes: number
}

/** The most rows that one record may have; more would not fit the memory. */
const ROWS_PER_RECORD = 2_000

/**
 * The records of a file, one by one: rows of one id that stand together make one. What is wrong goes
 * to `fault`; a record with a fault may still come, so that more of its faults are found.
 */
export async function* readRecords<T>(
  layout: Layout<T>,
  file: { readonly content: string | ByteSource; readonly format: TableFormat },
  fault: FaultSink,
  progress: ReadProgress,
): AsyncGenerator<ReadRecord<T>> {
  const rows = readTable(file.content, file.format, (bytes) => {
    progress.bytes = bytes
  })
  let columns: Readonly<Record<string, number>> | undefined
  let group: Cells[] = []
  let groupId = ''
  const finish = (): ReadRecord<T> | undefined => {
    const [first] = group
    if (first === undefined) return undefined
    const record = layout.read(group, fault)
    group = []
    return record === undefined ? undefined : { id: groupId, record, row: first.row }
  }
  try {
    for await (const row of rows) {
      if (columns === undefined) {
        columns = columnsOf(layout, row, fault)
        if (columns === undefined) return
        continue
      }
      const { number, cells: texts, misfit } = row
      progress.rows += 1
      if (misfit !== undefined) {
        fault({ row: number, column: '', expected: `${misfit.expected} cells` })
        continue
      }
      const trimmed = texts.map((text) => text.trim())
      const cells = new Cells(number, trimmed, columns, fault)
      const id = cells.raw(layout.idColumn)
      if (id === '') {
        cells.fault(layout.idColumn, 'a value')
        continue
      }
      if (id !== groupId || group.length >= ROWS_PER_RECORD) {
        if (id === groupId) cells.fault('', `at most ${ROWS_PER_RECORD} rows of one record`)
        const finished = finish()
        if (finished !== undefined) yield finished
        groupId = id
      }
      group.push(cells)
    }
    const last = finish()
    if (last !== undefined) yield last
  } catch (error) {
    if (!(error instanceof TableError)) throw error
    const { row, expected, found } = error
    // What a stranger wrote there is not repeated: it may be data without names above it.
    const column = layout.columns.includes(found) ? found : ''
    fault({ row, column, expected })
  }
}

/** Where each column stands; nothing when the first row is not that of the layout. */
function columnsOf(
  { columns }: Layout<unknown>,
  { number: row, cells }: TableRow,
  fault: FaultSink,
): Record<string, number> | undefined {
  let sound = true
  const wrong = (column: string, expected: string) => {
    sound = false
    fault({ row, column, expected })
  }
  if (!cells.some((name) => columns.includes(name))) {
    // One fault for a title above, another sign between the cells or another file altogether.
    wrong('', `the names of the columns, in CSV with commas between: ${columns.join(', ')}`)
    return undefined
  }
  for (const column of columns) {
    if (!cells.includes(column)) wrong(column, 'this column')
  }
  for (const [index, name] of cells.entries()) {
    // Not repeated either.
    if (!columns.includes(name)) wrong(`no. ${index + 1}`, `one of ${columns.join(', ')}`)
  }
  if (!sound) return undefined
  return Object.fromEntries(columns.map((column) => [column, cells.indexOf(column)]))
}
