import type { CareType } from '../claim/claim.ts'
import { FEN_MAX } from '../money/fen.ts'
import type { FactName, Stage } from './facts.ts'
import {
  type AmountSource,
  type BandSource,
  type CapSource,
  type DeductibleSource,
  type DerivedSource,
  type FloorSource,
  type LayerSource,
  type PlanSource,
  type RateSource,
  SELF_PAY,
  type SharePart,
  type StepSource,
} from './pack.ts'
import type { Table } from './table.ts'
import { PLAN_PARTS } from './table-names.ts'
import type { TableReader } from './table-reader.ts'

/** What a kind of care costs whom in one scheme: see PlanSource. */
export interface Plan {
  readonly scheme: string
  readonly careTypes: readonly CareType[]
  readonly participation?: Table
  readonly year?: Table
  readonly gradeChange?: { readonly table: Table; readonly second: 'refused' | 'restarts' }
  readonly waiting?: Table
  readonly entitlement?: Table
  readonly settlement?: Table
  readonly areaCase?: Table
  readonly penalty?: { readonly table: Table; readonly readings: Table }
  readonly transfer?: Table
  readonly lines?: Table
  readonly areaSelfPay?: Table
  readonly countsAsStay: boolean
  readonly layers: readonly Layer[]
  readonly account?: Table
  readonly clearing?: Table
  /** The pack's derived facts that this plan's tables ask for, in order. */
  readonly derived: readonly Derived[]
  /** The facts that any of the plan's tables asks for. */
  readonly asks: ReadonlySet<FactName>
  /** The tables that it names. */
  readonly tables: readonly Table[]
}

/** A fact that a table of the pack works out. */
export interface Derived extends Pick<DerivedSource, 'over' | 'combine'> {
  readonly fact: FactName
  readonly table: Table
  readonly stage: Stage
}

/** One adjustment of a figure. */
export interface Step extends Omit<StepSource, 'table'> {
  readonly table: Table
}

export interface Deductible extends Omit<DeductibleSource, 'table' | 'steps' | 'yearlyLimit'> {
  readonly table: Table
  readonly steps: readonly Step[]
  readonly yearlyLimit?: { readonly table: Table; readonly benefits: readonly string[] }
}

/** An amount that a table says, and steps change. */
export interface AmountTable {
  readonly table: Table
  readonly steps: readonly Step[]
}

export interface Rate extends Omit<RateSource, 'table' | 'steps'> {
  readonly table: Table
  readonly steps: readonly Step[]
  /** Where the stretches of positions begin that any of its tables tells apart; one: no segments. */
  readonly starts: readonly number[]
  /** The item facts that any of its tables asks for. */
  readonly itemFacts: readonly FactName[]
  /** Those of its tables that go by the day of the line. */
  readonly lineTables: readonly Table[]
  /** Whether lines are rated differently, by one or the other. */
  readonly byLines: boolean
}

export interface Layer
  extends Omit<
    LayerSource,
    | 'kind'
    | 'base'
    | 'applies'
    | 'deductible'
    | 'standard'
    | 'owed'
    | 'rate'
    | 'floor'
    | 'caps'
    | 'band'
  > {
  readonly kind: NonNullable<LayerSource['kind']>
  readonly base: readonly SharePart[]
  readonly applies?: Table
  readonly band?: Omit<BandSource, 'table'> & { readonly table: Table }
  readonly deductible?: Deductible
  readonly standard?: AmountTable
  readonly owed?: AmountTable
  readonly rate?: Rate
  readonly floor?: Omit<FloorSource, 'table'> & { readonly table: Table }
  readonly caps: readonly Cap[]
  /** Those of the caps that bound the cost, and those that bound the payment. */
  readonly costCaps: readonly Cap[]
  readonly paymentCaps: readonly Cap[]
}

export interface Cap extends Omit<CapSource, 'table'> {
  readonly table: Table
}

/** Whether a cap is one for the whole year or longer, of which one may ask what is left. */
export function isLasting({ per = 'year' }: Pick<CapSource, 'per'>): boolean {
  return per === 'year' || per === 'lifetime'
}

/** Whether a cap bounds the cost that is paid for, and not the payment itself. */
export function isOnCost({ measure = 'payment' }: Pick<CapSource, 'measure'>): boolean {
  return measure !== 'payment' && measure !== 'all-funds'
}

export function compilePlan(
  source: PlanSource,
  reader: TableReader,
  packDerived: readonly Derived[],
): Plan {
  const name = `the plan ${source.scheme} (${source.careTypes.join(', ')})`
  const used: Table[] = []
  const noting = <T extends Table>(table: T): T => {
    used.push(table)
    return table
  }
  const parts: { -readonly [K in keyof Plan]?: Table } = {}
  for (const part of PLAN_PARTS) {
    const table = source[part]
    if (table !== undefined) parts[part] = noting(reader.read(table, part, name))
  }
  const { gradeChange, penalty } = source
  const layers = source.layers.map((layer) => compileLayer(layer, name, reader, noting))
  const compiled = {
    scheme: source.scheme,
    careTypes: source.careTypes,
    countsAsStay: source.countsAsStay ?? source.careTypes.includes('inpatient'),
    layers,
    ...(parts as Pick<Plan, (typeof PLAN_PARTS)[number]>),
    ...(gradeChange === undefined
      ? {}
      : {
          gradeChange: {
            ...gradeChange,
            table: noting(reader.read(gradeChange.table, 'gradeChange', name)),
          },
        }),
    ...(penalty === undefined
      ? {}
      : {
          penalty: {
            table: noting(reader.read(penalty.table, 'penalty', name)),
            readings: noting(reader.read(penalty.readings, 'readings', name)),
          },
        }),
  }
  return { ...compiled, ...asked(used, packDerived), tables: [...new Set(used)] }
}

