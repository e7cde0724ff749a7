import type { CareType, CivilDate, ManualPlace } from '../claim/claim.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { Fen } from '../money/fen.ts'
import type { ApprovalRecord, InstitutionRecord, PersonRecord } from '../registry/records.ts'

/** Everything about the world that one decision may read, frozen before it begins. */
export interface Snapshot {
  readonly person?: PersonRecord
  readonly institution?: InstitutionRecord
  /** The record that the claim points at. */
  readonly approval?: ApprovalRecord
  /** The settled stay from which the patient was transferred, where the claim names one. */
  readonly previousStay?: PreviousStay
  /** Where the patient paid in full elsewhere and claims by hand: what is known of the place. */
  readonly manual?: { readonly designated: boolean; readonly invoice: Subject }
  /** The person whose account is shared with the patient, where the claim names one. */
  readonly sharer?: PersonRecord
  /** States of `person/<id>` and, where the claim uses accounts, of `account/<id>`. */
  readonly states: ReadonlyMap<Subject, SubjectState>
}

/** What a transfer needs to know of the stay before it. */
export interface PreviousStay {
  readonly settlementId: string
  readonly personId: string
  readonly reversed: boolean
  readonly admission: CivilDate
  readonly discharge: CivilDate
  readonly deductibleLevel: number
  /** By which plan it was decided, which says whether it counts as a stay. */
  readonly scheme: string
  readonly careType: CareType
  /** The city among whose stays of the year it was; empty where these are the person's. */
  readonly city: string
  readonly institutionId: string
  /** The first of its diagnoses, where it has any. */
  readonly diagnosis?: string
  /** Borne of the deductible by it and by the stays it was transferred from. */
  readonly deductibleFen: Fen
  readonly admissionNumber: number
}

export function personSubject(personId: string): Subject {
  return `person/${personId}`
}

export function accountSubject(personId: string): Subject {
  return `account/${personId}`
}

/** An invoice, which can be claimed once; its number is one of the place that wrote it. */
export function invoiceSubject({ district, invoiceNumber }: ManualPlace): Subject {
  return `invoice/${district}/${invoiceNumber}`
}

export function institutionSubject(institutionId: string): Subject {
  return `institution/${institutionId}`
}
