import type { Read } from '../claim/decision.ts'
import type { Delta, Subject } from '../ledger/entry.ts'

/**
 * By how much sums would be other than they were booked, because settlements came out otherwise.
 * As long as all come out the same it is empty.
 */
export class MovedSums {
  readonly #bySubject = new Map<Subject, Map<string, number>>()
  readonly #bySettlement = new Map<number, readonly Delta[]>()

  /** Notes that the settlement at `position` would have booked `again` instead of `booked`. */
  add(position: number, booked: readonly Delta[], again: readonly Delta[]): void {
    const moves = [...again, ...booked.map(negated)]
    this.#bySettlement.set(position, moves)
    for (const move of moves) this.#move(move)
  }

  /** The settlement at `position` is reversed: what it moved is gone with it. */
  takeBack(position: number): void {
    for (const move of this.#bySettlement.get(position) ?? []) this.#move(negated(move))
    this.#bySettlement.delete(position)
  }

  /** The sums of the subject that a decision read, as they would have been. */
  sumsOf(subject: Subject, reads: readonly Read[]): Map<string, number> {
    const sums = new Map<string, number>()
    for (const read of reads) if (read.subject === subject) sums.set(read.accumulator, read.value)
    for (const [accumulator, by] of this.#bySubject.get(subject) ?? []) {
      sums.set(accumulator, (sums.get(accumulator) ?? 0) + by)
    }
    return sums
  }

  #move({ subject, accumulator, amount }: Delta): void {
    const sums = this.#bySubject.get(subject) ?? new Map<string, number>()
    this.#bySubject.set(subject, sums)
    const sum = (sums.get(accumulator) ?? 0) + amount
    if (sum === 0) sums.delete(accumulator)
    else sums.set(accumulator, sum)
    if (sums.size === 0) this.#bySubject.delete(subject)
  }
}

function negated({ amount, ...of }: Delta): Delta {
  return { ...of, amount: -amount }
}
