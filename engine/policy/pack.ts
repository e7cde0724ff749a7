import type { CareType, CivilDate } from '../claim/claim.ts'
import type { NhsaSource } from './pack-nhsa.ts'
import type { MarkSource, TableSource } from './pack-table.ts'

export * from './pack-nhsa.ts'
export * from './pack-table.ts'

/**
 * A policy pack is a city written down as data: dated tables, each value with the clause it comes
 * from and its standing, and plans that say which tables make up a benefit. This is the shape of a
 * pack as plain JSON; rules/README.md explains how to write one. Nothing in the engine knows a city.
 */
export interface PackSource {
  readonly id: string
  /** The city's name as people read it. */
  readonly title: string
  /** The dates of care that the pack covers, `[from, until)`. */
  readonly covers: { readonly from: CivilDate; readonly until: CivilDate }
  /** What `rules coverage` says beside what it counts. */
  readonly coverage?: CoverageSource
  /** The documents that references name, by key. */
  readonly documents: Readonly<Record<string, DocumentSource>>
  /** The districts pooled by this pack: code → name. */
  readonly districts: Readonly<Record<string, string>>
  /** Earlier or other codes of districts: code → the code it counts as. */
  readonly districtAliases?: Readonly<Record<string, string>>
  /** Districts that count as one for the named schemes. */
  readonly zones: readonly ZoneSource[]
  /** Ranked: where a person has several categories, the first in this list decides. */
  readonly categories: readonly string[]
  /**
   * Facts that the registers keep for this pack, and those that the institution states on the claim:
   * name → what it may be. No two have the same name.
   */
  readonly attributes?: {
    readonly person?: Readonly<Record<string, AttributeSource>>
    readonly institution?: Readonly<Record<string, AttributeSource>>
    readonly claim?: Readonly<Record<string, AttributeSource>>
  }
  /** Facts that tables of the pack work out, in this order. */
  readonly derived?: readonly DerivedSource[]
  /** Reference sums (社平工资, 缴费基数, 可支配收入): name → table of `amountFen`. */
  readonly sums?: Readonly<Record<string, string>>
  /** What the personal accounts of a scheme are credited with every month. */
  readonly accountCredits?: readonly AccountCreditSource[]
  /**
   * Whose the sums of a year are by which deductibles and caps are measured. Absent: the person's, so
   * that what was used in another city counts, where it is called the same.
   */
  readonly yearSums?: YearSumsSource
  /** The contribution tiers from the best one down; the lowest number first when absent. */
  readonly gradeRanking?: readonly number[]
  /** The catalogue of drugs, service items and consumables by its id. */
  readonly catalogue: string
  readonly tables: readonly TableSource[]
  readonly plans: readonly PlanSource[]
  /** How answers are written in the national interface. Absent: it is not spoken for this city. */
  readonly nhsa?: NhsaSource
}

export interface YearSumsSource extends MarkSource {
  readonly of: 'city' | 'person'
}

export interface DocumentSource {
  /** The document's number or, for a page, its address: what a trace prints. */
  readonly cite: string
  readonly title: string
  readonly note?: string
  /** The clauses that references cite, in the document's very words. */
  readonly clauses?: Readonly<Record<string, string>>
}

/** What no count can say of a pack: a policy officer's words. */
export interface CoverageSource {
  /** Against what the values were verified. */
  readonly verified?: WordsSource
  /** What is left out of the pack or assumed in it, and why. */
  readonly leftOut?: WordsSource
}

/** A text in English, in Chinese or in both. */
export interface WordsSource {
  readonly en?: string
  readonly zh?: string
}

/** Districts that count as one; it should say, like every value, what it rests on. */
export interface ZoneSource extends Partial<MarkSource> {
  readonly id: string
  readonly schemes: readonly string[]
  readonly districts: readonly string[]
}

/** Codes (whoever is without the attribute has `none`) or whole numbers (without it: 0). */
export type AttributeSource = readonly string[] | 'integer'

/** A fact that a table works out from facts of `stage`; its values are those of the column `value`. */
export interface DerivedSource {
  readonly fact: string
  readonly table: string
  /** Reads the table once for each disease that is registered so, and combines the numbers. */
  readonly over?: 'chronic' | 'special' | 'two-diseases'
  readonly combine?: 'sum' | 'most'
}

/** The monthly credit of the personal accounts of a scheme: a table of `creditFen`. */
export interface AccountCreditSource {
  readonly scheme: string
  readonly table: string
}

/**
 * What a benefit's care costs whom: the tables that adjudication reads, in its order. A part that is
 * left out has the neutral meaning that its comment states; rules/REFERENCE.md has the columns.
 */
