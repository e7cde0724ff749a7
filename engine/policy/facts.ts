/**
 * The vocabulary of the tables: what a dimension can be about. Adjudication works each fact out
 * once, in the order of the steps; a table may only ask for facts that are known when it is read.
 */
export interface Facts {
  scheme: string
  careType: string
  /** Six digits: the person's district of participation. */
  homeDistrict: string
  /** The contribution tier; 0 in schemes without tiers. */
  grade: number
  /** `none` outside employees' schemes. */
  employment: 'active' | 'retired' | 'none'
  /** The highest-ranked of the person's categories that the pack knows; `none` otherwise. */
  category: string
  sex: 'female' | 'male'
  /** Full years on the day of admission. */
  age: number
  institutionKind: string
  /** The level on the licence (hosp_lv), 1-3; 0 for a pharmacy. */
  level: number
  /** The level that sets the deductible (dedc_hosp_lv), where the two differ. */
  deductibleLevel: number
  /** Care in a district of the pack. */
  inCity: boolean
  sameDistrict: boolean
  /** Home and care district are the same or lie in one zone of the scheme. */
  sameZone: boolean
  /** The kind of the approval that the claim points at, checked against its record; or `none`. */
  approval: string
  areaCase: string
  /** Number of this stay among the year's unreversed stays, in booking order, from 1. */
  admissionNumber: number
  /** Which figure a reading is about: `deductible` or `rate`. */
  parameter: string
  diseaseCode: string
}

export type FactName = keyof Facts

export const FACT_NAMES = {
  scheme: true,
  careType: true,
  homeDistrict: true,
  grade: true,
  employment: true,
  category: true,
  sex: true,
  age: true,
  institutionKind: true,
  level: true,
  deductibleLevel: true,
  inCity: true,
  sameDistrict: true,
  sameZone: true,
  approval: true,
  areaCase: true,
  admissionNumber: true,
  parameter: true,
  diseaseCode: true,
} as const satisfies Record<FactName, true>
