import { CARE_TYPES, type CareType, type CivilDate } from '../claim/claim.ts'
import type { Pack } from './compile.ts'
import type {
  LayerSource,
  MarkSource,
  PackSource,
  PlanSource,
  Standing,
  TableSource,
} from './pack.ts'
import type { Table, Value } from './table.ts'
import { tablesNamedIn } from './table-names.ts'

/** Dates `[from, until)`. */
export interface Stretch {
  readonly from: CivilDate
  readonly until: CivilDate
}

/** How many rows rest on what. */
export type RowCounts = Readonly<Record<Standing, number>>

/** What a pack covers, since when and on what it rests: all that can be counted in its data. */
export interface PackCoverage {
  readonly rows: RowCounts
  /** In the order of the pack; those that no row cites have only zeros. */
  readonly documents: readonly { readonly key: string; readonly rows: RowCounts }[]
  readonly schemes: readonly SchemeCoverage[]
}

export interface SchemeCoverage {
  readonly scheme: string
  /** Groups of districts, the smallest first, each with the dates on which its people are in the pool. */
  readonly joined: readonly {
    readonly districts: readonly string[]
    readonly stretches: readonly Stretch[]
  }[]
  readonly plans: readonly PlanCoverage[]
  /** Kinds of care that no plan names: refused at the counter. */
  readonly withoutPlan: readonly CareType[]
}

export interface PlanCoverage {
  readonly careTypes: readonly CareType[]
  readonly layers: readonly LayerCoverage[]
  /** The rows of all tables that the plan names. */
  readonly rows: RowCounts
  /** When no figure of any of its layers rests on a source. */
  readonly whollyAssumed: readonly Stretch[]
}

export interface LayerCoverage {
  readonly layer: LayerSource
  /** When its tables let it pay nothing to anybody. */
  readonly paysNothing: readonly Stretch[]
}

/** Counts what a pack without faults covers; `source` and `pack` are the same pack. */
export function coverageOf(source: PackSource, pack: Pack): PackCoverage {
  const marks = source.tables.flatMap((table) => marksOf(table))
  const schemes = [...new Set(source.plans.map(({ scheme }) => scheme))]
  return {
    rows: countRows(marks),
    documents: Object.keys(source.documents).map((key) => ({
      key,
      rows: countRows(marks.filter(({ reference }) => reference?.document === key)),
    })),
    schemes: schemes.map((scheme) => schemeCoverage(source, pack, scheme)),
  }
}

function schemeCoverage(source: PackSource, pack: Pack, scheme: string): SchemeCoverage {
  const plans = source.plans.filter((plan) => plan.scheme === scheme)
  const named = new Set(plans.flatMap(({ careTypes }) => careTypes))
  return {
    scheme,
    joined: joinedBy(source, pack, scheme),
    plans: plans.map((plan) => planCoverage(source, plan)),
    withoutPlan: CARE_TYPES.filter((careType) => !named.has(careType)),
  }
}

function planCoverage(source: PackSource, plan: PlanSource): PlanCoverage {
  const named = tablesNamedIn(plan)
  const tables = tablesOf(
    source,
    named.map(([, table]) => table),
  )
  const figures = tablesOf(
    source,
    named.filter(([[part]]) => part === 'layers').map(([, table]) => table),
  )
  return {
    careTypes: plan.careTypes,
    layers: plan.layers.map((layer) => ({
      layer,
      paysNothing: whenPayingNothing(source, layer, plan.scheme),
    })),
    rows: countRows(tables.flatMap((table) => marksOf(table, plan.scheme))),
    whollyAssumed: stretchesWhere(source, figures, (on) =>
      figures
        .flatMap((table) => marksOf(table, plan.scheme, on))
        .every(({ standing }) => standing === 'assumed'),
    ),
  }
}

/** Each table once, whoever names it how often. */
function tablesOf({ tables }: PackSource, names: readonly string[]): TableSource[] {
  return tables.filter(({ table }) => names.includes(table))
}

/** What each row rests on; of one scheme and one day, if they are given. */
function marksOf(table: TableSource, scheme?: string, on?: CivilDate): MarkSource[] {
  return table.periods
    .filter(({ from, until }) => on === undefined || (from <= on && on < until))
    .flatMap((period) =>
      period.rows
        .filter((row) => scheme === undefined || isAbout(row['scheme'], scheme))
        .map(({ mark }) => mark ?? period),
    )
}

