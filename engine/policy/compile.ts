import type { CivilDate } from '../claim/claim.ts'
import { type AccountCredits, compileAccountCredits } from './account-credits.ts'
import { compilePlan, type Derived, type Plan } from './compile-plan.ts'
import type { FactName } from './facts.ts'
import { compileNhsa, type Nhsa } from './nhsa.ts'
import type { AttributeSource, PackSource } from './pack.ts'
import { checkAreaCases, checkPlans, checkReadings } from './plan-checks.ts'
import { compileTable, type Table, type TableFault } from './table.ts'
import { TableReader } from './table-reader.ts'
import { benefitsWithVisits, type UsageScopes, usageScopesOf } from './usage-scopes.ts'

export type { Cap, Derived, Layer, Plan, Rate, Step } from './compile-plan.ts'

/** A pack compiled for adjudication: the same data, with every name resolved. */
export interface Pack {
  readonly id: string
  readonly title: string
  /** Hash of the pack's content, hexadecimal; every settlement keeps it. */
  readonly hash: string
  readonly covers: { readonly from: CivilDate; readonly until: CivilDate }
  /** Code → name. */
  readonly districts: ReadonlyMap<string, string>
  readonly districtAliases: ReadonlyMap<string, string>
  readonly zones: PackSource['zones']
  /** The documents that marks name, by key. */
  readonly documents: PackSource['documents']
  readonly categories: readonly string[]
  readonly attributes: {
    readonly person: readonly (readonly [string, AttributeSource])[]
    readonly institution: readonly (readonly [string, AttributeSource])[]
    readonly claim: readonly (readonly [string, AttributeSource])[]
  }
  readonly derived: readonly Derived[]
  readonly sums: ReadonlyMap<string, Table>
  /** By scheme. */
  readonly accountCredits: ReadonlyMap<string, AccountCredits>
  /** Whose the sums of a year are; see `PackSource.yearSums`. */
  readonly yearSumsOf: 'city' | 'person'
  /** From the best tier down; empty where lower numbers are better. */
  readonly gradeRanking: readonly number[]
  readonly catalogueId: string
  /** In the order of their names; a trace names a table by its index here. */
  readonly tables: readonly Table[]
  readonly plans: readonly Plan[]
  /** Absent: the national interface is not spoken for this city. */
  readonly nhsa?: Nhsa
  /** Beside the year, which usage must be kept by day, month or disease. */
  readonly usageScopes: UsageScopes
  readonly countsVisits: ReadonlySet<string>
  /** The facts that any of its plans asks for. */
  readonly asks: ReadonlySet<FactName>
}

/**
 * Compiles a pack whose shape has been checked. With any fault the pack is not to be used; the
 * faults name table, row and date.
 */
export function compilePack(
  source: PackSource,
  hash: string,
): { pack: Pack; faults: TableFault[] } {
  const faults: TableFault[] = []
  const sources = [...source.tables].sort((a, b) => (a.table < b.table ? -1 : 1))
  const tables = sources.map((table, index) => {
    const compiled = compileTable(table, index, source.covers, ({ reference }) => {
      if (reference === undefined) return undefined
      const cite = source.documents[reference.document]?.cite ?? reference.document
      return reference.clause === undefined ? cite : `${cite} ${reference.clause}`
    })
    faults.push(...compiled.faults)
    return compiled.table
  })
  const reader = new TableReader(source, tables, sources)
  const derived = (source.derived ?? []).map(({ fact, table: name, ...over }): Derived => {
    const table = reader.read(name, 'derived', `the derived fact ${fact}`)
    return { fact, table, ...over, stage: reader.derive(fact, table) }
  })
  const sums = new Map(
    Object.entries(source.sums ?? {}).map(([name, table]) => [
      name,
      reader.read(table, 'sum', `the sum ${name}`),
    ]),
  )
  const plans = source.plans.map((plan) => compilePlan(plan, reader, derived))
  const accountCredits = new Map(
    (source.accountCredits ?? []).map((credits) => [
      credits.scheme,
      compileAccountCredits(credits, source, reader, derived, plans),
    ]),
  )
  // What remains of a pack whose plans cannot be read is still looked through for gaps.
  if (plans.length > 0) reader.finish()
  faults.push(...reader.faults)
  checkPlans(plans, faults)
  checkAreaCases(plans, faults)
  checkReadings(source, faults)
  const { person = {}, institution = {}, claim = {} } = source.attributes ?? {}
  const nhsa = compileNhsa(source)
  return {
    pack: {
      id: source.id,
      title: source.title,
      hash,
      covers: source.covers,
      districts: new Map(Object.entries(source.districts)),
      districtAliases: new Map(Object.entries(source.districtAliases ?? {})),
      zones: source.zones,
      documents: source.documents,
      categories: source.categories,
      attributes: {
        person: Object.entries(person),
        institution: Object.entries(institution),
        claim: Object.entries(claim),
      },
      derived,
      sums,
      accountCredits,
      yearSumsOf: source.yearSums?.of ?? 'person',
      gradeRanking: source.gradeRanking ?? [],
      catalogueId: source.catalogue,
      tables,
      plans,
      ...(nhsa === undefined ? {} : { nhsa }),
      usageScopes: usageScopesOf(plans),
      countsVisits: benefitsWithVisits(plans),
      asks: new Set(plans.flatMap(({ asks }) => [...asks])),
    },
    faults,
  }
}
