import type { CivilDate } from '../claim/claim.ts'
import { type FactReader, factReader } from './fact-readers.ts'
import type { FactName, Facts } from './facts.ts'
import type {
  Anchor,
  CellSource,
  DimensionSource,
  MarkSource,
  ReferenceSource,
  RowSource,
  Standing,
  TableSource,
} from './pack.ts'

/** A value of a fact or of a result column. */
export type Value = string | number | boolean

/** What a row gives: column → value, in the column's unit. */
export type RowResult = Readonly<Record<string, Value>>

/** A table compiled for look-up: one array access per dimension, whatever the number of rows. */
export interface Table {
  /** Position among the pack's tables; with period and row it names a value for good. */
  readonly index: number
  readonly name: string
  readonly title: string
  readonly anchor: Anchor
  readonly dimensions: readonly Dimension[]
  readonly periods: readonly Period[]
}

export interface Dimension {
  readonly name: FactName
  readonly size: number
  /** The value that facts have for it. */
  readonly factOf: FactReader
  /** The cell index of a value, -1 when the table does not know it. */
  indexOf(value: Value): number
  /** The value or range of a cell, for messages. */
  label(index: number): string
  /** Of a dimension of whole numbers: where its stretches begin. */
  readonly starts?: readonly number[]
}

/** What a row's values rest on: its own mark, or its period's. */
export interface Mark {
  readonly standing: Standing
  /** Document and clause as printed; absent for an assumed value. */
  readonly reference?: string
  /** The same as the pack names them. */
  readonly source?: ReferenceSource
  readonly note?: string
}

export interface Period {
  readonly index: number
  readonly from: CivilDate
  readonly until: CivilDate
  /** The row of every combination of cells, in mixed radix over the dimensions. */
  readonly rowOf: Int32Array
  readonly results: readonly RowResult[]
  /** One for every row. */
  readonly marks: readonly Mark[]
}

/** A row that was found: what a trace records. */
export interface Found {
  readonly table: Table
  readonly period: Period
  readonly row: number
  readonly result: RowResult
}

/** A table that cannot be used as it stands. */
export interface TableFault {
  readonly table: string
  readonly from?: CivilDate
  readonly row?: number
  /** Leads further: from the row if there is one, else from the table, or from the plans' file. */
  readonly path?: readonly (string | number)[]
  readonly message: string
}

/** The row that applies on `date`; why there is none otherwise. The facts read go into `inputs`. */
export function findRow(
  table: Table,
  date: CivilDate,
  facts: Facts,
  inputs?: Value[],
): Found | 'no-rule-for-date' | 'no-rule' {
  const period = periodOn(table, date)
  if (period === undefined) return 'no-rule-for-date'
  let cell = 0
  for (const dimension of table.dimensions) {
    const value = dimension.factOf(facts)
    inputs?.push(value)
    const index = dimension.indexOf(value)
    if (index < 0) return 'no-rule'
    cell = cell * dimension.size + index
  }
  const row = period.rowOf[cell]!
  return { table, period, row, result: period.results[row]! }
}

/** The period of a table in which a date lies. */
export function periodOn(table: Table, date: CivilDate): Period | undefined {
  for (const period of table.periods) {
    if (period.from <= date && date < period.until) return period
  }
  return undefined
}

const CELLS_MAX = 1_000_000

/**
 * Compiles a table, and reports every combination that no row or more than one row covers, and
 * every stretch of `[from, until)` that no period or more than one period covers.
 */
export function compileTable(
  source: TableSource,
  index: number,
  covers: { readonly from: CivilDate; readonly until: CivilDate },
  citation: (mark: MarkSource) => string | undefined,
): { table: Table; faults: TableFault[] } {
  const faults: TableFault[] = []
  const dimensions = Object.entries(source.dimensions).map(([name, values]) =>
    compileDimension(name as FactName, values, source),
  )
  const cells = dimensions.reduce((product, dimension) => product * dimension.size, 1)
  if (cells > CELLS_MAX) {
    faults.push({ table: source.table, message: `has ${cells} combinations, over ${CELLS_MAX}` })
    return { table: emptyTable(source, index), faults }
  }
  checkPeriods(source, covers, faults)
  const periods = source.periods.map((period, periodIndex): Period => {
    const rowOf = new Int32Array(cells).fill(-1)
    period.rows.forEach((row, rowIndex) => {
      fillRow(source, period.from, dimensions, row, rowIndex, rowOf, faults)
    })
    reportGaps(source, period.from, dimensions, rowOf, faults)
    const own = markOf(period, citation)
    return {
      index: periodIndex,
      from: period.from,
      until: period.until,
      rowOf,
      results: period.rows.map((row) => resultOf(source, row)),
      marks: period.rows.map(({ mark }) => (mark === undefined ? own : markOf(mark, citation))),
    }
  })
  return { table: { ...emptyTable(source, index), dimensions, periods }, faults }
}

