/** One row that is not blank, its cells as text. */
export interface TableRow {
  /** The row's number as the sheet counts; in CSV the line on which it begins. From 1. */
  readonly number: number
  /** A cell without content is ''. */
  readonly cells: readonly string[]
}

/** A file that cannot be read as a table: where, and what was expected and found instead. */
export class TableError extends Error {
  override readonly name = 'TableError'
  readonly row: number
  readonly expected: string
  /** May repeat what stands in the file. */
  readonly found: string

  /** `row` is 0 when it is about the file as a whole. */
  constructor(row: number, expected: string, found: string) {
    super(`row ${row}: expected ${expected}, found ${found}`)
    this.row = row
    this.expected = expected
    this.found = found
  }
}

export function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '')
}
