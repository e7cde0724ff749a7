import type { Role } from '../access/roles.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { Pack } from '../policy/compile.ts'
import type { Policy } from '../policy/policy.ts'
import type { InWork } from './in-work.ts'
import type { QuoteTerms } from './quote-terms.ts'
import type { RecordBook } from './record-book.ts'
import type { Registry } from './registry.ts'

/** What the use cases of the counter need from the world. */
export interface CounterPorts {
  readonly ledger: Ledger
  readonly registry: Pick<Registry, 'persons'>
  readonly records: RecordBook
  /** The policy in force now; one whole version, to be read once per decision. */
  policy(): Policy
  /** Any version that a settlement names, from the data folder. */
  packByHash(hash: string): Pack | undefined
  /** Milliseconds since 1970. */
  now(): number
  readonly quotes: QuoteSeal
  readonly inWork: InWork
}

/** Makes quote ids that any thread and any later start of the engine can check. */
export interface QuoteSeal {
  seal(terms: QuoteTerms): string
  /** The terms, or nothing when the token was not made here. */
  open(quoteId: string): QuoteTerms | undefined
}

/** Who asks: worked out from the credential, never from the message. */
export interface Requester {
  readonly role: Role
  /** The institution, or the name of the member of staff or of the system. */
  readonly id: string
}

/** A request that books something, with the hash of its canonical form. */
export interface BookingRequest {
  readonly requester: Requester
  readonly requestId: string
  readonly requestHash: Uint8Array
}