export interface PlanSource {
  readonly scheme: string
  readonly careTypes: readonly CareType[]
  /** district × scheme → `joined`. Absent: every district of the pack, throughout. */
  readonly participation?: string
  /** → benefit year and what a stay across its end does. Absent: calendar year, by discharge. */
  readonly year?: string
  /** A change of the tier → when it takes effect. Absent: changes are refused. */
  readonly gradeChange?: GradeChangeSource
  /** → how long after registering benefits begin. Absent: at once. */
  readonly waiting?: string
  /** → `entitled`, or with which code the claim is refused. Absent: all are entitled. */
  readonly entitlement?: string
  /** → `settlement`: `direct` or `manual`, whether the counter may settle this. Absent: direct. */
  readonly settlement?: string
  /** → `areaCase`. Absent: `none`. */
  readonly areaCase?: string
  /** areaCase → how deductible and rate change; absent where no penalty exists for this care. */
  readonly penalty?: { readonly table: string; readonly readings: string }
  /** → what a stay after a transfer pays of the deductible. Absent: `transferFrom` is refused. */
  readonly transfer?: string
  /** Line by line → treatment, first self-pay, ceiling, basket. Absent: as the catalogue says. */
  readonly lines?: string
  /** → a first self-pay of the in-scope amount for the place of care. Absent: none. */
  readonly areaSelfPay?: string
  /** Whether the care counts as an admission. Absent: inpatient care alone does. */
  readonly countsAsStay?: boolean
  readonly layers: readonly LayerSource[]
  /** → which parts of the patient's share the account may pay. Absent: none. */
  readonly account?: string
  /** → who bears and who pays, for the monthly clearing. Absent: the home district's agency. */
  readonly clearing?: string
}

export interface GradeChangeSource {
  readonly table: string
  /** What a second change does while the first is still waiting. */
  readonly second: 'refused' | 'restarts'
}

/** The basket of every line that no table puts into another one. */
export const BASE_BASKET = 'base'

/**
 * The disjoint parts of what the patient bears. A layer is paid out of the parts of its base, and
 * the first layer on the in-scope amount sorts what it leaves into the others.
 */
export const PARTS_OF_SHARE = [
  'in-scope',
  'deductible',
  'co-pay',
  'above-cap',
  'above-cap-co-pay',
  'above-benefit-limit',
  'penalty',
  'area-first-self-pay',
  'first-self-pay',
  'over-price-ceiling',
  'own-pay',
] as const
export type SharePart = (typeof PARTS_OF_SHARE)[number]

/** `self-pay`: every part of the in-scope amount that is not paid yet. */
export const SELF_PAY: readonly SharePart[] = [
  'in-scope',
  'co-pay',
  'above-cap',
  'above-cap-co-pay',
  'above-benefit-limit',
  'penalty',
  'deductible',
]

/** What a layer is about; what it pays comes out of the parts in the order in which they stand. */
export type BaseSource = 'in-scope' | 'self-pay' | readonly SharePart[]

/** The names of funds in answers, so that integrators can code against them. */
export const FUNDS: readonly string[] = [
  'employee-pool',
  'employee-large-sum',
  'resident-pool',
  'resident-large-sum',
  'serious-illness',
  'civil-servant',
  'enterprise',
  'medical-aid',
  'tilt-aid',
  'long-term-care',
  'other',
  // Where one fund serves residents and employees alike.
  'basic-pool',
  'supplementary',
]

export const LAYER_KINDS = ['share', 'fixed', 'by-case', 'ceiling'] as const

/**
 * One layer of payment. Layers run in the pack's order; each takes its base from what the layers
 * before it left, so that large-sum aid, serious illness, top-ups and medical aid are further layers
 * of data.
 *
 * - `share` (the default): a share of the base above a deductible: pools, top-ups, serious illness, aid.
 * - `fixed`: a standard sum, at most the base: childbirth, long-term care.
 * - `by-case`: a share of a standard; the institution is paid the standard, whatever the cost.
 * - `ceiling`: what the patient bears above a share of the bill (兜底).
 */
export interface LayerSource {
  readonly id: string
  readonly title: string
  readonly kind?: (typeof LAYER_KINDS)[number]
  /** The fund that pays, as the answer names it: one of `FUNDS`, which integrators know. */
  readonly fund: string
  readonly base: BaseSource
  /** The baskets of lines that the layer is about. Absent: all, and none may exist. */
  readonly baskets?: readonly string[]
  /** What the base is measured by; payment still comes out of its parts. Absent: the parts. */
  readonly measure?: 'parts' | 'in-scope' | 'total' | 'paid'
  /** With `measure: paid`: the layers before whose payments count. Absent: all of them. */
  readonly paidBy?: readonly string[]
  /** Who bears what the layer comes to. Absent: the fund; the institution's is no fund's part. */
  readonly bearer?: 'fund' | 'institution'
  /** Only what lies inside a band of the base counts. */
  readonly band?: BandSource
  /** The accumulators' dimension: usage of different benefits of one fund is kept apart. */
  readonly benefit: string
  /** → `applies`. Absent: always. A layer that does not apply pays 0 and says so. */
  readonly applies?: string
  readonly deductible?: DeductibleSource
  /** Of a `fixed` and a `by-case` layer: → `standardFen`. */
  readonly standard?: AmountSource
  /** Absent in a `fixed` layer: 100 %. In a `ceiling` layer: the share the patient may bear. */
  readonly rate?: RateSource
  /** Of a `by-case` layer: parts that the patient owes beside the case; else none. */
  readonly beside?: readonly SharePart[]
  /** Of a `by-case` layer: a share of the standard (the default), as a share layer, or a sum. */
  readonly patientOwes?: 'standard' | 'cost' | 'sum'
  /** Of a `by-case` layer whose patient owes a sum: → `owedFen`. */
  readonly owed?: AmountSource
  /** Of a `ceiling` layer: what the share is of. */
  readonly of?: 'total' | 'in-scope' | 'above-deductible'
  /** Of a `ceiling` layer: whether it is about the bill (the default) or the whole year. */
  readonly per?: 'bill' | 'year'
  /** 保底: at least this share; it has a base and a penalty of its own. */
  readonly floor?: FloorSource
  readonly caps: readonly CapSource[]
  /** What the choices made here (base, time, bounds) rest on, where a document decides them. */
  readonly mark?: MarkSource
}

