import type { CivilDate } from '../claim/claim.ts'
import type { FactName } from '../policy/facts.ts'
import { type Mark, type Period, periodOn, type RowResult, type Value } from '../policy/table.ts'
import { type AllValues, type Axis, type AxisValue, jointAxes, type TableSide } from './axes.ts'
import { type Box, boxesOf } from './boxes.ts'

/** Dates `[from, until)`. */
export interface Dates {
  readonly from: CivilDate
  readonly until: CivilDate
}

/** A result column that is not what it was; absent: the row has, or had, none. */
export interface ColumnDifference {
  readonly column: string
  readonly before?: Value
  readonly after?: Value
}

/** Some of the values of a fact, and the others. */
export interface ChangedValues {
  readonly fact: FactName
  readonly values: readonly AxisValue[]
  readonly others: readonly AxisValue[]
}

/** One sentence of a difference: for which dates and whom what became of what. */
export interface RowDifference {
  /** Stretches that do not touch, in order. */
  readonly dates: readonly Dates[]
  /** Facts of whose values, as far as either version has rules for them, only these are changed. */
  readonly who: readonly ChangedValues[]
  /** Empty where only what the row rests on differs, or where a row without columns came or went. */
  readonly columns: readonly ColumnDifference[]
  /** What the row rested on; absent: there was no row. */
  readonly before?: Mark
  /** What it rests on; absent: there is none. */
  readonly after?: Mark
}

/**
 * Where two versions of a table give different results, for every date and combination of values
 * that either of them knows; and where they give the same from another source. Each date and
 * combination that differs is in exactly one of the sentences.
 */
export function compareTables(
  before: TableSide,
  after: TableSide,
  all: AllValues,
): { readonly figures: readonly RowDifference[]; readonly sources: readonly RowDifference[] } {
  const axes = jointAxes(before, after, all)
  const dates = jointDates(before, after)
  const differing = new Map<string, { difference: Sentence; cells: number[][] }>()
  dates.forEach(({ from }, at) => {
    const compare = comparison(periodOn(before.table, from), periodOn(after.table, from))
    eachCell(axes, before, after, (positions, cell, other) => {
      const found = compare(cell, other)
      if (found === undefined) return
      const { key, difference } = found
      const known = differing.get(key) ?? { difference, cells: [] }
      known.cells.push([at, ...positions])
      differing.set(key, known)
    })
  })
  const sentences = [...differing.values()].flatMap(({ difference, cells }) =>
    boxesOf(cells).map(
      (box): RowDifference => ({
        dates: datesIn(dates, box[0]!),
        who: whoIn(axes, box),
        ...difference,
      }),
    ),
  )
  sentences.sort((one, other) => (one.dates[0]!.from < other.dates[0]!.from ? -1 : 1))
  const isFigure = ({ columns, before, after }: RowDifference) =>
    columns.length > 0 || before === undefined || after === undefined
  return {
    figures: sentences.filter(isFigure),
    sources: sentences.filter((sentence) => !isFigure(sentence)),
  }
}

type Sentence = Pick<RowDifference, 'columns' | 'before' | 'after'>

/** The dates of either version, cut wherever a period of either begins or ends. */
function jointDates(before: TableSide, after: TableSide): Dates[] {
  const periods = [...before.table.periods, ...after.table.periods]
  const days = [...new Set(periods.flatMap(({ from, until }) => [from, until]))].sort()
  return days.slice(1).map((until, at) => ({ from: days[at]!, until }))
}

/** Calls with every combination: its positions on the axes, and its cells in both versions. */
function eachCell(
  axes: readonly Axis[],
  before: TableSide,
  after: TableSide,
  visit: (positions: readonly number[], before: number, after: number) => void,
): void {
  const stepsBefore = stepsOf(before, axes)
  const stepsAfter = stepsOf(after, axes)
  const positions: number[] = []
  const walk = (at: number, cell: number, other: number): void => {
    const axis = axes[at]
    if (axis === undefined) {
      visit([...positions], cell, other)
      return
    }
    for (let position = 0; position < axis.values.length; position++) {
      positions[at] = position
      walk(
        at + 1,
        stepped(cell, axis.before?.[position], stepsBefore[at]!),
        stepped(other, axis.after?.[position], stepsAfter[at]!),
      )
    }
  }
  walk(0, 0, 0)
}

