import type { FactName } from '../policy/facts.ts'
import type { DimensionSource, TableSource } from '../policy/pack.ts'
import { OTHER, type Table, type Value } from '../policy/table.ts'

/** A table as it is written, and compiled. */
export interface TableSide {
  readonly source: TableSource
  readonly table: Table
}

/**
 * What two versions of a table cannot tell apart: one code, whole numbers `from` until before
 * `below` (without end where that is absent, from the first where `from` is), or every code that
 * neither version lists.
 */
export type AxisValue =
  | { readonly value: Value }
  | { readonly from?: number; readonly below?: number }
  | { readonly unlisted: true }

/** The values of a fact that either version asks for. */
export interface Axis {
  readonly fact: FactName
  readonly values: readonly AxisValue[]
  /** Where each value stands in the versions' own dimensions; -1: the version knows no such value. */
  readonly before: readonly number[] | undefined
  readonly after: readonly number[] | undefined
}

/** The values that a fact can have, where they are known to be all: a reason to need no others. */
export type AllValues = (fact: FactName) => readonly Value[] | undefined

/** Every fact that either version asks for, in the order of the later one. */
export function jointAxes(before: TableSide, after: TableSide, all: AllValues): Axis[] {
  const facts = [...Object.keys(after.source.dimensions), ...Object.keys(before.source.dimensions)]
  return [...new Set(facts)].map((fact) => {
    const sides = [before, after].map((side) => sideOf(side, fact))
    const values = jointValues(
      sides.map((side) => side?.values),
      sides.flatMap((side) => side?.starts ?? []),
      all(fact),
    )
    const [ofBefore, ofAfter] = sides.map((side) =>
      side === undefined ? undefined : values.map((value) => side.indexOf(sampleOf(value))),
    )
    return { fact, values, before: ofBefore, after: ofAfter }
  })
}

interface Side {
  readonly values: DimensionSource
  readonly starts: readonly number[]
  indexOf(value: Value): number
}

function sideOf({ source, table }: TableSide, fact: FactName): Side | undefined {
  const values = source.dimensions[fact]
  const dimension = table.dimensions.find(({ name }) => name === fact)
  if (values === undefined || dimension === undefined) return undefined
  return { values, starts: dimension.starts ?? [], indexOf: dimension.indexOf }
}

/** No code is empty, so that this stands for one that nobody lists. */
const NO_CODE = ''

function sampleOf(value: AxisValue): Value {
  if ('value' in value) return value.value
  if ('unlisted' in value) return NO_CODE
  return value.from ?? value.below! - 1
}

function jointValues(
  sides: readonly (DimensionSource | undefined)[],
  starts: readonly number[],
  all: readonly Value[] | undefined,
): AxisValue[] {
  const lists = sides.flatMap((side) =>
    side !== undefined && !('integersFrom' in side) ? [side] : [],
  )
  const isAskedByBoth = sides.every((side) => side !== undefined)
  if (starts.length > 0) return stretches(starts, lists.flat(), isAskedByBoth)
  const listed = [...new Set(lists.flat())]
  const values: AxisValue[] = listed.filter((value) => value !== OTHER).map((value) => ({ value }))
  // `other` is every code that is not listed; without it such a code has a row only where one of
  // the versions does not ask.
  const isAll = all?.every((value) => listed.includes(value)) === true
  const needsOthers = listed.includes(OTHER) || (!isAskedByBoth && !isAll)
  return needsOthers ? [...values, { unlisted: true }] : values
}

/** Between the bounds of either version; numbers that one of them lists stand alone. */
function stretches(
  starts: readonly number[],
  listed: readonly Value[],
  isAskedByBoth: boolean,
): AxisValue[] {
  const numbers = listed.filter((value) => typeof value === 'number')
  const bounds = new Set([...starts, ...numbers.flatMap((number) => [number, number + 1])])
  const sorted = [...bounds].sort((a, b) => a - b)
  const first = sorted[0]!
  return [
    ...(isAskedByBoth || first <= 0 ? [] : [{ below: first }]),
    ...sorted.map((from, at): AxisValue => {
      const below = sorted[at + 1]
      return below === undefined ? { from } : { from, below }
    }),
  ]
}
