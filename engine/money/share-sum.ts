import { divideHalfUp, type Fen, proportionHalfUp, WHOLE } from './fen.ts'

/** 100 % in parts per million, in which rates are computed; tables give them in permyriad. */
export const WHOLE_PPM = 1_000_000
export const PPM_PER_PERMYRIAD = 100

/**
 * The exact sum of shares of amounts, rounded once: adding a stretch answers what it adds to the
 * rounded sum, so that the parts always add up to the rounded whole.
 */
export class ShareSum {
  #wholeFen = 0
  #millionths = 0

  /** What `rate` (ppm, 0 to 100 %) of `amount` adds to the sum rounded half-up to the fen. */
  add(amount: Fen, ratePpm: number): Fen {
    const before = this.rounded()
    // Split, since 10^11 fen × 10^6 ppm is beyond the exact integers.
    const high = Math.floor(amount / WHOLE_PPM)
    const low = amount - high * WHOLE_PPM
    this.#wholeFen += high * ratePpm
    const millionths = this.#millionths + low * ratePpm
    const carried = Math.floor(millionths / WHOLE_PPM)
    this.#wholeFen += carried
    this.#millionths = millionths - carried * WHOLE_PPM
    return (this.rounded() - before) as Fen
  }

  rounded(): Fen {
    return (this.#wholeFen + (this.#millionths * 2 >= WHOLE_PPM ? 1 : 0)) as Fen
  }
}

/** The cost to which a payment belongs at a rate, rounded half-up and not below the payment. */
export function costOf(paid: Fen, ratePpm: number): Fen {
  if (ratePpm === 0) return paid
  return proportionHalfUp(paid, WHOLE_PPM, ratePpm)
}

/** A rate (ppm) × a factor (permyriad), rounded half-up to the ppm. */
export function factorOfRate(ratePpm: number, factorPermyriad: number): number {
  return divideHalfUp(ratePpm * factorPermyriad, WHOLE)
}