function emptyTable(source: TableSource, index: number): Table {
  const { table, title, anchor } = source
  return { index, name: table, title, anchor, dimensions: [], periods: [] }
}

function markOf(source: MarkSource, citation: (mark: MarkSource) => string | undefined): Mark {
  const { standing, note, reference: named } = source
  const reference = citation(source)
  return {
    standing,
    ...(reference === undefined ? {} : { reference }),
    ...(named === undefined ? {} : { source: named }),
    ...(note === undefined ? {} : { note }),
  }
}

function resultOf(source: TableSource, row: RowSource): RowResult {
  const columns = Object.keys(source.results).filter((column) => row[column] !== undefined)
  return Object.fromEntries(columns.map((column) => [column, row[column] as Value]))
}

function checkPeriods(
  source: TableSource,
  covers: { readonly from: CivilDate; readonly until: CivilDate },
  faults: TableFault[],
): void {
  const fault = (from: CivilDate, message: string) =>
    faults.push({ table: source.table, from, message })
  const gap = (from: CivilDate, until: CivilDate) => {
    const message = `gap: no period from ${from} until ${until}`
    faults.push({ table: source.table, from, path: ['periods'], message })
  }
  const periods = [...source.periods].sort((a, b) => (a.from < b.from ? -1 : 1))
  let end = covers.from
  for (const period of periods) {
    if (period.until <= period.from) {
      fault(period.from, `ends on ${period.until}, before it begins`)
    }
    if (period.from > end) gap(end, period.from)
    if (period.from < end && period !== periods[0]) {
      fault(period.from, `overlap: two periods apply from ${period.from} until ${end}`)
    }
    if (period.until > end) end = period.until
  }
  if (end < covers.until) gap(end, covers.until)
}

/** The cells of one row in the mixed radix, each combination of its matching values. */
function fillRow(
  source: TableSource,
  from: CivilDate,
  dimensions: readonly CompiledDimension[],
  row: RowSource,
  rowIndex: number,
  rowOf: Int32Array,
  faults: TableFault[],
): void {
  const choices: number[][] = []
  for (const dimension of dimensions) {
    const matching = matchingCells(dimension, cellOf(row, dimension.name))
    if (matching.length === 0) {
      const said = JSON.stringify(row[dimension.name])
      const message = isRange(row[dimension.name])
        ? `${dimension.name}: the range ${said} holds no value`
        : `${dimension.name}: ${said} is none of the values that the table declares${declared(source, dimension.name)}`
      faults.push({ table: source.table, from, row: rowIndex, path: [dimension.name], message })
      return
    }
    choices.push(matching)
  }
  let cells = [0]
  choices.forEach((matching, at) => {
    const size = dimensions[at]!.size
    cells = cells.flatMap((cell) => matching.map((index) => cell * size + index))
  })
  let reported = false
  for (const cell of cells) {
    const other = rowOf[cell]!
    if (other < 0) rowOf[cell] = rowIndex
    else if (!reported) {
      reported = true
      const message = `overlap: rows ${other + 1} and ${rowIndex + 1} both apply to ${describe(dimensions, cell)}`
      faults.push({ table: source.table, from, row: rowIndex, message })
    }
  }
}

const DECLARED_SHOWN = 12

/** The values that the table lists, for whoever wrote another one. */
function declared({ dimensions }: TableSource, fact: FactName): string {
  const values = dimensions[fact]
  if (!Array.isArray(values)) return ''
  const shown = values.slice(0, DECLARED_SHOWN).map((value) => JSON.stringify(value))
  return ` (${shown.join(', ')}${values.length > DECLARED_SHOWN ? ', …' : ''})`
}

function cellOf(row: RowSource, fact: FactName): CellSource | undefined {
  return row[fact] as CellSource | undefined
}

function matchingCells(dimension: CompiledDimension, cell: CellSource | undefined): number[] {
  if (cell === undefined) return Array.from({ length: dimension.size }, (_, index) => index)
  if (Array.isArray(cell)) {
    const matching = cell.map((value) => dimension.indexOfCell(value as Value))
    return matching.includes(-1) ? [] : [...new Set(matching)]
  }
  if (typeof cell === 'object') {
    return dimension.inRange?.(cell as { from?: number; below?: number }) ?? []
  }
  const index = dimension.indexOfCell(cell)
  return index < 0 ? [] : [index]
}

