import type { CareType, CivilDate, InstitutionKind } from '../claim/claim.ts'

/**
 * The facts that other systems keep about persons, institutions and approvals, each with dated
 * histories. `version` grows with every change of the record. Dates are `[from, until)`; an absent
 * `until` is open.
 */
export interface Dated {
  readonly from: CivilDate
  readonly until?: CivilDate
}

/** One stretch of insurance in one scheme. */
export interface Insurance extends Dated {
  readonly scheme: string
  /** The contribution tier, in schemes that have tiers. */
  readonly grade?: number
  /** Employees' schemes only. */
  readonly employment?: 'active' | 'retired'
  /** The district of participation (参保地), six digits. */
  readonly homeDistrict: string
  readonly status: 'paid-up' | 'in-arrears' | 'suspended'
  /** Changes of the tier that were handled during this stretch; a pack says when each takes effect. */
  readonly gradeChanges?: readonly GradeChange[]
  /** How the stretch began; a pack makes waiting periods depend on it. `continued` when absent. */
  readonly entry?: 'continued' | 'first' | 'interrupted' | 'late' | 'newborn'
  /** The day on which the person registered and paid; `from` when absent. */
  readonly registeredOn?: CivilDate
  /** Of an interrupted insurance: the years without contributions, and those bought back since. */
  readonly brokenYears?: number
  readonly boughtBackYears?: number
  /** Full years of continuous insurance before `from`, where the record begins in mid-history. */
  readonly yearsBefore?: number
}

/** A change of the tier, as it was handled at the agency. */
export interface GradeChange {
  readonly handledOn: CivilDate
  readonly to: number
  /** The ground on which the change was allowed, as the pack names it (转档条件). */
  readonly condition?: string
}

/** A code or a number that a pack declares (`attributes`) and its tables may ask for. */
export interface Attribute extends Dated {
  readonly name: string
  readonly value: string | number
}

/** A disease that a person is registered with for a benefit (门诊慢特病备案). */
export interface DiseaseRegistration extends Dated {
  readonly kind: 'chronic' | 'special' | 'two-diseases'
  readonly diseaseCode: string
}

/** An institution that a person has chosen for all care, or for some kinds of it (定点, 签约). */
export interface ChosenInstitution extends Dated {
  readonly institutionId: string
  readonly careTypes?: readonly CareType[]
}

/** An assessment for long-term care; the grade is the pack's. */
export interface CareAssessment extends Dated {
  readonly careGrade: number
}

export interface PersonRecord {
  /** A scheme number, never an identity number. */
  readonly personId: string
  readonly version: number
  readonly sex: 'female' | 'male'
  readonly bornOn: CivilDate
  readonly insurances: readonly Insurance[]
  /** Categories such as `low-income` (低保), as the packs name them. */
  readonly categories: readonly (Dated & { readonly category: string })[]
  /** Persons who may draw on this one's account (家庭共济). */
  readonly accountSharedWith: readonly (Dated & { readonly personId: string })[]
  /** The household in which the person insures; its members should insure in one tier. */
  readonly householdId?: string
  readonly registrations?: readonly DiseaseRegistration[]
  readonly careAssessments?: readonly CareAssessment[]
  readonly chosenInstitutions?: readonly ChosenInstitution[]
  readonly attributes?: readonly Attribute[]
}

/** What an institution may settle, and when. */
export interface Agreement extends Dated {
  readonly careTypes: readonly CareType[]
  readonly status: 'in-force' | 'suspended'
}

export interface InstitutionRecord {
  readonly institutionId: string
  readonly version: number
  readonly name: string
  readonly kind: InstitutionKind
  /** The district of care (就医地), six digits. */
  readonly district: string
  /** Licence level 1-3 (1 includes "and below"); `deductibleLevel` where the two differ. */
  readonly levels: readonly (Dated & {
    readonly level: number
    readonly deductibleLevel?: number
  })[]
  readonly agreements: readonly Agreement[]
  readonly attributes?: readonly Attribute[]
}

/** A registered consent, referral, residence or emergency report. */
export interface ApprovalRecord {
  readonly approvalId: string
  readonly version: number
  readonly kind: 'agency-consent' | 'referral' | 'residence' | 'emergency-report'
  readonly personId: string
  /** The one institution it names, or else the district. */
  readonly institutionId?: string
  readonly district?: string
  readonly registeredOn: CivilDate
  /** Of an emergency report: critical rescue, for which the place need not be designated. */
  readonly rescue?: boolean
  /** Admissions from here on, and before `until`, are covered. */
  readonly from: CivilDate
  readonly until?: CivilDate
  /** Taken back: it covers nothing, and never did. */
  readonly withdrawn?: true
}

/** Whether `date` lies in `[from, until)`. */
export function inForce(span: Dated, date: CivilDate): boolean {
  return span.from <= date && (span.until === undefined || date < span.until)
}

/** The first of `spans` in force on `date`. */
export function inForceOn<T extends Dated>(spans: readonly T[], date: CivilDate): T | undefined {
  return spans.find((span) => inForce(span, date))
}
