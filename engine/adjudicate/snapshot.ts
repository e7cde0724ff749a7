import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { ApprovalRecord, InstitutionRecord, PersonRecord } from '../registry/records.ts'

/** Everything about the world that one decision may read, frozen before it begins. */
export interface Snapshot {
  readonly person?: PersonRecord
  readonly institution?: InstitutionRecord
  /** The record that the claim points at. */
  readonly approval?: ApprovalRecord
  /** The person whose account is shared with the patient, where the claim names one. */
  readonly sharer?: PersonRecord
  /** States of `person/<id>` and, where the claim uses accounts, of `account/<id>`. */
  readonly states: ReadonlyMap<Subject, SubjectState>
}

export function personSubject(personId: string): Subject {
  return `person/${personId}`
}

export function accountSubject(personId: string): Subject {
  return `account/${personId}`
}

export function institutionSubject(institutionId: string): Subject {
  return `institution/${institutionId}`
}
