import type { Fen } from '../money/fen.ts'

/** The kinds of care a claim can be for. */
export const CARE_TYPES = [
  'inpatient',
  'outpatient',
  'outpatient-chronic',
  'outpatient-special',
  'pharmacy',
  'emergency',
  'maternity',
  'long-term-care',
  'by-case',
] as const
export type CareType = (typeof CARE_TYPES)[number]

/** A civil date in China, `YYYY-MM-DD`; such strings compare in the order of the calendar. */
export type CivilDate = string

/** One line of the bill, as it was sent. */
export interface ClaimLine {
  readonly lineId: string
  /** The catalogue code of the drug, service item or consumable. */
  readonly code: string
  /** The day of the service; the day of care (or of discharge) when absent. */
  readonly servedOn?: CivilDate
  /** Exact decimal, up to 4 places. */
  readonly quantity: string
  /** Exact decimal of fen, up to 6 places. */
  readonly unitPriceFen: string
  /** Quantity × unit price, rounded half-up to the fen. */
  readonly amountFen: Fen
  /** The days a drug was supplied for, where the catalogue limits them. */
  readonly supplyDays?: number
  /**
   * 医院审批标志: the hospital approved a use that needs approval; `false`: it withheld approval, and
   * the line is the patient's own pay, whatever the item.
   */
  readonly hospitalApproved?: boolean
}

/**
 * Something that the institution states of the bill: the babies of a birth, the kind of visit. A pack
 * declares the names and what each may be.
 */
export interface ClaimAttribute {
  readonly name: string
  /** A code, or a whole number from 0. */
  readonly value: string | number
}

/** The bill of one visit or stay: what a billing system asks to be quoted or settled. */
export interface Claim {
  readonly personId: string
  readonly institutionId: string
  readonly careType: CareType
  /** A stay has both dates of admission and discharge; care of one day has `servedOn`. */
  readonly admittedOn?: CivilDate
  readonly dischargedOn?: CivilDate
  readonly servedOn?: CivilDate
  readonly diagnoses?: readonly string[]
  readonly diseaseCode?: string
  /** A registered consent, referral, residence or emergency record; never just asserted. */
  readonly approvalId?: string
  /** The settlement of the stay from which the patient was transferred. */
  readonly transferFrom?: string
  /** Absent: no account is used. */
  readonly account?: { readonly maxFen: Fen; readonly sharedFrom?: string }
  /** At most one of a name. */
  readonly attributes?: readonly ClaimAttribute[]
  readonly lines: readonly ClaimLine[]
  /** 手工报销: the bill was paid in full elsewhere, and `institutionId` is the home agency. */
  readonly manual?: ManualPlace
}

/** What a manual claim says of the place where the bill was paid, as its papers certify. */
export interface ManualPlace {
  readonly hospitalName: string
  /** Six digits. */
  readonly district: string
  readonly kind: InstitutionKind
  /** The certified level, 0-3. */
  readonly level: number
  /** Whether it is a designated institution where it stands. */
  readonly designated: boolean
  /** Claimed once only. */
  readonly invoiceNumber: string
}

export type InstitutionKind = 'hospital' | 'community-centre' | 'tcm-hospital' | 'pharmacy'

/** The claim's own dates: admission and discharge are the same day for care of one day. */
export interface CareDates {
  readonly admission: CivilDate
  readonly discharge: CivilDate
}

/** The dates of care, or nothing when they are missing, doubled or in the wrong order. */
export function careDates(claim: Claim): CareDates | undefined {
  const { admittedOn, dischargedOn, servedOn } = claim
  if (servedOn !== undefined) {
    if (admittedOn !== undefined || dischargedOn !== undefined) return undefined
    return { admission: servedOn, discharge: servedOn }
  }
  if (admittedOn === undefined || dischargedOn === undefined) return undefined
  return dischargedOn < admittedOn ? undefined : { admission: admittedOn, discharge: dischargedOn }
}
