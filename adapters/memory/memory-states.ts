import {
  EMPTY_STATE,
  type MessageKey,
  type Subject,
  type SubjectState,
} from '../../engine/ledger/entry.ts'
import type { Booking, FoldBatch, StateStore } from '../../engine/ledger/ports.ts'

/** A folded store that lasts as long as the object. */
export class MemoryStates implements StateStore {
  #folded = { position: 0, hash: new Uint8Array(32) as Uint8Array }
  readonly #states = new Map<Subject, SubjectState>()
  readonly #keys = new Map<MessageKey, number>()
  readonly #bookings = new Map<string, Booking[]>()

  folded(): { position: number; hash: Uint8Array } {
    return this.#folded
  }

  state(subject: Subject): { state: SubjectState; folded: number } {
    return { state: this.#states.get(subject) ?? EMPTY_STATE, folded: this.#folded.position }
  }

  key(key: MessageKey): number | undefined {
    return this.#keys.get(key)
  }

  subjects(prefix: string, after: Subject, limit: number): Subject[] {
    return [...this.#states.keys()]
      .filter((subject) => subject.startsWith(prefix) && subject > after)
      .sort()
      .slice(0, limit)
  }

  bookings(institutionId: string, from: number, until: number): Booking[] {
    const all = this.#bookings.get(institutionId) ?? []
    return all
      .filter(({ bookedAt }) => bookedAt >= from && bookedAt < until)
      .sort((one, other) => one.bookedAt - other.bookedAt || one.position - other.position)
  }

  apply({ folded, states, keys, bookings }: FoldBatch): void {
    for (const [subject, state] of states) this.#states.set(subject, state)
    for (const [key, position] of keys) this.#keys.set(key, position)
    for (const [institutionId, day] of bookings) {
      this.#bookings.set(institutionId, [...(this.#bookings.get(institutionId) ?? []), ...day])
    }
    this.#folded = folded
  }

  reset(): void {
    this.#states.clear()
    this.#keys.clear()
    this.#bookings.clear()
    this.#folded = { position: 0, hash: new Uint8Array(32) }
  }

  close(): void {}
}
