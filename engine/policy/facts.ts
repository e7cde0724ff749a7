import type { InstitutionKind } from '../claim/claim.ts'

/**
 * The vocabulary of the tables: what a dimension can be about. Adjudication works each fact out
 * once, in the order of the stages; a table may only ask for facts that are known when it is read.
 * A pack adds facts of its own: attributes of persons, institutions and claims, and derived facts.
 */
export interface Facts {
  scheme: string
  careType: string
  /** `counter`: the institution settles; `agency`: a manual claim at the home agency. */
  channel: 'counter' | 'agency'
  /** Six digits: the person's district of participation. */
  homeDistrict: string
  /** The contribution tier in force (grade changes and their waits applied); 0 without tiers. */
  grade: number
  /** `none` outside employees' schemes. */
  employment: 'active' | 'retired' | 'none'
  /** The highest-ranked of the person's categories that the pack knows; `none` otherwise. */
  category: string
  /** The same two on the day of discharge. */
  categoryAtDischarge: string
  employmentAtDischarge: string
  sex: 'female' | 'male'
  /** Full years on the day of admission. */
  age: number
  /** How the insurance in force began. */
  entry: string
  /** Days from birth to the registration of the insurance. */
  daysToRegister: number
  /** Full years, and full months, of continuous insurance in the scheme on the day of admission. */
  yearsInsured: number
  monthsInsured: number
  /** Years without contributions; and those of them that were not bought back. */
  yearsBroken: number
  brokenYears: number
  diseaseCode: string
  /** As what the claim's disease is registered: `chronic`, `special`, `two-diseases` or `none`. */
  registeredAs: string
  /** Diseases registered as chronic, as special, as one of the two. */
  chronicDiseases: number
  specialDiseases: number
  twoDiseases: number
  /** The assessed grade of long-term care; 0 without an assessment. */
  careGrade: number
  institutionKind: string
  /** The level on the licence (hosp_lv), 1-3; 0 for a pharmacy. */
  level: number
  /** The level that sets the deductible (dedc_hosp_lv), where the two differ. */
  deductibleLevel: number
  /** Whether the place is a designated one where it stands; always at the counter. */
  designated: boolean
  /** Care in a district of the pack. */
  inCity: boolean
  sameProvince: boolean
  sameDistrict: boolean
  /** Home and care district are the same or lie in one zone of the scheme. */
  sameZone: boolean
  /** The kind of the approval that the claim points at, checked against its record; or `none`. */
  approval: string
  /** The approval is an emergency report of a critical rescue. */
  rescue: boolean
  /** The working day after admission on which the approval was registered; 0: on or before it. */
  reportDays: number
  /** Nights from admission to discharge, 1 at least; and days of care, both ends counted. */
  days: number
  careDays: number
  /** Against the stay that the patient was transferred from: `upward`, `same`, `downward`, `none`. */
  transfer: string
  /** Of that stay before: days from its discharge to this admission, its place, its diagnosis. */
  daysSinceDischarge: number
  sameInstitution: boolean
  sameDiagnosis: boolean
  /** The person has chosen this institution for this kind of care. */
  chosenInstitution: boolean
  areaCase: string
  /** The whole bill and its in-scope part, in fen. */
  totalFen: number
  inScopeFen: number
  /** The month of the benefit year in which the discharge lies, from 1. */
  monthOfYear: number
  /** Number of this stay among the year's unreversed stays, in booking order, from 1. */
  admissionNumber: number
  /** The same among the stays of this area case. */
  areaCaseNumber: number
  /** The same among the stays at this licence level, and at this institution. */
  levelNumber: number
  institutionNumber: number
  /** Of a line of the bill: its catalogue class, kind and group. */
  itemClass: string
  itemKind: string
  itemGroup: string
  /** Of a line of the bill: the price of one unit, rounded half-up to the fen. */
  unitPriceFen: number
  /** What the parts of a layer's base, or its measure, come to before a band, in fen. */
  layerBaseFen: number
  /** A position on the base of a layer, in fen: what a segmented rate depends on. */
  amountFen: number
  /** Which figure a reading is about: `deductible` or `rate`. */
  parameter: string
  /** Of a change of grade: from, to, `up` or `down`, and its ground. */
  fromGrade: number
  toGrade: number
  direction: string
  condition: string
  /** Attributes and derived facts of the pack. */
  [own: string]: string | number | boolean
}

export type FactName = string

/** What the values of a fact are. `text`: codes that only the tables list. */
export type Domain = 'integer' | 'flag' | 'text' | readonly string[]

/**
 * When a fact is known. Each step of adjudication may ask for its own stage and the ones before it;
 * `item`, `line`, `layer`, `amount`, `reading` and `change` belong to single kinds of tables.
 */
export const STAGES = ['person', 'place', 'case', 'bill', 'benefit'] as const
export type Stage =
  | (typeof STAGES)[number]
  | 'item'
  | 'line'
  | 'layer'
  | 'amount'
  | 'reading'
  | 'change'

interface FactSpec {
  readonly stage: Stage
  /** `pack`: the pack lists the values. */
  readonly domain: Domain | 'pack'
}

export const INSTITUTION_KINDS = [
  'hospital',
  'community-centre',
  'tcm-hospital',
  'pharmacy',
] as const satisfies readonly InstitutionKind[]
const APPROVAL_KINDS = ['agency-consent', 'referral', 'residence', 'emergency-report'] as const

