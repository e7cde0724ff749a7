import type { CareType, CivilDate } from '../claim/claim.ts'
import type { FactName } from './facts.ts'
import type {
  CapSource,
  ColumnType,
  LayerSource,
  PackSource,
  PlanSource,
  TableSource,
} from './pack.ts'
import { compileTable, type Table, type TableFault } from './table.ts'

/** A pack compiled for adjudication: the same data, with every name resolved. */
export interface Pack {
  readonly id: string
  readonly title: string
  /** Hash of the pack's content, hexadecimal; every settlement keeps it. */
  readonly hash: string
  readonly covers: { readonly from: CivilDate; readonly until: CivilDate }
  readonly districts: ReadonlySet<string>
  readonly zones: PackSource['zones']
  readonly categories: readonly string[]
  readonly catalogueId: string
  /** In the order of their names; a trace names a table by its index here. */
  readonly tables: readonly Table[]
  readonly plans: readonly Plan[]
}

/** What a kind of care costs whom in one scheme: see PlanSource. */
export interface Plan {
  readonly scheme: string
  readonly careTypes: readonly CareType[]
  readonly participation: Table
  readonly settlement: Table
  readonly areaCase: Table
  readonly penalty?: { readonly table: Table; readonly readings: Table }
  readonly layers: readonly Layer[]
  /** Whether any of the layers' tables asks which stay of the year this is. */
  readonly asksAdmissionNumber: boolean
  readonly account: Table
  readonly clearing: Table
}

export interface Layer extends Omit<LayerSource, 'deductible' | 'rate' | 'caps'> {
  readonly deductible?: Omit<NonNullable<LayerSource['deductible']>, 'table'> & {
    readonly table: Table
  }
  readonly rate: { readonly table: Table; readonly penalised?: boolean }
  readonly caps: readonly Cap[]
}

export interface Cap extends Omit<CapSource, 'table'> {
  readonly table: Table
}

/** The columns that a table must have for the part it plays, and the facts known when it is read. */
interface Part {
  readonly columns: Readonly<Record<string, ColumnType | 'code'>>
  readonly facts: ReadonlySet<FactName>
}

const PERSON_FACTS: readonly FactName[] = [
  'scheme',
  'careType',
  'homeDistrict',
  'grade',
  'employment',
  'category',
  'sex',
  'age',
  'diseaseCode',
]
const PLACE_FACTS: readonly FactName[] = [
  ...PERSON_FACTS,
  'institutionKind',
  'level',
  'deductibleLevel',
  'inCity',
  'sameDistrict',
  'sameZone',
  'approval',
]
const CASE_FACTS: readonly FactName[] = [...PLACE_FACTS, 'areaCase']
const BENEFIT_FACTS: readonly FactName[] = [...CASE_FACTS, 'admissionNumber']

const PARTS = {
  participation: { columns: { joined: 'flag' }, facts: new Set(PERSON_FACTS) },
  settlement: { columns: { settlement: ['direct', 'manual'] }, facts: new Set(PLACE_FACTS) },
  areaCase: { columns: { areaCase: 'code' }, facts: new Set(PLACE_FACTS) },
  penalty: {
    columns: { deductibleIncreasePermyriad: 'permyriad', rateDecreasePermyriad: 'permyriad' },
    facts: new Set(CASE_FACTS),
  },
  readings: { columns: { reading: 'code' }, facts: new Set<FactName>(['scheme', 'parameter']) },
  deductible: { columns: { deductibleFen: 'fen' }, facts: new Set(BENEFIT_FACTS) },
  rate: { columns: { ratePermyriad: 'permyriad' }, facts: new Set(BENEFIT_FACTS) },
  cap: { columns: { capFen: 'fen' }, facts: new Set(CASE_FACTS) },
  account: {
    columns: {
      deductible: 'flag',
      coPay: 'flag',
      firstSelfPay: 'flag',
      ownPay: 'flag',
      overLimit: 'flag',
    },
    facts: new Set(CASE_FACTS),
  },
  clearing: {
    columns: { bearer: 'code', payer: 'code', clearingType: 'code', way: 'code' },
    facts: new Set(CASE_FACTS),
  },
} as const satisfies Record<string, Part>

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
  const byName = new Map(tables.map((table, at) => [table.name, { table, source: sources[at]! }]))

  const tableFor = (name: string, part: keyof typeof PARTS, plan: string): Table => {
    const found = byName.get(name)
    if (found === undefined) {
      faults.push({
        table: name,
        message: `${plan} names this table, but the pack has no such table`,
      })
      return tables[0]!
    }
    const { columns, facts }: Part = PARTS[part]
    for (const [column, type] of Object.entries(columns)) {
      if (fits(found.source.results[column], type)) continue
      const expected = Array.isArray(type) ? type.join(' or ') : type
      faults.push({
        table: name,
        message: `${plan} reads it for its ${part}, so it needs a column ${column} (${expected})`,
      })
    }
    for (const { name: fact } of found.table.dimensions) {
      if (facts.has(fact)) continue
      faults.push({
        table: name,
        message: `${fact} is not known yet when ${plan} reads the ${part}`,
      })
    }
    return found.table
  }

  const plans = source.plans.map((plan) => compilePlan(plan, tableFor))
  checkPlans(plans, faults)
  for (const name of new Set(source.plans.map(({ penalty }) => penalty?.readings))) {
    const found = name === undefined ? undefined : byName.get(name)
    if (found !== undefined) checkReadings(found.source, faults)
  }
  return {
    pack: {
      id: source.id,
      title: source.title,
      hash,
      covers: source.covers,
      districts: new Set(Object.keys(source.districts)),
      zones: source.zones,
      categories: source.categories,
      catalogueId: source.catalogue,
      tables,
      plans,
    },
    faults,
  }
}

