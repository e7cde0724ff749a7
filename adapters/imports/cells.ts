import { isCivilDate } from '../../engine/calendar/civil-days.ts'

/** Something in a file that keeps it from being applied. */
export interface RowFault {
  /** As a spreadsheet counts; 1 holds the names of the columns. 0 is the file as a whole. */
  readonly row: number
  /** Empty where the row as a whole is at fault. */
  readonly column: string
  /** What was expected; never what was found, which may be personal. */
  readonly expected: string
}

export type FaultSink = (fault: RowFault) => void

const ID = /^[A-Za-z0-9._-]+$/
const DISTRICT = /^[0-9]{6}$/
const INTEGER = /^(0|-?[1-9]\d{0,14})$/

/** One row by the names of its columns. What cannot be read is a fault, and reads as absent. */
export class Cells {
  readonly row: number
  readonly #columns: Readonly<Record<string, number>>
  readonly #cells: readonly string[]
  readonly #fault: FaultSink

  constructor(
    row: number,
    cells: readonly string[],
    columns: Readonly<Record<string, number>>,
    fault: FaultSink,
  ) {
    this.row = row
    this.#cells = cells
    this.#columns = columns
    this.#fault = fault
  }

  /** The cell as it stands; empty when there is nothing in it. */
  raw(column: string): string {
    return this.#cells[this.#columns[column]!] ?? ''
  }

  fault(column: string, expected: string): undefined {
    this.#fault({ row: this.row, column, expected })
    return undefined
  }

  text(column: string, max: number): string | undefined {
    const raw = this.raw(column)
    if (raw === '') return undefined
    return raw.length <= max ? raw : this.fault(column, `at most ${max} characters`)
  }

  id(column: string, max = 40): string | undefined {
    const raw = this.raw(column)
    if (raw === '') return undefined
    if (raw.length <= max && ID.test(raw)) return raw
    return this.fault(column, `1 to ${max} letters, digits, ".", "_" or "-"`)
  }

  district(column: string): string | undefined {
    const raw = this.raw(column)
    if (raw === '' || DISTRICT.test(raw)) return raw === '' ? undefined : raw
    return this.fault(column, 'six digits')
  }

  date(column: string): string | undefined {
    const raw = this.raw(column)
    if (raw === '') return undefined
    return isDate(raw) ? raw : this.fault(column, 'a date as YYYY-MM-DD')
  }

  integer(column: string, min: number, max: number): number | undefined {
    const raw = this.raw(column)
    if (raw === '') return undefined
    const value = Number(raw)
    if (INTEGER.test(raw) && value >= min && value <= max) return value
    return this.fault(column, `a whole number from ${min} to ${max}`)
  }

  oneOf<T extends string>(column: string, values: readonly T[]): T | undefined {
    const raw = this.raw(column)
    if (raw === '') return undefined
    const found = values.find((value) => value === raw)
    return found ?? this.fault(column, values.join(', '))
  }

  /** The value, or a fault when the cell is empty. */
  needed<T>(column: string, value: T | undefined): T | undefined {
    if (value === undefined && this.raw(column) === '') return this.fault(column, 'a value')
    return value
  }

  /** Faults for columns in which this row says something else than the first of its record. */
  repeats(first: Cells, columns: readonly string[]): void {
    for (const column of columns) {
      const again = this.raw(column)
      if (again !== '' && again !== first.raw(column)) {
        this.fault(column, `nothing, or the same as in row ${first.row}`)
      }
    }
  }

  /** Faults for columns that are filled although they mean nothing in this row. */
  onlyOf(allowed: readonly string[], columns: readonly string[], what: string): void {
    for (const column of columns) {
      if (!allowed.includes(column) && this.raw(column) !== '') {
        this.fault(column, `nothing in ${what}`)
      }
    }
  }
}

const known = new Map<string, boolean>()

/** Files repeat a few thousand dates over and over. */
function isDate(text: string): boolean {
  const before = known.get(text)
  if (before !== undefined) return before
  const is = isCivilDate(text)
  if (known.size >= 100_000) known.clear()
  known.set(text, is)
  return is
}

/** The members that have a value. */
export function given<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