export const FACTS = {
  scheme: { stage: 'person', domain: 'pack' },
  careType: { stage: 'person', domain: 'pack' },
  channel: { stage: 'person', domain: ['counter', 'agency'] },
  homeDistrict: { stage: 'person', domain: 'pack' },
  grade: { stage: 'person', domain: 'integer' },
  employment: { stage: 'person', domain: ['active', 'retired', 'none'] },
  category: { stage: 'person', domain: 'pack' },
  categoryAtDischarge: { stage: 'person', domain: 'pack' },
  employmentAtDischarge: { stage: 'person', domain: ['active', 'retired', 'none'] },
  sex: { stage: 'person', domain: ['female', 'male'] },
  age: { stage: 'person', domain: 'integer' },
  entry: { stage: 'person', domain: ['continued', 'first', 'interrupted', 'late', 'newborn'] },
  daysToRegister: { stage: 'person', domain: 'integer' },
  yearsInsured: { stage: 'person', domain: 'integer' },
  monthsInsured: { stage: 'person', domain: 'integer' },
  yearsBroken: { stage: 'person', domain: 'integer' },
  brokenYears: { stage: 'person', domain: 'integer' },
  diseaseCode: { stage: 'person', domain: 'text' },
  registeredAs: { stage: 'person', domain: ['none', 'chronic', 'special', 'two-diseases'] },
  chronicDiseases: { stage: 'person', domain: 'integer' },
  specialDiseases: { stage: 'person', domain: 'integer' },
  twoDiseases: { stage: 'person', domain: 'integer' },
  careGrade: { stage: 'person', domain: 'integer' },
  institutionKind: { stage: 'place', domain: INSTITUTION_KINDS },
  level: { stage: 'place', domain: 'integer' },
  deductibleLevel: { stage: 'place', domain: 'integer' },
  designated: { stage: 'place', domain: 'flag' },
  inCity: { stage: 'place', domain: 'flag' },
  sameProvince: { stage: 'place', domain: 'flag' },
  sameDistrict: { stage: 'place', domain: 'flag' },
  sameZone: { stage: 'place', domain: 'flag' },
  approval: { stage: 'place', domain: ['none', ...APPROVAL_KINDS] },
  rescue: { stage: 'place', domain: 'flag' },
  reportDays: { stage: 'place', domain: 'integer' },
  days: { stage: 'place', domain: 'integer' },
  careDays: { stage: 'place', domain: 'integer' },
  transfer: { stage: 'place', domain: ['none', 'upward', 'same', 'downward'] },
  daysSinceDischarge: { stage: 'place', domain: 'integer' },
  sameInstitution: { stage: 'place', domain: 'flag' },
  sameDiagnosis: { stage: 'place', domain: 'flag' },
  chosenInstitution: { stage: 'place', domain: 'flag' },
  areaCase: { stage: 'case', domain: 'text' },
  totalFen: { stage: 'bill', domain: 'integer' },
  inScopeFen: { stage: 'bill', domain: 'integer' },
  monthOfYear: { stage: 'benefit', domain: 'integer' },
  admissionNumber: { stage: 'benefit', domain: 'integer' },
  areaCaseNumber: { stage: 'benefit', domain: 'integer' },
  levelNumber: { stage: 'benefit', domain: 'integer' },
  institutionNumber: { stage: 'benefit', domain: 'integer' },
  itemClass: { stage: 'item', domain: ['A', 'B', 'C'] },
  itemKind: { stage: 'item', domain: ['drug', 'service', 'consumable'] },
  itemGroup: { stage: 'item', domain: 'text' },
  unitPriceFen: { stage: 'line', domain: 'integer' },
  layerBaseFen: { stage: 'layer', domain: 'integer' },
  amountFen: { stage: 'amount', domain: 'integer' },
  parameter: { stage: 'reading', domain: ['deductible', 'rate'] },
  fromGrade: { stage: 'change', domain: 'integer' },
  toGrade: { stage: 'change', domain: 'integer' },
  direction: { stage: 'change', domain: ['up', 'down'] },
  condition: { stage: 'change', domain: 'text' },
} as const satisfies Readonly<Record<string, FactSpec>>

/**
 * Every fact at its "none", the starting point of a decision; a pack's own are added to it. Written
 * out and not copied, because an object of so many members that is made by copying is a slow one.
 */
export function noFacts(): Facts {
  return {
    scheme: 'none',
    careType: 'none',
    channel: 'counter',
    homeDistrict: 'none',
    grade: 0,
    employment: 'none',
    category: 'none',
    categoryAtDischarge: 'none',
    employmentAtDischarge: 'none',
    sex: 'female',
    age: 0,
    entry: 'continued',
    daysToRegister: 0,
    yearsInsured: 0,
    monthsInsured: 0,
    yearsBroken: 0,
    brokenYears: 0,
    diseaseCode: 'none',
    registeredAs: 'none',
    chronicDiseases: 0,
    specialDiseases: 0,
    twoDiseases: 0,
    careGrade: 0,
    institutionKind: 'none',
    level: 0,
    deductibleLevel: 0,
    designated: true,
    inCity: true,
    sameProvince: true,
    sameDistrict: true,
    sameZone: true,
    approval: 'none',
    rescue: false,
    reportDays: 0,
    days: 1,
    careDays: 1,
    transfer: 'none',
    daysSinceDischarge: 0,
    sameInstitution: false,
    sameDiagnosis: false,
    chosenInstitution: false,
    areaCase: 'none',
    totalFen: 0,
    inScopeFen: 0,
    monthOfYear: 1,
    admissionNumber: 0,
    areaCaseNumber: 0,
    levelNumber: 0,
    institutionNumber: 0,
    itemClass: 'none',
    itemKind: 'none',
    itemGroup: 'none',
    unitPriceFen: 0,
    layerBaseFen: 0,
    amountFen: 0,
    parameter: 'none',
    fromGrade: 0,
    toGrade: 0,
    direction: 'none',
    condition: 'none',
  }
}

export const NO_FACTS: Readonly<Facts> = noFacts()
