import type { Entry, MessageKey, Row, Subject, SubjectState } from './entry.ts'

/** Something was sealed with a key that is not at hand: no fault of what was sealed. */
export class MissingKeyError extends Error {
  override readonly name = 'MissingKeyError'
}

/**
 * Packs entries for the journal and states for the folded store. What is packed twice need not be the
 * same bytes, but reads as the same.
 */
export interface LedgerCodec {
  encodeEntry(entry: Entry): Uint8Array
  decodeEntry(body: Uint8Array): Entry
  encodeState(state: SubjectState): Uint8Array
  decodeState(bytes: Uint8Array): SubjectState
}

/** SM3 over the concatenation of the parts: 32 bytes. */
export type Hash = (...parts: Uint8Array[]) => Uint8Array

/**
 * The append-only truth. One writer calls `append`; any number of readers read what is durable.
 */
export interface JournalStore {
  /** The last position and its hash; 0 and 32 zero bytes when empty. */
  head(): { position: number; hash: Uint8Array }
  /** Appends all rows in one commit and returns only when they are durable; throws otherwise. */
  append(rows: readonly Row[]): void
  read(position: number): Row | undefined
  /** Up to `limit` rows after `position`, in order. */
  readAfter(position: number, limit: number): Row[]
  close(): void
}

/** A settlement or reversal as it stands in an institution's day. */
export interface Booking {
  readonly position: number
  readonly bookedAt: number
  readonly requestId: string
  readonly reversal: boolean
  readonly totalFen: number
  readonly fundFen: number
  readonly accountFen: number
}

/** What one fold step changes; applied in one transaction together with the folded position. */
export interface FoldBatch {
  readonly folded: { readonly position: number; readonly hash: Uint8Array }
  readonly states: ReadonlyMap<Subject, SubjectState>
  readonly keys: ReadonlyMap<MessageKey, number>
  readonly bookings: ReadonlyMap<string, readonly Booking[]>
}

/** States and indexes folded behind the journal; may be thrown away and rebuilt from it. */
export interface StateStore {
  folded(): { position: number; hash: Uint8Array }
  /** A subject's folded state with the folded position at which it was read, in one snapshot. */
  state(subject: Subject): { state: SubjectState; folded: number }
  /** The position that consumed a key, as far as folded. */
  key(key: MessageKey): number | undefined
  /** Subjects that have a state and begin with `prefix`, in their order, after `after`. */
  subjects(prefix: string, after: Subject, limit: number): Subject[]
  /** An institution's bookings with `from <= bookedAt < until` (ms), in booking order. */
  bookings(institutionId: string, from: number, until: number): Booking[]
  apply(batch: FoldBatch): void
  /** Throws everything away, so that the fold starts again from an empty journal. */
  reset(): void
  close(): void
}

/** What writer and acceptors need of the folded store. */
export type StateReader = Pick<StateStore, 'folded' | 'state' | 'key' | 'subjects' | 'bookings'>

/** A subject's state, complete up to journal position `asOf`. */
export interface SubjectView {
  readonly state: SubjectState
  readonly asOf: number
}

/** Accepted only when nothing that names `subject` was appended after `position`. */
export interface Guard {
  readonly subject: Subject
  readonly position: number
}

export interface AppendRequest {
  /** Appended together, at consecutive positions, or not at all. */
  readonly entries: readonly Entry[]
  readonly guards: readonly Guard[]
}

export type AppendResult =
  /** Durable. `firstPosition` is that of the first entry. */
  | { readonly outcome: 'appended'; readonly firstPosition: number }
  /** A key of the entries is consumed already; nothing was appended. The first such key. */
  | { readonly outcome: 'known'; readonly key: MessageKey; readonly position: number }
  /** A guard failed; the view holds the fresh states of those subjects. Decide again. */
  | { readonly outcome: 'moved'; readonly subjects: readonly Subject[] }
  /** Not accepted: the fold lags too far or the ledger is stopping. Nothing was appended. */
  | { readonly outcome: 'shed'; readonly reason: 'fold-lag' | 'queue-full' | 'stopping' }

/** Nobody can say whether the append is durable; asking again with the same key will tell. */
export class UnknownOutcomeError extends Error {
  override readonly name = 'UnknownOutcomeError'
}

export interface LedgerStatus {
  /** The last durable position. */
  readonly head: number
  /** The last position that the states cover. */
  readonly folded: number
  /** False when it is stopping, has failed or is too far behind: appends are shed. */
  readonly writable: boolean
  /** Since which second after 1970 the writer has been at one batch; 0 when it is at none. */
  readonly busySince: number
}

/** The ledger as the counter sees it, from any acceptor thread. */
export interface Ledger {
  /** The state if this thread has it and it is still current; never waits. */
  peek(subject: Subject): SubjectView | undefined
  /** The current state, from the cache, the folded store or the writer. */
  load(subject: Subject): Promise<SubjectView>
  /**
   * Resolves when the outcome is certain; rejects with `UnknownOutcomeError` when it cannot be
   * known, and with another error before anything was sent when the request is a bug of ours.
   */
  append(request: AppendRequest): Promise<AppendResult>
  /** The position that consumed the key, certain as of the writer's order; nothing if none did. */
  findKey(key: MessageKey): Promise<number | undefined>
  /** A durable entry. */
  entry(position: number): Entry | undefined
  /** Up to `limit` subjects that begin with `prefix`, in their order; waits as `bookings` does. */
  subjects(prefix: string, after: Subject, limit: number): Promise<Subject[]>
  /** Waits for the fold to cover everything appended before the call. */
  bookings(institutionId: string, from: number, until: number): Promise<Booking[]>
  /** Runs `work` alone among those that wait for any of the same subjects on this thread. */
  inTurn<T>(subjects: readonly Subject[], work: () => Promise<T>): Promise<T>
  status(): LedgerStatus
}
