import { CARE_TYPES } from '../claim/claim.ts'
import { FEN_MAX, WHOLE } from '../money/fen.ts'
import { type Domain, FACTS, type FactName } from './facts.ts'
import { codeTable } from './nhsa.ts'
import { checkNhsa } from './nhsa-checks.ts'
import {
  type CellSource,
  CODE_NAMES,
  type ColumnType,
  type DimensionSource,
  MARK,
  type MarkSource,
  type PackSource,
  type PeriodSource,
  type PlanSource,
  type RowSource,
  type TableSource,
} from './pack.ts'
import { attributesOf } from './pack-attributes.ts'
import { OTHER } from './table.ts'
import { tablesNamedIn } from './table-names.ts'

/** Something wrong in a pack; `path` leads to it from the PackSource, key by key. */
export interface PackFault {
  readonly path: Path
  readonly message: string
}

export type Path = readonly (string | number)[]

/**
 * Checks what a pack's shape alone cannot show: that every name leads somewhere, that every value
 * says where it comes from, and that every cell holds what its column is for. Gaps and overlaps are
 * the compiler's to find. `unreadable` are tables that exist but could not be read: naming them is
 * no further fault.
 */
export function checkReferences(
  pack: PackSource,
  unreadable: ReadonlySet<string> = new Set(),
): PackFault[] {
  const names = new Set([...unreadable, ...pack.tables.map(({ table }) => table)])
  const domains = domainsOf(pack)
  return [
    ...checkDates(pack.covers, ['covers']),
    ...checkZones(pack),
    ...(pack.yearSums === undefined ? [] : checkStanding(pack, pack.yearSums, ['yearSums'])),
    ...checkOwnFacts(pack, names),
    ...checkAccountCredits(pack, names),
    ...pack.plans.flatMap((plan, at) => checkPlan(pack, plan, ['plans', at], names)),
    ...checkNames(pack),
    ...pack.tables.flatMap((table, at) => checkTable(pack, table, ['tables', at], domains)),
    ...checkInterface(pack, domains),
  ]
}

/** nhsa.yaml: its codes like tables of one period, then what is its own. */
function checkInterface(pack: PackSource, domains: Domains): PackFault[] {
  const { nhsa } = pack
  if (nhsa === undefined) return []
  const asTables = CODE_NAMES.flatMap((name) =>
    checkTable(pack, codeTable({ ...pack, nhsa }, name), ['nhsa', 'codes', name], domains),
  )
  // A table of one period: its rows stand in the file without it, and its mark at the top.
  const inFile = asTables
    .filter(({ path: [, , , periods, , rows] }) => periods !== 'periods' || rows === 'rows')
    .map(({ path, message }) =>
      fault([...path.slice(0, 3), ...withoutPeriod(path.slice(3))], message),
    )
  return [
    ...checkStanding(pack, nhsa, ['nhsa']),
    ...inFile,
    ...checkNhsa({ ...pack, nhsa }, domains),
  ]
}

function withoutPeriod(path: Path): Path {
  return path[0] === 'periods' ? path.slice(2) : path
}

function checkDates(dates: { readonly from: string; readonly until: string }, path: Path) {
  if (dates.from < dates.until) return []
  const message = `until must be later than from: ${dates.from} is not before ${dates.until}`
  return [fault([...path, 'until'], message)]
}

function checkZones(pack: PackSource): PackFault[] {
  const schemes = new Set(pack.plans.map(({ scheme }) => scheme))
  const firstWith = (id: string) => pack.zones.findIndex((zone) => zone.id === id)
  return pack.zones.flatMap((zone, at) => [
    ...(firstWith(zone.id) < at
      ? [fault(['zones', at, 'id'], `another zone has the id ${zone.id} already`)]
      : []),
    ...(zone.standing === undefined
      ? [fault(['zones', at], `zone ${zone.id} does not say what it rests on: standing is missing`)]
      : checkStanding(pack, zone as MarkSource, ['zones', at])),
    ...zone.districts.flatMap((district, index) =>
      Object.hasOwn(pack.districts, district)
        ? []
        : [
            fault(
              ['zones', at, 'districts', index],
              `zone ${zone.id} names ${district}, which is not among the pack's districts`,
            ),
          ],
    ),
    ...zone.schemes.flatMap((scheme, index) =>
      schemes.has(scheme)
        ? []
        : [
            fault(
              ['zones', at, 'schemes', index],
              `zone ${zone.id} is for the scheme ${scheme}, which no plan is for`,
            ),
          ],
    ),
  ])
}

