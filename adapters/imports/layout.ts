import { CARE_TYPES, type CareType } from '../../engine/claim/claim.ts'
import type { RecordFault } from '../../engine/registry/check-record.ts'
import type { Attribute, Dated } from '../../engine/registry/records.ts'
import type { Cells, FaultSink } from './cells.ts'

/** How the rows of a file make records: rows of one id stand together and make one. */
export interface Layout<T> {
  readonly columns: readonly string[]
  /** Tells records apart. */
  readonly idColumn: string
  /** The record of these rows, or nothing when a fault was told. */
  read(rows: readonly Cells[], fault: FaultSink): T | undefined
}

/** Where in the file the parts of a record stand: `/insurances/0` → row. */
export class Places {
  readonly #first: number
  readonly #rows = new Map<string, number>()

  constructor(first: number) {
    this.#first = first
  }

  set(pointer: string, row: number): void {
    this.#rows.set(pointer, row)
  }

  /** The fault of a record as one of the row that it comes from. */
  tell({ pointer, expected }: RecordFault, fault: FaultSink): void {
    let at = pointer
    while (at !== '' && !this.#rows.has(at)) at = at.slice(0, at.lastIndexOf('/'))
    const member = pointer.slice(pointer.lastIndexOf('/') + 1)
    fault({
      row: this.#rows.get(at) ?? this.#first,
      column: /^\d*$/.test(member) ? 'from' : (COLUMNS[member] ?? member),
      expected,
    })
  }
}

/** Members whose column has another name. */
const COLUMNS: Readonly<Record<string, string>> = { handledOn: 'from', personId: 'sharedWith' }

/** `from` and `until` of a row; nothing when `from` is missing or wrong. */
export function spanOf(cells: Cells): Dated | undefined {
  const from = cells.needed('from', cells.date('from'))
  const until = cells.date('until')
  if (from === undefined) return undefined
  return until === undefined ? { from } : { from, until }
}

/** An attribute's value is text, or a whole number when it looks like one. */
export function attributeOf(cells: Cells, span: Dated | undefined): Attribute | undefined {
  const name = cells.needed('attribute', cells.id('attribute'))
  const raw = cells.needed('value', cells.text('value', 64))
  if (span === undefined || name === undefined || raw === undefined) return undefined
  return { ...span, name, value: /^(0|-?[1-9]\d{0,14})$/.test(raw) ? Number(raw) : raw }
}

/** The kinds of care that a cell lists; nothing when it is empty. */
export function careTypesOf(cells: Cells): CareType[] | undefined {
  const words = cells
    .raw('careTypes')
    .split(' ')
    .filter((word) => word !== '')
  if (words.length === 0) return undefined
  const careTypes = CARE_TYPES.filter((careType) => words.includes(careType))
  if (careTypes.length === words.length) return careTypes
  return cells.fault('careTypes', `some of these, with blanks between: ${CARE_TYPES.join(' ')}`)
}
