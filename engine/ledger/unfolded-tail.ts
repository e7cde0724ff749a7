import type { MessageKey, Subject } from './entry.ts'
import type { PackedEntry } from './messages.ts'

/**
 * The writer's memory of everything appended (or about to be, in the batch at hand) that the folded
 * store may not cover yet: which keys are consumed and which positions name a subject.
 */
export class UnfoldedTail {
  #folded: number
  readonly #entries: { keys: readonly MessageKey[]; subjects: readonly Subject[] }[] = []
  readonly #keys = new Map<MessageKey, number>()
  readonly #positions = new Map<Subject, number[]>()

  /** Begins empty, behind a folded store that covers everything up to `folded`. */
  constructor(folded: number) {
    this.#folded = folded
  }

  /** The folded store covers at least everything up to here. */
  get folded(): number {
    return this.#folded
  }

  /** The entry gets the next position, which is returned. */
  push({ keys, subjects }: PackedEntry): number {
    this.#entries.push({ keys, subjects })
    const position = this.#folded + this.#entries.length
    for (const key of keys) this.#keys.set(key, position)
    for (const subject of subjects) {
      const positions = this.#positions.get(subject)
      if (positions === undefined) this.#positions.set(subject, [position])
      else positions.push(position)
    }
    return position
  }

  /** The position in the tail that consumed the key. */
  key(key: MessageKey): number | undefined {
    return this.#keys.get(key)
  }

  /** The last position in the tail that names the subject. */
  last(subject: Subject): number | undefined {
    return this.#positions.get(subject)?.at(-1)
  }

  /** All positions in the tail that name the subject, in order. */
  positions(subject: Subject): readonly number[] {
    return this.#positions.get(subject) ?? []
  }

  /** Forgets what the folded store covers by now. */
  dropUpTo(folded: number): void {
    if (folded <= this.#folded) return
    const touched = new Set<Subject>()
    for (const { keys, subjects } of this.#entries.splice(0, folded - this.#folded)) {
      for (const key of keys) this.#keys.delete(key)
      for (const subject of subjects) touched.add(subject)
    }
    for (const subject of touched) this.#dropPositions(subject, folded)
    this.#folded = folded
  }

  #dropPositions(subject: Subject, folded: number): void {
    const left = this.positions(subject).filter((position) => position > folded)
    if (left.length === 0) this.#positions.delete(subject)
    else this.#positions.set(subject, left)
  }
}
