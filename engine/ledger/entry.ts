/**
 * The words of the ledger. The journal is the one truth: an append-only sequence of entries, each
 * at a position (1, 2, 3 …). What a subject's year looks like is the fold of the entries that name
 * the subject; see fold.ts.
 */

export const ENTRY_KINDS = [
  'opening-balance',
  'account-credit',
  'settlement',
  'reversal',
  'tombstone',
  'registry-change',
  'import-activation',
  'policy-activation',
  'administrative-act',
  'visit-event',
  'filing',
  'settlement-list',
  'data-read',
] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

/**
 * Whatever an entry touches and a decision may lean on: `person/<id>`, `account/<id>` (the
 * personal account, which a family may share), `institution/<id>`, `approval/<id>`,
 * `household/<id>`, `sharers/<person>`, `visit/<key>`, `in-hospital/<person>`, `admitted/<institution>/<day>`,
 * `drug-pack/<code>`, `filings/<person>`, `filings` for all of these, `approvals/<person>`,
 * `settlement-list/<settlement>`, `acts` and whatever an administrative act was done to,
 * `reads/<day>/<thread>`, `changes/<minute>` of single records, and `registry` for imports, which touch everybody at once.
 */
export type Subject = string

/**
 * A message key: `<institution>/<operation>/<requestId>`; engine/counter/message-keys.ts names the
 * operations. Printable ASCII, so a line feed can separate keys.
 */
export type MessageKey = string

/** An integer added to one accumulator of one subject; accumulators hold fen or counts. */
export interface Delta {
  readonly subject: Subject
  /** Such as `2012/resident-pool/paid/inpatient`, behind the id of a pack where the sum is the city's, or `balance`. */
  readonly accumulator: string
  readonly amount: number
}

/** What a booking adds to its institution's day: the sums that a reconciliation compares. */
export interface BookingSums {
  readonly institutionId: string
  readonly requestId: string
  readonly totalFen: number
  readonly fundFen: number
  readonly accountFen: number
}

/** One entry as the counter hands it over and as it is read back. */
export interface Entry {
  readonly kind: EntryKind
  /** Milliseconds since 1970, stamped by the acceptor. */
  readonly bookedAt: number
  /** Who caused it: an institution, an agency, a system. */
  readonly source: string
  /**
   * The keys that this entry consumes. The first is the entry's own message key; a tombstone also
   * takes the keys of the message that it blocks. Empty for entries that no message caused.
   */
  readonly keys: readonly MessageKey[]
  /** Hash of the canonical request that consumed the first key; empty when `keys` is. */
  readonly requestHash: Uint8Array
  /**
   * Every subject whose state this entry changes or whose history names it. A `registry-change` and
   * an `import-activation` hold in their content the record of the first one, a `visit-event` and a
   * `filing` what happened to it last, an `administrative-act` what was done to it last, a
   * `settlement-list` the list that counts, a `data-read` who was last shown what.
   */
  readonly subjects: readonly Subject[]
  readonly deltas: readonly Delta[]
  /** Of a reversal: the position of the settlement that it negates. */
  readonly reverses?: number
  /** Of a settlement or a reversal (negative there). */
  readonly sums?: BookingSums
  /** What the kind's owner keeps (claim, decision, …); plain data, opaque to the ledger. */
  readonly content: unknown
}

/** An entry packed into the journal. */
export interface Row {
  readonly position: number
  readonly keys: readonly MessageKey[]
  readonly subjects: readonly Subject[]
  /** The packed entry, all of it; only the codec looks inside. */
  readonly body: Uint8Array
  /** SM3 of the previous row's hash followed by this row's packed form: the chain. */
  readonly hash: Uint8Array
}

/** The fold of a subject's entries. Accumulators at zero are absent, so equal states are equal. */
export interface SubjectState {
  /** Position of the last entry that names the subject; 0 when none does. */
  readonly version: number
  /** The same without changes of records: what was booked. */
  readonly booked: number
  /** Position of the entry that holds the subject's record; 0 when none does. */
  readonly record: number
  readonly accumulators: ReadonlyMap<string, number>
  /** Positions of its settlements that are not reversed, in booking order. */
  readonly live: readonly number[]
  /** Reversed settlement → the reversal's position. */
  readonly reversedBy: ReadonlyMap<number, number>
}

export const EMPTY_STATE: SubjectState = {
  version: 0,
  booked: 0,
  record: 0,
  accumulators: new Map(),
  live: [],
  reversedBy: new Map(),
}

/** The value of an accumulator: fen or a count, 0 when nothing was ever added. */
export function accumulated(state: SubjectState, accumulator: string): number {
  return state.accumulators.get(accumulator) ?? 0
}
