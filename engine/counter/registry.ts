import type { ApprovalRecord, InstitutionRecord, PersonRecord } from '../registry/records.ts'

/** How a person shows who they are at the counter. */
export const CREDENTIAL_KINDS = ['id-card', 'social-security-card', 'e-voucher'] as const
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number]

/** What a person shows at the counter, and whose it is. */
export interface Credential {
  readonly kind: CredentialKind
  /** The number or token exactly as it is read; an identity number ends in `X`, not `x`. */
  readonly value: string
  readonly personId: string
}

/** Whose a credential is. */
export interface CredentialHolder {
  readonly personId: string
  /** False when it was withdrawn, or others came in its place: a card that was lost, say. */
  readonly isCurrent: boolean
}

/**
 * The imports that are live, as the journal says. They are numbered in the order of their
 * activations; number 0 is what the data folder began with.
 */
export interface LiveImports {
  readonly last: number
  /** The journal position that made an import live; 0 for number 0. */
  activatedAt(importNumber: number): number
}

/** A record and the journal position from which it counts. */
export interface Registered<T> {
  readonly record: T
  readonly since: number
}

/**
 * What imports brought, synchronous, one record by its id: of several imports the last live one
 * counts. Changes of single records are in the journal and not here; `RecordBook` puts both
 * together.
 */
export interface Registry {
  person(personId: string, live: LiveImports): Registered<PersonRecord> | undefined
  institution(institutionId: string, live: LiveImports): Registered<InstitutionRecord> | undefined
  approval(approvalId: string, live: LiveImports): Registered<ApprovalRecord> | undefined
  /** Up to `limit` persons that live imports brought, by id and in its order, after `after`. */
  persons(after: string, limit: number, live: LiveImports): readonly string[]
  /** Persons whose record named the household in some live import, perhaps not the last. */
  household(householdId: string, live: LiveImports): readonly string[]
  /** Persons whose record shared an account with this one in some live import, perhaps not the last. */
  sharersOf(personId: string, live: LiveImports): readonly string[]
  /** Approvals that some live import brought for the person. */
  approvalsOf(personId: string, live: LiveImports): readonly string[]
  /**
   * Who shows this credential, or showed it last. Of a person's credentials those count that the last
   * live import of any brought.
   */
  holderOf(kind: CredentialKind, value: string, live: LiveImports): CredentialHolder | undefined
}