function reportGaps(
  source: TableSource,
  from: CivilDate,
  dimensions: readonly Dimension[],
  rowOf: Int32Array,
  faults: TableFault[],
): void {
  const gaps = [...rowOf.keys()].filter((cell) => rowOf[cell]! < 0)
  if (gaps.length === 0) return
  const first = describe(dimensions, gaps[0]!)
  const more = gaps.length > 1 ? ` and ${gaps.length - 1} more combinations` : ''
  faults.push({ table: source.table, from, message: `gap: no row applies to ${first}${more}` })
}

function describe(dimensions: readonly Dimension[], cell: number): string {
  const parts: string[] = []
  let rest = cell
  for (const dimension of [...dimensions].reverse()) {
    parts.unshift(`${dimension.name} ${dimension.label(rest % dimension.size)}`)
    rest = Math.floor(rest / dimension.size)
  }
  return parts.length === 0 ? 'the table' : parts.join(', ')
}

interface CompiledDimension extends Dimension {
  /** What a row may name: a code that is not listed is no cell, not even of `other`. */
  indexOfCell(value: Value): number
  inRange?(range: { from?: number; below?: number }): number[]
}

function compileDimension(
  name: FactName,
  values: DimensionSource,
  source: TableSource,
): CompiledDimension {
  return 'integersFrom' in values
    ? integerDimension(name, values.integersFrom, source)
    : codeDimension(name, values)
}

/** Stands, among the values of a dimension, for every code that the table does not list. */
export const OTHER = 'other'

function codeDimension(name: FactName, values: readonly Value[]): CompiledDimension {
  const indexes = new Map(values.map((value, index) => [value, index]))
  const other = indexes.get(OTHER) ?? -1
  const byNumber = cellsByNumber(indexes, other)
  return {
    name,
    size: values.length,
    factOf: factReader(name),
    indexOf: (value) =>
      (typeof value === 'number' ? byNumber[value] : undefined) ?? indexes.get(value) ?? other,
    indexOfCell: (value) => indexes.get(value) ?? -1,
    label: (index) => String(values[index]),
  }
}

/** Levels and tiers are numbers below this: an array finds them sooner than a map does. */
const SMALL_NUMBERS = 256

/** The cell of every small whole number up to the largest that is listed, `other` where none is. */
function cellsByNumber(indexes: ReadonlyMap<Value, number>, other: number): Int32Array {
  const small = [...indexes].filter(
    (entry): entry is [number, number] =>
      Number.isInteger(entry[0]) &&
      (entry[0] as number) >= 0 &&
      (entry[0] as number) < SMALL_NUMBERS,
  )
  const cells = new Int32Array(Math.max(-1, ...small.map(([number]) => number)) + 1).fill(other)
  for (const [number, index] of small) cells[number] = index
  return cells
}

/** Integers fall into the stretches between the bounds that any row of the table names. */
function integerDimension(name: FactName, lowest: number, source: TableSource): CompiledDimension {
  const bounds = new Set([lowest])
  for (const row of source.periods.flatMap((period) => period.rows)) {
    for (const bound of boundsOf(cellOf(row, name))) if (bound > lowest) bounds.add(bound)
  }
  const starts = [...bounds].sort((a, b) => a - b)
  const indexOf = (value: Value): number => {
    if (typeof value !== 'number' || value < lowest) return -1
    let index = starts.length - 1
    while (starts[index]! > value) index--
    return index
  }
  return {
    name,
    size: starts.length,
    factOf: factReader(name),
    starts,
    indexOf,
    indexOfCell: indexOf,
    label: (index) =>
      index + 1 < starts.length
        ? `${starts[index]} to ${starts[index + 1]! - 1}`
        : `${starts[index]} and over`,
    inRange: ({ from = lowest, below = Number.POSITIVE_INFINITY }) =>
      [...starts.keys()].filter((index) => starts[index]! >= from && starts[index]! < below),
  }
}

function isRange(cell: unknown): boolean {
  return typeof cell === 'object' && cell !== null && !Array.isArray(cell)
}

function boundsOf(cell: CellSource | undefined): number[] {
  if (typeof cell === 'number') return [cell, cell + 1]
  if (Array.isArray(cell)) return cell.flatMap((value) => boundsOf(value as CellSource))
  if (typeof cell === 'object' && cell !== null) {
    const { from, below } = cell as { from?: number; below?: number }
    return [from, below].filter((bound) => bound !== undefined)
  }
  return []
}