/** An amount that a table says, and steps change. */
export interface AmountSource {
  readonly table: string
  readonly steps?: readonly StepSource[]
}

export interface BandSource {
  /** → `fromFen`, `toFen`. */
  readonly table: string
  /** Of one bill, or of the year's bills together. */
  readonly per: 'stay' | 'year'
  /** `base`: the base itself; `cost`: what is borne of the in-scope cost inside the band. */
  readonly of?: 'base' | 'cost'
}

/**
 * Stretches of time in which a deductible is borne once or a limit holds. `year` is the benefit year,
 * the others are of the calendar, by the day of discharge; those of a disease count it alone, and
 * `disease` by itself is the benefit year of each disease.
 */
export const USAGE_TIMES = [
  'day',
  'month',
  'quarter',
  'half-year',
  'year',
  'lifetime',
  'disease',
  'disease-month',
  'disease-quarter',
  'disease-half-year',
  'disease-lifetime',
] as const
export type UsageTimeName = (typeof USAGE_TIMES)[number]

export interface DeductibleSource {
  readonly table: string
  /** `stay`: borne at every claim. Otherwise once in that time, and what was paid counts. */
  readonly per: 'stay' | UsageTimeName
  /**
   * Benefits of the fund whose deductibles count as this one. Absent: the layer's own; `per: stay`
   * looks at layers before on this bill, and only where benefits are named.
   */
  readonly benefits?: readonly string[]
  readonly steps?: readonly StepSource[]
  readonly penalised?: boolean
  /** → the most that the benefits' deductibles may come to in a year. */
  readonly yearlyLimit?: { readonly table: string; readonly benefits: readonly string[] }
  /** From the base, or from what the rate gives. Absent: from the base. */
  readonly taken?: 'from-base' | 'from-payment'
  /** Which lines bear it first, where the rate depends on the line. */
  readonly bearing?: (typeof BEARINGS)[number]
}

export const BEARINGS = [
  'class-a-first',
  'proportional',
  'highest-rate-first',
  'lowest-rate-first',
] as const

export interface RateSource {
  readonly table: string
  readonly steps?: readonly StepSource[]
  readonly penalised?: boolean
  /** How the bounds of a table by `amountFen` are meant; needed where it has that dimension. */
  readonly segments?: {
    /** Positions begin anew with every claim, or run through the year. */
    readonly per: 'stay' | 'year'
    /** Position 0 is the first fen of the base, or the first above the deductible. */
    readonly bounds: 'with-deductible' | 'above-deductible'
    /** Benefits of the fund after whose positions these continue. Absent: the layer's own. */
    readonly benefits?: readonly string[]
  }
}

/** One adjustment of a figure, in order; each rounds half-up. */
export interface StepSource {
  readonly step: (typeof STEPS)[number]
  readonly table: string
}

/** `patient-share-times` is for rates: 1 − (1 − rate) × factor. */
export const STEPS = [
  'times',
  'plus',
  'minus',
  'at-least',
  'at-most',
  'patient-share-times',
] as const

export interface FloorSource {
  /** → `ratePermyriad`. */
  readonly table: string
  readonly of: 'total' | 'in-scope'
  readonly deductible: 'included' | 'subtracted'
  /** Whether the caps bound what the floor adds. */
  readonly capped: boolean
}

/** A limit of a benefit. */
export interface CapSource {
  readonly id: string
  readonly title: string
  readonly table: string
  /**
   * What is limited: payments, the base above the deductible, the whole base, visits, or what all
   * layers so far pay on this bill together.
   */
  readonly measure?: 'payment' | 'eligible' | 'base' | 'visits' | 'all-funds'
  /** Absent: the benefit year. */
  readonly per?: 'visit' | UsageTimeName
  /** The fund's benefits that count against it, this layer's included. */
  readonly benefits: readonly string[]
  /** The part to which belongs what is cut off. Absent: `above-cap`. */
  readonly excess?: 'above-cap' | 'above-benefit-limit'
}
