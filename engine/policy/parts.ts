import { FACTS, type FactName, STAGES, type Stage } from './facts.ts'
import { type ColumnType, USAGE_TIMES } from './pack.ts'

/**
 * The parts that a table can play in a plan: the columns that it must or may have then, and the
 * facts that are known when it is read. rules/REFERENCE.md shows the same.
 */
export interface Part {
  readonly required: Readonly<Record<string, Expected>>
  readonly optional: Readonly<Record<string, Expected>>
  /** The latest stage of the facts that it may ask for. */
  readonly stage: (typeof STAGES)[number]
  /** Stages beside the sequence that it may ask for, too. */
  readonly beside?: readonly Stage[]
  /** Where only some facts make sense. */
  readonly only?: readonly FactName[]
  /** Facts of its stage that it may not ask for. */
  readonly except?: readonly FactName[]
  /** A flag: rows that say `false` there need none of the required columns. */
  readonly unless?: string
}

/**
 * `sums`: the names of reference sums and bases; `sums-without-care`: those that there are without a
 * bill; `unit`: a fact of whole numbers; `code`: any list of codes; `any`: whatever the pack declares.
 */
export type Expected = ColumnType | 'code' | 'any' | 'sums' | 'sums-without-care' | 'unit'

/** The optional columns of an amount: see REFERENCE.md, section 1. */
const AMOUNT = {
  of: 'sums',
  ofPermyriad: 'factor',
  unit: 'unit',
  unitFen: 'fen',
  unitsAfter: 'count',
  unitsMost: 'count',
  unitsEach: 'count',
  roundToFen: 'fen',
  rounding: ['half-up', 'down', 'up'],
  leastFen: 'fen',
  mostFen: 'fen',
} as const satisfies Part['optional']

const SHARE = {
  unit: 'unit',
  unitPermyriad: 'factor',
  unitsAfter: 'count',
  unitsMost: 'count',
  unitsEach: 'count',
  leastPermyriad: 'permyriad',
  mostPermyriad: 'permyriad',
} as const satisfies Part['optional']

const PER_TIMES = ['stay', ...USAGE_TIMES] as const
const columns = <const Type extends Expected, Name extends string>(
  type: Type,
  ...names: readonly Name[]
) => Object.fromEntries(names.map((name) => [name, type])) as Readonly<Record<Name, Type>>
const flags = <Name extends string>(...names: Name[]) => columns('flag', ...names)
const codes = <Name extends string>(...names: Name[]) => columns('code', ...names)

type None = Readonly<Record<never, never>>

/** The names of the columns stay in the type, so that each can be asked for its label. */
function part<
  const Required extends Part['required'],
  const Optional extends Part['optional'] = None,
>(
  stage: Part['stage'],
  required: Required,
  optional?: Optional,
  more: Pick<Part, 'beside' | 'only' | 'except' | 'unless'> = {},
): Omit<Part, 'required' | 'optional'> & {
  readonly required: Required
  readonly optional: Optional
} {
  return { stage, required, optional: optional ?? ({} as Optional), ...more }
}

/** A row that says `limited: false` has no limit to name. */
const UNLIMITED = { beside: ['layer'], unless: 'limited' } as const

/** Where there is a person and a day, but no care. */
const WITHOUT_CARE = { except: ['careType', 'channel', 'diseaseCode', 'registeredAs'] } as const

const OF_LAYER = { beside: ['layer'] } as const
const OF_RATE = { beside: ['layer', 'item', 'amount'] } as const

/** A sum that is rounded to a multiple of so many fen. */
const ROUNDING = {
  roundToFen: 'fen',
  rounding: ['half-up', 'down', 'up'],
} as const satisfies Part['optional']

