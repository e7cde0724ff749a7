import { CARE_TYPES } from '../claim/claim.ts'
import type { Pack } from '../policy/compile.ts'
import { FACTS } from '../policy/facts.ts'
import type { ColumnType, DerivedSource, PackSource, TableSource } from '../policy/pack.ts'
import type { Value } from '../policy/table.ts'
import type { AllValues, TableSide } from './axes.ts'
import { compareFields, type FieldDifference, fieldsOf } from './fields.ts'
import { comparePlans, type PlanDifference } from './plan-difference.ts'
import { compareTables, type RowDifference } from './table-difference.ts'

/** A version of a pack as it was written, and compiled. */
export interface PackSide {
  readonly source: PackSource
  readonly pack: Pack
}

/** What one version of a pack says otherwise than another. */
export interface PackDifference {
  /** Districts, documents, dates covered …: everything outside tables and plans. */
  readonly fields: readonly FieldDifference[]
  readonly plans: readonly PlanDifference[]
  readonly tables: readonly TableDifference[]
}

export interface TableDifference {
  readonly table: string
  readonly title: string
  /** The tables that only the later, or only the earlier, version has are told as such alone. */
  readonly what: 'added' | 'removed' | 'changed'
  /** Title, anchor, and the units or codes of the columns. */
  readonly head: readonly FieldDifference[]
  /** Where the results differ. */
  readonly figures: readonly RowDifference[]
  /** Where the results are the same and rest on something else. */
  readonly sources: readonly RowDifference[]
  /** The unit of every result column, of either version. */
  readonly units: Readonly<Record<string, ColumnType>>
  readonly anchor: TableSource['anchor']
}

/** Compares what two versions of a pack mean, both without faults. */
export function comparePacks(before: PackSide, after: PackSide): PackDifference {
  return {
    fields: compareFields(fieldsOf(headOf(before.source)), fieldsOf(headOf(after.source))),
    plans: comparePlans(before.pack.plans, after.pack.plans),
    tables: compareAllTables(before, after),
  }
}

export function hasDifference({ fields, plans, tables }: PackDifference): boolean {
  return fields.length > 0 || plans.length > 0 || tables.length > 0
}

/** All but tables and plans; derived facts by their names, in their order. */
function headOf({ tables: _, plans: __, derived = [], ...head }: PackSource): unknown {
  return { ...head, derived: derived.map(derivedText) }
}

function derivedText({ fact, table, over, combine }: DerivedSource): string {
  return [fact, table, over, combine].filter((part) => part !== undefined).join(' ')
}

function compareAllTables(before: PackSide, after: PackSide): TableDifference[] {
  const names = [...before.source.tables, ...after.source.tables].map(({ table }) => table)
  return [...new Set(names)].sort().flatMap((name): TableDifference[] => {
    const was = tableNamed(before, name)
    const is = tableNamed(after, name)
    const { title, anchor } = (is ?? was)!.source
    const units = { ...was?.source.results, ...is?.source.results }
    const known = { table: name, title, anchor, units }
    const nothing = { head: [], figures: [], sources: [] }
    if (was === undefined) return [{ ...known, what: 'added', ...nothing }]
    if (is === undefined) return [{ ...known, what: 'removed', ...nothing }]
    const head = compareFields(fieldsOf(tableHead(was.source)), fieldsOf(tableHead(is.source)))
    const { figures, sources } = compareTables(was, is, allValues(before, after))
    if (head.length + figures.length + sources.length === 0) return []
    return [{ ...known, what: 'changed', head, figures, sources }]
  })
}

function tableNamed({ source, pack }: PackSide, name: string): TableSide | undefined {
  const written = source.tables.find(({ table }) => table === name)
  const table = pack.tables.find((one) => one.name === name)
  return written === undefined || table === undefined ? undefined : { source: written, table }
}

function tableHead({ title, anchor, results }: TableSource): unknown {
  return { title, anchor, results }
}

/** Facts whose values a version lists, and no other can come. */
function allValues(...sides: readonly PackSide[]): AllValues {
  return (fact) => {
    const values = sides.map(({ source }) => valuesIn(source, fact))
    return values.includes(undefined) ? undefined : values.flatMap((list) => list!)
  }
}

function valuesIn(source: PackSource, fact: string): readonly Value[] | undefined {
  const { person = {}, institution = {}, claim = {} } = source.attributes ?? {}
  const own = { ...person, ...institution, ...claim }[fact]
  if (own !== undefined) return own === 'integer' ? undefined : ['none', ...own]
  if (!Object.hasOwn(FACTS, fact)) return undefined
  const { domain } = FACTS[fact as keyof typeof FACTS]
  if (domain === 'flag') return [true, false]
  if (domain !== 'pack') return typeof domain === 'string' ? undefined : domain
  const categories = [...source.categories, 'none']
  const listed: Readonly<Record<string, readonly Value[]>> = {
    scheme: source.plans.map(({ scheme }) => scheme),
    careType: CARE_TYPES,
    homeDistrict: Object.keys(source.districts),
    category: categories,
    categoryAtDischarge: categories,
  }
  return listed[fact]
}
