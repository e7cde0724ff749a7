import type { Entry, MessageKey, Subject, SubjectState } from './entry.ts'
import { bookingOf, foldEntry } from './fold.ts'
import type { Booking, StateStore } from './ports.ts'

/** Entries folded in memory on top of a store, until they are applied to it in one transaction. */
export class Folding {
  readonly #store: StateStore
  readonly #states = new Map<Subject, SubjectState>()
  /** As the store had them before. */
  readonly #read = new Map<Subject, SubjectState>()
  readonly #keys = new Map<MessageKey, number>()
  readonly #bookings = new Map<string, Booking[]>()

  constructor(store: StateStore) {
    this.#store = store
  }

  /** The state of a subject with all that was added. */
  state(subject: Subject): SubjectState {
    const known = this.#states.get(subject) ?? this.#read.get(subject)
    if (known !== undefined) return known
    const { state } = this.#store.state(subject)
    this.#read.set(subject, state)
    return state
  }

  /** The position that consumed the key. */
  key(key: MessageKey): number | undefined {
    return this.#keys.get(key) ?? this.#store.key(key)
  }

  /** Entries come in their order, from the first that the store does not cover. */
  add(entry: Entry, position: number): void {
    for (const key of entry.keys) this.#keys.set(key, position)
    for (const subject of entry.subjects) {
      this.#states.set(subject, foldEntry(this.state(subject), subject, entry, position))
    }
    const booking = bookingOf(entry, position)
    if (booking === undefined || entry.sums === undefined) return
    const day = this.#bookings.get(entry.sums.institutionId)
    if (day === undefined) this.#bookings.set(entry.sums.institutionId, [booking])
    else day.push(booking)
  }

  /** Brings everything to the store, which then covers the journal up to `folded`. */
  apply(folded: { readonly position: number; readonly hash: Uint8Array }): void {
    this.#store.apply({
      folded,
      states: this.#states,
      keys: this.#keys,
      bookings: this.#bookings,
    })
  }
}
