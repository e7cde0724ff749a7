import type { ApprovalRecord, InstitutionRecord, PersonRecord } from '../registry/records.ts'

/** How a person shows who they are at the counter. */
export type CredentialKind = 'id-card' | 'social-security-card' | 'e-voucher'

/** The registries as the counter reads them: synchronous, current, one record by its id. */
export interface Registry {
  person(personId: string): PersonRecord | undefined
  institution(institutionId: string): InstitutionRecord | undefined
  approval(approvalId: string): ApprovalRecord | undefined
  /** The person that shows this credential; only a keyed hash of the value is kept. */
  personByCredential(kind: CredentialKind, value: string): string | undefined
}
