import { type Fen, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import { PARTS_OF_SHARE, type SharePart } from '../policy/pack.ts'

/** The basket of every line that no table puts into another one. */
export const BASE_BASKET = 'base'

/**
 * What the patient bears so far, in disjoint parts by basket. Layers are paid out of it; nothing is
 * ever paid twice, because what is paid is gone from here.
 */
export class PatientShare {
  readonly #parts = new Map<string, Map<SharePart, Fen>>()

  /** The baskets, in the order in which they came. */
  get baskets(): readonly string[] {
    return [...this.#parts.keys()]
  }

  add(basket: string, part: SharePart, amount: Fen): void {
    let parts = this.#parts.get(basket)
    if (parts === undefined) {
      parts = new Map()
      this.#parts.set(basket, parts)
    }
    parts.set(part, plus(parts.get(part) ?? ZERO_FEN, amount))
  }

  addAll(other: PatientShare): void {
    for (const [basket, parts] of other.#parts) {
      for (const [part, amount] of parts) this.add(basket, part, amount)
    }
  }

  get(basket: string, part: SharePart): Fen {
    return this.#parts.get(basket)?.get(part) ?? ZERO_FEN
  }

  sum(baskets: readonly string[], parts: readonly SharePart[]): Fen {
    let sum = ZERO_FEN
    for (const basket of baskets) for (const part of parts) sum = plus(sum, this.get(basket, part))
    return sum
  }

  total(): Fen {
    return this.sum(this.baskets, PARTS_OF_SHARE)
  }

  /** Takes up to `amount` out of the parts in their order; answers what was there. */
  take(baskets: readonly string[], parts: readonly SharePart[], amount: Fen): Fen {
    let left = amount
    for (const part of parts) {
      for (const basket of baskets) {
        if (left === 0) return amount
        const taken = smaller(left, this.get(basket, part))
        if (taken === 0) continue
        this.#parts.get(basket)!.set(part, minus(this.get(basket, part), taken))
        left = minus(left, taken)
      }
    }
    return minus(amount, left)
  }

  /** Takes all that is in these parts. */
  drain(baskets: readonly string[], parts: readonly SharePart[]): Fen {
    return this.take(baskets, parts, this.sum(baskets, parts))
  }
}