/** Attributes, derived facts, sums and aliases: names that lead somewhere and hide nothing. */
function checkOwnFacts(pack: PackSource, tables: ReadonlySet<string>): PackFault[] {
  const faults: PackFault[] = []
  const owners = new Map<string, string>()
  for (const whose of ['person', 'institution', 'claim'] as const) {
    for (const name of Object.keys(pack.attributes?.[whose] ?? {})) {
      const path = ['attributes', whose, name]
      const owner = owners.get(name)
      if (Object.hasOwn(FACTS, name)) {
        const message = `${name} is a fact of the engine and cannot be an attribute`
        faults.push(fault(path, message))
      } else if (owner !== undefined) {
        faults.push(fault(path, `${name} is an attribute of ${owner}s already`))
      } else owners.set(name, whose)
    }
  }
  const own = new Set(Object.keys(attributesOf(pack)))
  for (const [at, { fact, table, over, combine }] of (pack.derived ?? []).entries()) {
    const path = ['derived', at]
    const type = pack.tables.find((one) => one.table === table)?.results['value']
    if ((over === undefined) !== (combine === undefined)) {
      faults.push(fault(path, 'over and combine go together'))
    }
    if (over !== undefined && (Array.isArray(type) || type === 'flag')) {
      faults.push(fault([...path, 'over'], `over several diseases, ${fact} must be a number`))
    }
    if (own.has(fact)) {
      const message = `${fact} is an attribute or a derived fact already`
      faults.push(fault([...path, 'fact'], message))
    }
    own.add(fact)
    if (Object.hasOwn(FACTS, fact) && fact !== 'deductibleLevel') {
      const message = `${fact} is a fact of the engine; only deductibleLevel can be derived anew`
      faults.push(fault([...path, 'fact'], message))
    }
    if (!tables.has(table)) faults.push(fault([...path, 'table'], noSuchTable(table)))
  }
  for (const [name, table] of Object.entries(pack.sums ?? {})) {
    if (!tables.has(table)) faults.push(fault(['sums', name], noSuchTable(table)))
  }
  for (const [code, as] of Object.entries(pack.districtAliases ?? {})) {
    const fail = (message: string) => faults.push(fault(['districtAliases', code], message))
    if (!Object.hasOwn(pack.districts, as)) {
      fail(`${code} counts as ${as}, which is not among the pack's districts`)
    }
    if (Object.hasOwn(pack.districts, code)) {
      fail(`${code} counts as ${as}, and is a district of the pack itself`)
    }
  }
  return faults
}

function checkAccountCredits(pack: PackSource, tables: ReadonlySet<string>): PackFault[] {
  const schemes = new Set(pack.plans.map(({ scheme }) => scheme))
  const faults: PackFault[] = []
  const seen = new Set<string>()
  for (const [at, { scheme, table }] of (pack.accountCredits ?? []).entries()) {
    const path = ['accountCredits', at]
    if (!schemes.has(scheme)) {
      const message = `credits accounts of the scheme ${scheme}, which no plan is for`
      faults.push(fault([...path, 'scheme'], message))
    }
    if (seen.has(scheme)) {
      const message = `the accounts of ${scheme} are credited by a table already`
      faults.push(fault([...path, 'scheme'], message))
    }
    seen.add(scheme)
    if (!tables.has(table)) faults.push(fault([...path, 'table'], noSuchTable(table)))
  }
  return faults
}

function noSuchTable(table: string): string {
  return `names the table ${table}, but the pack has no such table`
}

function checkPlan(
  pack: PackSource,
  plan: PlanSource,
  path: Path,
  tables: ReadonlySet<string>,
): PackFault[] {
  const faults: PackFault[] = []
  plan.layers.forEach(({ id, deductible, rate }, at) => {
    const penalised = deductible?.penalised === true ? 'deductible' : 'rate'
    if (plan.penalty === undefined && (deductible?.penalised || rate?.penalised)) {
      const message = `layer ${id}: penalised, but the plan names no penalty`
      faults.push(fault([...path, 'layers', at, penalised, 'penalised'], message))
    }
  })
  plan.layers.forEach(({ mark }, at) => {
    if (mark !== undefined)
      faults.push(...checkStanding(pack, mark, [...path, 'layers', at, 'mark']))
  })
  for (const [key, table] of tablesNamedIn(plan)) {
    if (!tables.has(table)) faults.push(fault([...path, ...key], noSuchTable(table)))
  }
  return faults
}