/** The facts asked for, also by way of derived ones, and by columns `unit`. */
export function asked(
  tables: readonly Table[],
  packDerived: readonly Derived[],
): Pick<Plan, 'asks' | 'derived'> {
  const asks = new Set<FactName>()
  const ask = (table: Table) => {
    for (const { name } of table.dimensions) asks.add(name)
    for (const { results } of table.periods) {
      for (const { unit } of results) if (typeof unit === 'string') asks.add(unit)
    }
  }
  tables.forEach(ask)
  const derived: Derived[] = []
  for (const one of [...packDerived].reverse()) {
    if (!asks.has(one.fact)) continue
    derived.unshift(one)
    ask(one.table)
  }
  return { asks, derived }
}

type Noting = <T extends Table>(table: T) => T

function compileLayer(
  source: LayerSource,
  plan: string,
  reader: TableReader,
  noting: Noting,
): Layer {
  const { base, kind = 'share', applies, band, deductible, ...further } = source
  const { standard, owed, rate, floor, ...rest } = further
  const name = `${plan}, layer ${source.id},`
  const read = (table: string, part: Parameters<TableReader['read']>[1]) =>
    noting(reader.read(table, part, name))
  const amountSteps = (steps: readonly StepSource[] = []) =>
    steps.map((step) => ({
      ...step,
      table: read(step.table, step.step === 'times' ? 'factorStep' : 'amountStep'),
    }))
  const amountTable = ({ table, steps }: AmountSource, part: 'standard' | 'owed'): AmountTable => ({
    table: read(table, part),
    steps: amountSteps(steps),
  })
  const caps = source.caps.map((cap) => ({
    ...cap,
    table: read(cap.table, cap.measure === 'visits' ? 'visits' : 'cap'),
  }))
  return {
    ...rest,
    kind,
    base: base === 'self-pay' ? SELF_PAY : base === 'in-scope' ? ['in-scope'] : base,
    caps,
    costCaps: caps.filter(isOnCost),
    paymentCaps: caps.filter((cap) => !isOnCost(cap)),
    ...(applies === undefined ? {} : { applies: read(applies, 'applies') }),
    ...(band === undefined ? {} : { band: { ...band, table: read(band.table, 'band') } }),
    ...(floor === undefined ? {} : { floor: { ...floor, table: read(floor.table, 'floor') } }),
    ...(standard === undefined ? {} : { standard: amountTable(standard, 'standard') }),
    ...(owed === undefined ? {} : { owed: amountTable(owed, 'owed') }),
    ...(deductible === undefined
      ? {}
      : { deductible: compileDeductible(deductible, read, amountSteps) }),
    ...(rate === undefined ? {} : { rate: compileRate(rate, kind, read) }),
  }
}

type Read = (table: string, part: Parameters<TableReader['read']>[1]) => Table

function compileDeductible(
  { steps, yearlyLimit, ...source }: DeductibleSource,
  read: Read,
  amountSteps: (steps: readonly StepSource[] | undefined) => readonly Step[],
): Deductible {
  return {
    ...source,
    table: read(source.table, 'deductible'),
    steps: amountSteps(steps),
    ...(yearlyLimit === undefined
      ? {}
      : { yearlyLimit: { ...yearlyLimit, table: read(yearlyLimit.table, 'yearlyLimit') } }),
  }
}

function compileRate(source: RateSource, kind: Layer['kind'], read: Read): Rate {
  const table = read(source.table, kind === 'ceiling' ? 'ceiling' : 'rate')
  const steps = (source.steps ?? []).map((step) => ({
    ...step,
    table: read(step.table, step.step.endsWith('times') ? 'rateFactorStep' : 'ratePointsStep'),
  }))
  const tables = [table, ...steps.map((step) => step.table)]
  const dimensions = tables.flatMap((one) => one.dimensions)
  const lineTables = tables.filter(({ anchor }) => anchor === 'line')
  const bounds = dimensions.flatMap(({ name, starts }) =>
    name === 'amountFen' ? (starts ?? []) : [],
  )
  // No cost reaches further: a bound beyond, for "without end", is none.
  const starts = bounds.filter((bound) => bound <= FEN_MAX)
  const items = dimensions.map(({ name }) => name).filter((name) => ITEM_FACTS.has(name))
  return {
    ...source,
    table,
    steps,
    starts: [...new Set([0, ...starts])].sort((a, b) => a - b),
    itemFacts: [...new Set(items)],
    lineTables,
    byLines: items.length > 0 || lineTables.length > 0,
  }
}

const ITEM_FACTS: ReadonlySet<FactName> = new Set(['itemClass', 'itemKind', 'itemGroup'])