function compilePlan(
  plan: PlanSource,
  tableFor: (name: string, part: keyof typeof PARTS, plan: string) => Table,
): Plan {
  const name = `the plan ${plan.scheme} (${plan.careTypes.join(', ')})`
  const penalty = plan.penalty
  const layers = plan.layers.map((layer) => compileLayer(layer, name, tableFor))
  return {
    scheme: plan.scheme,
    careTypes: plan.careTypes,
    participation: tableFor(plan.participation, 'participation', name),
    settlement: tableFor(plan.settlement, 'settlement', name),
    areaCase: tableFor(plan.areaCase, 'areaCase', name),
    ...(penalty === undefined
      ? {}
      : {
          penalty: {
            table: tableFor(penalty.table, 'penalty', name),
            readings: tableFor(penalty.readings, 'readings', name),
          },
        }),
    layers,
    asksAdmissionNumber: layers.some(asksAdmissionNumber),
    account: tableFor(plan.account, 'account', name),
    clearing: tableFor(plan.clearing, 'clearing', name),
  }
}

function compileLayer(
  layer: LayerSource,
  plan: string,
  tableFor: (name: string, part: keyof typeof PARTS, plan: string) => Table,
): Layer {
  const { deductible, rate, caps, ...rest } = layer
  const name = `${plan}, layer ${layer.id},`
  return {
    ...rest,
    ...(deductible === undefined
      ? {}
      : { deductible: { ...deductible, table: tableFor(deductible.table, 'deductible', name) } }),
    rate: { ...rate, table: tableFor(rate.table, 'rate', name) },
    caps: caps.map((cap) => ({ ...cap, table: tableFor(cap.table, 'cap', name) })),
  }
}

function asksAdmissionNumber({ deductible, rate }: Layer): boolean {
  return [deductible?.table, rate.table].some((table) =>
    table?.dimensions.some(({ name }) => name === 'admissionNumber'),
  )
}

/** One plan at most for a scheme and kind of care; a layer counts its own benefit in its caps. */
function checkPlans(plans: readonly Plan[], faults: TableFault[]): void {
  const seen = new Set<string>()
  for (const { scheme, careTypes, layers } of plans) {
    for (const careType of careTypes) {
      const key = `${scheme} ${careType}`
      if (seen.has(key)) faults.push({ table: 'plans', message: `two plans are for ${key}` })
      seen.add(key)
    }
    const benefits = new Set<string>()
    for (const layer of layers) {
      const benefit = `${layer.fund}/${layer.benefit}`
      if (benefits.has(benefit)) {
        const message = `layer ${layer.id}: another layer of the plan adds up under ${benefit} already`
        faults.push({ table: 'plans', message })
      }
      benefits.add(benefit)
      for (const cap of layer.caps) {
        if (cap.benefits.includes(layer.benefit)) continue
        const message = `layer ${layer.id}: its cap ${cap.id} leaves out its own benefit ${layer.benefit}`
        faults.push({ table: 'plans', message })
      }
    }
  }
}

/** What a percentage in a clause can be of, by the figure that it changes. */
const READINGS: Readonly<Record<string, readonly string[]>> = {
  deductible: ['relative', 'points-of-base'],
  rate: ['points', 'relative'],
}

/** A reading that the figure cannot have would silently be taken for another one. */
function checkReadings(source: TableSource, faults: TableFault[]): void {
  for (const { from, rows } of source.periods) {
    rows.forEach((row, index) => {
      const reading = row['reading'] as string
      const fault = (message: string) =>
        faults.push({ table: source.table, from, row: index, message })
      for (const parameter of [row['parameter'] ?? Object.keys(READINGS)].flat()) {
        const known = READINGS[String(parameter)] ?? []
        if (!known.includes(reading)) {
          fault(`a ${parameter} can be read as ${known.join(' or ')}, not as ${reading}`)
        }
      }
      if (reading === 'points-of-base' && source.results['baseFen'] !== 'fen') {
        fault('points-of-base needs a column baseFen (fen): what the points are points of')
      }
    })
  }
}

function fits(type: ColumnType | undefined, expected: ColumnType | 'code'): boolean {
  if (expected === 'code') return Array.isArray(type)
  if (Array.isArray(expected)) {
    return Array.isArray(type) && type.every((code: string) => expected.includes(code))
  }
  return type === expected
}