function checkNames(pack: PackSource): PackFault[] {
  const seen = new Set<string>()
  return pack.tables.flatMap(({ table }, at) => {
    if (seen.has(table)) return [fault(['tables', at, 'table'], `a second table named ${table}`)]
    seen.add(table)
    return []
  })
}

function checkTable(
  pack: PackSource,
  table: TableSource,
  path: Path,
  domains: Domains,
): PackFault[] {
  return [
    ...Object.entries(table.dimensions).flatMap(([name, values]) =>
      checkDimension(name, values, [...path, 'dimensions', name], domains),
    ),
    ...Object.keys(table.results)
      .filter((column) => Object.hasOwn(table.dimensions, column))
      .map((column) =>
        fault(
          [...path, 'results', column],
          `${column} is both a dimension and a result; a row could not tell them apart`,
        ),
      ),
    ...(Object.hasOwn(table.results, MARK)
      ? [
          fault(
            [...path, 'results', MARK],
            `${MARK} is no column: a row says there what it rests on`,
          ),
        ]
      : []),
    ...table.periods.flatMap((period, at) => {
      const inPeriod = [...path, 'periods', at]
      return [
        ...checkDates(period, inPeriod),
        ...checkCovered(pack, period, inPeriod),
        ...checkStanding(pack, period, inPeriod),
        ...period.rows.flatMap((row, index) => {
          const inRow = [...inPeriod, 'rows', index]
          return [
            ...(row.mark === undefined ? [] : checkStanding(pack, row.mark, [...inRow, MARK])),
            ...checkRow(table, row, inRow),
          ]
        }),
      ]
    }),
  ]
}

function checkCovered({ covers }: PackSource, period: PeriodSource, path: Path): PackFault[] {
  if (covers.from <= period.from && period.until <= covers.until) return []
  const key = period.from < covers.from ? 'from' : 'until'
  const message = `the pack covers ${covers.from} until ${covers.until}, and a period must lie within`
  return [fault([...path, key], message)]
}

function checkStanding(pack: PackSource, mark: MarkSource, path: Path): PackFault[] {
  const { standing, reference, note } = mark
  const faults: PackFault[] = []
  if (standing === 'assumed') {
    if (reference !== undefined) {
      const message = 'an assumed value must have no reference: nothing it could name says it'
      faults.push(fault([...path, 'reference'], message))
    }
    if (note === undefined || note.trim() === '') {
      const message = 'an assumed value needs a note that says what was chosen and why'
      faults.push(fault([...path, 'standing'], message))
    }
  } else if (reference === undefined) {
    const message = `a ${standing} value needs a reference to the document that says it`
    faults.push(fault([...path, 'standing'], message))
  }
  if (reference !== undefined && !Object.hasOwn(pack.documents, reference.document)) {
    const message = `reference to ${reference.document}, which is not among the pack's documents`
    faults.push(fault([...path, 'reference', 'document'], message))
  }
  return faults
}

function checkRow(table: TableSource, row: RowSource, path: Path): PackFault[] {
  const faults: PackFault[] = []
  for (const [column, type] of Object.entries(table.results)) {
    if (column === MARK) continue
    const value = Object.hasOwn(row, column) ? (row[column] as CellSource) : undefined
    if (value !== undefined && !holds(column, type, value)) {
      const message = `${column} must be ${expected(column, type)}, not ${show(value)}`
      faults.push(fault([...path, column], message))
    }
  }
  for (const column of Object.keys(row)) {
    if (column === MARK) continue
    if (Object.hasOwn(table.results, column) || Object.hasOwn(table.dimensions, column)) continue
    const known = [...Object.keys(table.dimensions), ...Object.keys(table.results)].join(', ')
    // In quotes where a blank would not be seen.
    const name = /^\w+$/.test(column) ? column : JSON.stringify(column)
    const message = `${name} is neither a dimension nor a result of the table (${known})`
    faults.push(fault([...path, column], message))
  }
  return faults
}