/** Not held against a type as a whole: that would widen the names of the columns to any string. */
export const PARTS = {
  participation: part('person', { joined: 'flag' }),
  year: part('person', {
    startsInMonth: 'count',
    stayAcrossYears: ['discharge', 'admission', 'split'],
  }),
  gradeChange: part(
    'person',
    { effect: ['at-once', 'next-month', 'next-year', 'after-wait', 'refused'] },
    { waitMonths: 'months' },
    { beside: ['change'] },
  ),
  waiting: part(
    'person',
    { waitMonths: 'months' },
    {
      waitDays: 'days',
      toNextMonth: 'flag',
      unit: 'unit',
      unitMonths: 'months',
      unitsAfter: 'count',
      unitsMost: 'count',
      leastMonths: 'months',
      mostMonths: 'months',
      fromBirth: 'flag',
    },
  ),
  entitlement: part('place', {
    entitlement: ['entitled', 'disease-not-registered', 'not-entitled', 'approval-required'],
  }),
  settlement: part('place', { settlement: ['direct', 'manual'] }),
  areaCase: part('place', codes('areaCase')),
  derived: part('place', { value: 'any' }),
  penalty: part('case', {
    deductibleIncreasePermyriad: 'permyriad',
    rateDecreasePermyriad: 'permyriad',
  }),
  readings: part(
    'person',
    codes('reading'),
    { baseFen: 'fen' },
    { beside: ['reading'], only: ['scheme', 'parameter'] },
  ),
  transfer: part(
    'case',
    { deductible: ['full', 'difference', 'none'], ...flags('sameStay') },
    { withinDays: 'days' },
  ),
  lines: part(
    'case',
    {},
    {
      treatment: ['by-class', 'shared', 'own-pay'],
      firstSelfPayPermyriad: 'permyriad',
      firstSelfPayPlusPermyriad: 'permyriad',
      ceilingFen: 'fen',
      basket: 'code',
    },
    { beside: ['item', 'line'] },
  ),
  areaSelfPay: part('case', { firstSelfPayPermyriad: 'permyriad' }, {}, { beside: ['benefit'] }),
  sum: part('benefit', { amountFen: 'fen' }),
  applies: part('benefit', flags('applies')),
  deductible: part('benefit', { deductibleFen: 'fen' }, { ...AMOUNT, per: PER_TIMES }, OF_LAYER),
  yearlyLimit: part('benefit', { limitFen: 'fen' }, AMOUNT, OF_LAYER),
  standard: part('benefit', { standardFen: 'fen' }, AMOUNT, OF_LAYER),
  owed: part('benefit', { owedFen: 'fen' }, AMOUNT, OF_LAYER),
  rate: part('benefit', { ratePermyriad: 'permyriad' }, { ...SHARE, ...ROUNDING }, OF_RATE),
  ceiling: part('benefit', { ratePermyriad: 'permyriad' }, { ...SHARE, ...ROUNDING }, OF_LAYER),
  floor: part('benefit', { ratePermyriad: 'permyriad' }, SHARE, OF_LAYER),
  cap: part('benefit', { capFen: 'fen' }, { ...AMOUNT, limited: 'flag' }, UNLIMITED),
  visits: part('benefit', { visits: 'count' }, { limited: 'flag' }, UNLIMITED),
  band: part('benefit', { fromFen: 'fen', toFen: 'fen' }),
  factorStep: part('benefit', { factorPermyriad: 'factor' }, {}, OF_LAYER),
  amountStep: part('benefit', { amountFen: 'fen' }, AMOUNT, OF_LAYER),
  rateFactorStep: part('benefit', { factorPermyriad: 'factor' }, {}, OF_RATE),
  ratePointsStep: part('benefit', { pointsPermyriad: 'permyriad' }, {}, OF_RATE),
  account: part('case', flags('deductible', 'coPay', 'firstSelfPay', 'ownPay', 'overLimit')),
  accountCredit: part(
    'person',
    { creditFen: 'fen' },
    { ...AMOUNT, of: 'sums-without-care' },
    WITHOUT_CARE,
  ),
  /** A reference sum and a derived fact that a credit goes by. */
  creditSum: part('person', { amountFen: 'fen' }, {}, WITHOUT_CARE),
  creditFact: part('person', { value: 'any' }, {}, WITHOUT_CARE),
  creditFactByDisease: part('person', { value: 'any' }, {}, { except: ['careType', 'channel'] }),
  clearing: part('case', codes('bearer', 'payer', 'clearingType', 'way')),
} as const

export type PartName = keyof typeof PARTS

type ColumnsOf<P extends Part> = keyof P['required'] | keyof P['optional']
/** Every result column that a part of a plan reads. */
export type ColumnName = { [P in PartName]: ColumnsOf<(typeof PARTS)[P]> }[PartName]

/** Whether a fact of `stage` is known to a table that plays this part. */
export function knows(part: Part, fact: FactName, stage: Stage): boolean {
  if (part.only !== undefined && !part.only.includes(fact)) return false
  if (part.except?.includes(fact) === true) return false
  if (part.beside?.includes(stage) === true) return true
  const rank = (STAGES as readonly Stage[]).indexOf(stage)
  return rank >= 0 && rank <= STAGES.indexOf(part.stage)
}

/** The facts that the engine itself knows, with their stages. */
export function builtInStage(fact: FactName): Stage | undefined {
  return Object.hasOwn(FACTS, fact) ? FACTS[fact as keyof typeof FACTS].stage : undefined
}
