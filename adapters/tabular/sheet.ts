import { type NumberKind, textOfNumber, unescaped, withoutMidnight } from './sheet-values.ts'
import { isBlank, TableError, type TableRow } from './table-row.ts'
import type { XmlHandlers } from './xml.ts'

/** What a sheet's cells refer to. */
export interface SheetSettings {
  readonly texts: readonly string[]
  readonly kinds: readonly NumberKind[]
  /** Days are counted from 1904, not from 1900. */
  readonly from1904: boolean
}

const COLUMNS_MAX = 16_384
/** A text may come in any number of pieces; spreadsheets themselves allow of 32,767 characters. */
const CELL_CHARACTERS_MAX = 1_000_000

/** A text of a cell with its next piece; throws where nobody would write that much into one. */
export function longerText(text: string, piece: string, row: number): string {
  const longer = text + piece
  const { length } = longer
  if (length <= CELL_CHARACTERS_MAX) return longer
  throw new TableError(row, `at most ${CELL_CHARACTERS_MAX} characters in a cell`, `${length}`)
}

/** Makes rows of a sheet's XML while it is parsed. */
export class SheetReader implements XmlHandlers {
  readonly #settings: SheetSettings
  #rows: TableRow[] = []
  #number = 0
  #cells: string[] = []
  #cell: Cell | undefined
  /** Text is the cell's value just now. */
  #isValue = false

  constructor(settings: SheetSettings) {
    this.#settings = settings
  }

  /** The rows that are complete and were not taken yet. */
  take(): readonly TableRow[] {
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  open(name: string, { r, t, s }: Readonly<Record<string, string>>): void {
    if (name === 'row') {
      this.#number = r === undefined ? this.#number + 1 : Number(r)
      this.#cells = []
    } else if (name === 'c') {
      const column = this.#columnOf(r)
      this.#cell = { column, type: t ?? 'n', style: Number(s ?? 0), hasFormula: false }
    } else if (this.#cell === undefined) return
    else if (name === 'f') this.#cell.hasFormula = true
    else if (name === 'v' || name === 't') {
      this.#isValue = true
      this.#cell.value ??= ''
    } else if (name === 'rPh') this.#cell.isPronounced = true
  }

  text(text: string): void {
    if (!this.#isValue || this.#cell === undefined || this.#cell.isPronounced === true) return
    this.#cell.value = longerText(this.#cell.value!, text, this.#number)
  }

  close(name: string): void {
    if (name === 'v' || name === 't') this.#isValue = false
    else if (name === 'rPh' && this.#cell !== undefined) this.#cell.isPronounced = false
    else if (name === 'c' && this.#cell !== undefined) this.#endCell(this.#cell)
    else if (name === 'row') this.#endRow()
  }

  #endCell(cell: Cell): void {
    this.#cell = undefined
    const text = this.#textOf(cell)
    if (text === '') return
    while (this.#cells.length < cell.column) this.#cells.push('')
    this.#cells[cell.column] = text
  }

  /** A row that only has a format is none. */
  #endRow(): void {
    if (!isBlank(this.#cells)) this.#rows.push({ number: this.#number, cells: this.#cells })
  }

  /** A cell that does not say where it stands is the next one. */
  #columnOf(place: string | undefined): number {
    let column = place === undefined ? this.#cells.length + 1 : 0
    for (const letter of /^[A-Z]{1,3}/.exec(place ?? '')?.[0] ?? '') {
      column = column * 26 + letter.charCodeAt(0) - 64
    }
    if (column >= 1 && column <= COLUMNS_MAX) return column - 1
    throw new TableError(this.#number, 'cells in columns A to XFD', place ?? `no. ${column}`)
  }

  #textOf({ column, type, style, value, hasFormula }: Cell): string {
    const { texts, kinds, from1904 } = this.#settings
    if (value === undefined) {
      if (!hasFormula) return ''
      const expected = `the formula's result in column ${column + 1}`
      throw new TableError(this.#number, expected, 'a formula that was never computed')
    }
    switch (type) {
      case 's':
        return texts[Number(value)] ?? ''
      case 'b':
        return value === '1' ? 'true' : 'false'
      case 'd':
        return withoutMidnight(value)
      case 'e':
        throw new TableError(this.#number, `no error in column ${column + 1}`, value)
      case 'n':
        return value === '' ? '' : textOfNumber(Number(value), kinds[style] ?? 'number', from1904)
      default:
        return unescaped(value)
    }
  }
}

interface Cell {
  readonly column: number
  readonly type: string
  readonly style: number
  /** Of a formula the result. */
  value?: string
  hasFormula: boolean
  isPronounced?: boolean
}