/** How far one value of an axis is from the next in the version's mixed radix; 0: it does not ask. */
function stepsOf({ table: { dimensions } }: TableSide, axes: readonly Axis[]): number[] {
  return axes.map(({ fact }) => {
    const at = dimensions.findIndex(({ name }) => name === fact)
    if (at < 0) return 0
    return dimensions.slice(at + 1).reduce((product, { size }) => product * size, 1)
  })
}

/** -1 once some value is none that the version knows. */
function stepped(cell: number, index: number | undefined, step: number): number {
  if (cell < 0 || index === -1) return -1
  return index === undefined ? cell : cell + index * step
}

/** Compares two rows of two periods; what it found for a pair of rows it does not look for again. */
function comparison(before: Period | undefined, after: Period | undefined) {
  const known = new Map<string, { key: string; difference: Sentence } | undefined>()
  return (cell: number, other: number) => {
    const row = before === undefined || cell < 0 ? -1 : before.rowOf[cell]!
    const otherRow = after === undefined || other < 0 ? -1 : after.rowOf[other]!
    const pair = `${row} ${otherRow}`
    if (known.has(pair)) return known.get(pair)
    const difference = rowDifference(rowOf(before, row), rowOf(after, otherRow))
    const found =
      difference === undefined ? undefined : { key: JSON.stringify(difference), difference }
    known.set(pair, found)
    return found
  }
}

interface Row {
  readonly result: RowResult
  readonly mark: Mark
}

function rowOf(period: Period | undefined, row: number): Row | undefined {
  if (period === undefined || row < 0) return undefined
  return { result: period.results[row]!, mark: period.marks[row]! }
}

function rowDifference(before: Row | undefined, after: Row | undefined): Sentence | undefined {
  const names = new Set([...Object.keys(before?.result ?? {}), ...Object.keys(after?.result ?? {})])
  const columns = [...names].flatMap((column): ColumnDifference[] => {
    const was = before?.result[column]
    const is = after?.result[column]
    if (was === is) return []
    return [
      {
        column,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      },
    ]
  })
  const isSame = before === undefined || after === undefined || sameMark(before.mark, after.mark)
  const hasAppeared = (before === undefined) !== (after === undefined)
  if (columns.length === 0 && isSame && !hasAppeared) return undefined
  return {
    columns,
    // With another figure another note goes without saying.
    ...(before === undefined
      ? {}
      : { before: columns.length > 0 ? bare(before.mark) : before.mark }),
    ...(after === undefined ? {} : { after: columns.length > 0 ? bare(after.mark) : after.mark }),
  }
}

function bare({ note: _, ...mark }: Mark): Mark {
  return mark
}

function sameMark(one: Mark, other: Mark): boolean {
  return (
    one.standing === other.standing && one.reference === other.reference && one.note === other.note
  )
}

function datesIn(dates: readonly Dates[], positions: readonly number[]): Dates[] {
  const joined: Dates[] = []
  for (const position of positions) {
    const { from, until } = dates[position]!
    const last = joined.at(-1)
    if (last?.until === from) joined.splice(-1, 1, { from: last.from, until })
    else joined.push({ from, until })
  }
  return joined
}

function whoIn(axes: readonly Axis[], box: Box): RowDifference['who'] {
  return axes.flatMap(({ fact, values }, at) => {
    const positions = box[at + 1]!
    if (positions.length === values.length) return []
    const some = values.filter((_, position) => positions.includes(position))
    const others = values.filter((_, position) => !positions.includes(position))
    return [{ fact, values: joinedValues(some), others: joinedValues(others) }]
  })
}

/** Stretches of whole numbers that meet become one. */
function joinedValues(values: readonly AxisValue[]): AxisValue[] {
  const joined: AxisValue[] = []
  for (const value of values) {
    const last = joined.at(-1)
    const meets =
      last !== undefined &&
      'below' in last &&
      last.below !== undefined &&
      'from' in value &&
      value.from === last.below
    if (!meets) joined.push(value)
    else {
      const { below } = value as { below?: number }
      joined.splice(-1, 1, {
        ...('from' in last && last.from !== undefined ? { from: last.from } : {}),
        ...(below === undefined ? {} : { below }),
      })
    }
  }
  return joined
}