function holds(column: string, type: ColumnType, value: CellSource): boolean {
  if (type === 'flag') return typeof value === 'boolean'
  if (typeof type !== 'string') return typeof value === 'string' && type.includes(value)
  const [least, most] = boundsOf(column, type)
  return typeof value === 'number' && Number.isInteger(value) && least <= value && value <= most
}

type Bounds = readonly [least: number, most: number]

/** Columns whose numbers have narrower bounds than those of their unit. */
const BOUNDS: Readonly<Record<string, Bounds>> = { startsInMonth: [1, 12], unitsEach: [1, FEN_MAX] }

/** No number is larger than the largest amount, so that none is too large where it becomes one. */
function boundsOf(column: string, type: ColumnType): Bounds {
  if (Object.hasOwn(BOUNDS, column)) return BOUNDS[column]!
  return [0, type === 'permyriad' ? WHOLE : FEN_MAX]
}

function expected(column: string, type: ColumnType): string {
  if (type === 'flag') return 'true or false'
  if (typeof type !== 'string') return `one of ${type.join(', ')}`
  const [least, most] = boundsOf(column, type)
  if (type === 'permyriad') return `a whole number of permyriad from 0 to ${most} (80 % is 8000)`
  if (type === 'fen') return `a whole number of fen from 0 to ${most} (100 yuan is 10000)`
  return `a whole number from ${least} to ${most} (${type})`
}

/** What the values of every fact are, the pack's own included. */
type Domains = ReadonlyMap<FactName, Domain>

function domainsOf(pack: PackSource): Domains {
  const listed: Readonly<Record<string, Domain>> = {
    scheme: [...new Set(pack.plans.map(({ scheme }) => scheme))],
    careType: CARE_TYPES,
    homeDistrict: Object.keys(pack.districts),
    category: [...pack.categories, 'none'],
    categoryAtDischarge: [...pack.categories, 'none'],
  }
  return new Map<FactName, Domain>([
    ...Object.entries(FACTS).map(([name, { domain }]): [FactName, Domain] => [
      name,
      domain === 'pack' ? listed[name]! : domain,
    ]),
    ...Object.entries(attributesOf(pack)).map(([name, values]): [FactName, Domain] => [
      name,
      values === 'integer' ? values : ['none', ...values],
    ]),
    ...(pack.derived ?? []).map(({ fact, table }): [FactName, Domain] => [
      fact,
      derivedDomain(pack.tables.find((one) => one.table === table)?.results['value']),
    ]),
  ])
}

function derivedDomain(type: ColumnType | undefined): Domain {
  if (type === 'flag') return 'flag'
  return Array.isArray(type) ? (type as readonly string[]) : 'integer'
}

function checkDimension(
  name: string,
  values: DimensionSource,
  path: Path,
  domains: Domains,
): PackFault[] {
  const domain = domains.get(name)
  if (domain === undefined) {
    const message = `${name} is not a fact; a dimension is one of ${[...domains.keys()].join(', ')}`
    return [fault(path, message)]
  }
  if ('integersFrom' in values) {
    if (domain === 'integer') return []
    return [fault(path, `${name} does not take integers, but ${describeDomain(domain)}`)]
  }
  return values.flatMap((value, at) =>
    inDomain(domain, value)
      ? []
      : [
          fault(
            [...path, at],
            `${name} takes ${describeDomain(domain)}, not ${showInDomain(domain, value)}`,
          ),
        ],
  )
}

function inDomain(domain: Domain, value: string | number | boolean): boolean {
  if (domain === 'integer') return Number.isSafeInteger(value)
  if (domain === 'flag') return typeof value === 'boolean'
  if (domain === 'text' || value === OTHER) return typeof value === 'string'
  return typeof value === 'string' && domain.includes(value)
}

const LISTED_MAX = 12

function describeDomain(domain: Domain): string {
  if (domain === 'integer') return 'whole numbers'
  if (domain === 'flag') return 'true and false'
  if (domain === 'text') return 'codes'
  if (domain.length <= LISTED_MAX) return domain.join(', ')
  return 'codes that the pack lists'
}

function showInDomain(domain: Domain, value: string | number | boolean): string {
  const wantsQuotes = typeof value === 'number' && domain !== 'integer' && domain !== 'flag'
  return wantsQuotes ? `the number ${value}; codes of digits stand in quotes` : show(value)
}

/** A value as a message prints it. */
function show(value: unknown): string {
  return JSON.stringify(value)
}

function fault(path: Path, message: string): PackFault {
  return { path, message }
}