function isAbout(cell: unknown, scheme: string): boolean {
  return cell === undefined || (Array.isArray(cell) ? cell.includes(scheme) : cell === scheme)
}

function countRows(marks: readonly MarkSource[]): RowCounts {
  const count = (standing: Standing) => marks.filter((mark) => mark.standing === standing).length
  return { seed: count('seed'), published: count('published'), assumed: count('assumed') }
}

/** What bounds a layer's payment to nothing: its rate or its standard is 0, and nothing adds to it. */
function whenPayingNothing(source: PackSource, layer: LayerSource, scheme: string): Stretch[] {
  const figure = layer.kind === 'fixed' ? layer.standard : layer.rate
  const isPlain = figure !== undefined && (figure.steps ?? []).length === 0
  if (layer.kind === 'ceiling' || layer.floor !== undefined || !isPlain) return []
  const [table] = tablesOf(source, [figure.table])
  if (table === undefined) return []
  return stretchesWhere(source, [table], (on) =>
    table.periods
      .filter(({ from, until }) => from <= on && on < until)
      .flatMap(({ rows }) => rows.filter((row) => isAbout(row['scheme'], scheme)))
      .every((row) => AMOUNTS.every((column) => (row[column] ?? 0) === 0)),
  )
}

/** The columns that a rate or a standard of nothing has not, or has at 0. */
const AMOUNTS = [
  'ratePermyriad',
  'unitPermyriad',
  'leastPermyriad',
  'standardFen',
  'unitFen',
  'ofPermyriad',
  'leastFen',
]

/** The dates of the pack on which `holds` is true; it may only change where a period begins. */
function stretchesWhere(
  { covers }: PackSource,
  tables: readonly TableSource[],
  holds: (on: CivilDate) => boolean,
): Stretch[] {
  const begins = tables.flatMap(({ periods }) => periods.map(({ from }) => from))
  const days = [...new Set([covers.from, ...begins])].sort()
  return joinStretches(
    days.flatMap((from, at) =>
      holds(from) ? [{ from, until: days[at + 1] ?? covers.until }] : [],
    ),
  )
}

/** Neighbours and those that overlap become one; the stretches are in order. */
function joinStretches(stretches: readonly Stretch[]): Stretch[] {
  const joined: Stretch[] = []
  for (const stretch of stretches) {
    const last = joined.at(-1)
    if (last === undefined || last.until < stretch.from) joined.push(stretch)
    else if (last.until < stretch.until) joined.splice(-1, 1, { ...last, until: stretch.until })
  }
  return joined
}

/** Of all plans of the scheme together: a district is in as soon as one of them takes it in. */
function joinedBy(source: PackSource, pack: Pack, scheme: string): SchemeCoverage['joined'] {
  const plans = pack.plans.filter((plan) => plan.scheme === scheme)
  const tables = [...new Set(plans.map(({ participation }) => participation))]
  const groups = new Map<string, { districts: string[]; stretches: Stretch[] }>()
  for (const district of Object.keys(source.districts)) {
    const stretches = tables.some((table) => table === undefined)
      ? [source.covers]
      : joinStretches(
          tables.flatMap((table) => whenJoined(table!, scheme, district)).sort(byBeginning),
        )
    const key = JSON.stringify(stretches)
    const group = groups.get(key) ?? { districts: [], stretches }
    group.districts.push(district)
    groups.set(key, group)
  }
  return [...groups.values()].sort((a, b) => a.districts.length - b.districts.length)
}

function whenJoined(table: Table, scheme: string, district: string): Stretch[] {
  const cells = cellsOf(table, { scheme, homeDistrict: district })
  return table.periods
    .filter(({ rowOf, results }) => cells.some((cell) => results[rowOf[cell]!]!['joined'] === true))
    .map(({ from, until }) => ({ from, until }))
    .sort(byBeginning)
}

function byBeginning(one: Stretch, other: Stretch): number {
  return one.from < other.from ? -1 : 1
}

/** The cells, in the table's mixed radix, of all combinations with these values. */
function cellsOf(table: Table, values: Readonly<Record<string, Value>>): number[] {
  return table.dimensions.reduce<number[]>(
    (cells, { name, size, indexOf }) => {
      const value = values[name]
      const indexes =
        value === undefined ? Array.from({ length: size }, (_, index) => index) : [indexOf(value)]
      return cells.flatMap((cell) =>
        indexes.filter((index) => index >= 0).map((index) => cell * size + index),
      )
    },
    [0],
  )
}
