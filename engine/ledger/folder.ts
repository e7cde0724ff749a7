import type { Board } from './board.ts'
import type { Entry, MessageKey, Subject, SubjectState } from './entry.ts'
import { bookingOf, foldEntry } from './fold.ts'
import type { Booking, JournalStore, LedgerCodec, StateStore } from './ports.ts'

/** What the start found: positions of the fold before and after. */
export interface FoldReport {
  /**
   * `replayed`: the fold was behind the journal. `rebuilt`: it was ahead of it or belonged to
   * another journal, and was thrown away; somebody should ask why.
   */
  readonly action: 'none' | 'replayed' | 'rebuilt'
  readonly from: number
  readonly to: number
}

export interface FolderOptions {
  readonly journal: Pick<JournalStore, 'head' | 'read' | 'readAfter'>
  readonly states: StateStore
  readonly codec: LedgerCodec
  readonly board: Board
  /** Entries per transaction. */
  readonly batchMax?: number
}

/** Moves the journal's tail into the folded store, in order, a batch per transaction. */
export class Folder {
  readonly #journal: FolderOptions['journal']
  readonly #states: StateStore
  readonly #codec: LedgerCodec
  readonly #board: Board
  readonly #batchMax: number

  constructor(options: FolderOptions) {
    this.#journal = options.journal
    this.#states = options.states
    this.#codec = options.codec
    this.#board = options.board
    this.#batchMax = options.batchMax ?? 5_000
  }

  /** Compares fold and journal, and brings the fold up to the head. */
  start(): FoldReport {
    const from = this.#states.folded().position
    const belongs = this.#belongs()
    if (!belongs) this.#states.reset()
    const to = this.catchUp()
    if (!belongs) return { action: 'rebuilt', from, to }
    return { action: from === to ? 'none' : 'replayed', from, to }
  }

  /** Folds until nothing is left; returns the folded position. */
  catchUp(): number {
    let folded = this.#states.folded().position
    for (let next = this.step(); next > folded; next = this.step()) folded = next
    return folded
  }

  /** Folds one batch in one transaction; returns the folded position afterwards. */
  step(): number {
    const before = this.#states.folded().position
    const rows = this.#journal.readAfter(before, this.#batchMax)
    const last = rows.at(-1)
    if (last !== undefined) {
      const states = new Map<Subject, SubjectState>()
      const keys = new Map<MessageKey, number>()
      const bookings = new Map<string, Booking[]>()
      let expected = before
      for (const row of rows) {
        expected += 1
        if (row.position !== expected) throw new Error(`the journal lacks entry ${expected}`)
        // The hashed body speaks, not the columns beside it.
        const entry = this.#codec.decodeEntry(row.body)
        for (const key of entry.keys) keys.set(key, row.position)
        for (const subject of entry.subjects) {
          const state = states.get(subject) ?? this.#states.state(subject).state
          states.set(subject, foldEntry(state, subject, entry, row.position))
        }
        addBooking(bookings, entry, row.position)
      }
      const folded = { position: last.position, hash: last.hash }
      this.#states.apply({ folded, states, keys, bookings })
    }
    const after = last?.position ?? before
    this.#board.folded = after
    return after
  }

  /** Whether the fold was made from this very journal. */
  #belongs(): boolean {
    const { position, hash } = this.#states.folded()
    if (position === 0) return true
    const row = this.#journal.read(position)
    return row !== undefined && sameBytes(row.hash, hash)
  }
}

function addBooking(bookings: Map<string, Booking[]>, entry: Entry, position: number): void {
  const booking = bookingOf(entry, position)
  if (booking === undefined || entry.sums === undefined) return
  const day = bookings.get(entry.sums.institutionId)
  if (day === undefined) bookings.set(entry.sums.institutionId, [booking])
  else day.push(booking)
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
