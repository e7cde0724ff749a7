import { type Fen, minus, plus, smaller, ZERO_FEN } from '../money/fen.ts'
import { PARTS_OF_SHARE, type SharePart } from '../policy/pack.ts'

/** The amounts of one basket, one for each part. */
type Amounts = Record<SharePart, Fen>

/**
 * What the patient bears so far, in disjoint parts by basket. Layers are paid out of it; nothing is
 * ever paid twice, because what is paid is gone from here.
 */
export class PatientShare {
  readonly #baskets: string[] = []
  /** Of the baskets, in their order: there are one or two, and none is worth a map. */
  readonly #amounts: Amounts[] = []

  /** The baskets, in the order in which they came. */
  get baskets(): readonly string[] {
    return this.#baskets
  }

  add(basket: string, part: SharePart, amount: Fen): void {
    let amounts = this.#of(basket)
    if (amounts === undefined) {
      amounts = nothing()
      this.#baskets.push(basket)
      this.#amounts.push(amounts)
    }
    if (amount !== 0) amounts[part] = plus(amounts[part], amount)
  }

  addAll(other: PatientShare): void {
    for (const basket of other.baskets) {
      for (const part of PARTS_OF_SHARE) this.add(basket, part, other.get(basket, part))
    }
  }

  get(basket: string, part: SharePart): Fen {
    return this.#of(basket)?.[part] ?? ZERO_FEN
  }

  sum(baskets: readonly string[], parts: readonly SharePart[]): Fen {
    let sum = ZERO_FEN
    for (const basket of baskets) {
      const amounts = this.#of(basket)
      if (amounts === undefined) continue
      for (const part of parts) sum = plus(sum, amounts[part])
    }
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
        const amounts = this.#of(basket)
        if (amounts === undefined) continue
        const taken = smaller(left, amounts[part])
        if (taken === 0) continue
        amounts[part] = minus(amounts[part], taken)
        left = minus(left, taken)
      }
    }
    return minus(amount, left)
  }

  /** Takes all that is in these parts. */
  drain(baskets: readonly string[], parts: readonly SharePart[]): Fen {
    return this.take(baskets, parts, this.sum(baskets, parts))
  }

  #of(basket: string): Amounts | undefined {
    for (let i = 0; i < this.#baskets.length; i++) {
      if (this.#baskets[i] === basket) return this.#amounts[i]
    }
    return undefined
  }
}

function nothing(): Amounts {
  return {
    'in-scope': ZERO_FEN,
    deductible: ZERO_FEN,
    'co-pay': ZERO_FEN,
    'above-cap': ZERO_FEN,
    'above-cap-co-pay': ZERO_FEN,
    'above-benefit-limit': ZERO_FEN,
    penalty: ZERO_FEN,
    'area-first-self-pay': ZERO_FEN,
    'first-self-pay': ZERO_FEN,
    'over-price-ceiling': ZERO_FEN,
    'own-pay': ZERO_FEN,
  }
}
