/**
 * Money is an integer number of fen (1/100 yuan), and this folder is the only place where a number
 * becomes money. A rate is an integer number of permyriad (1/10,000). Nothing here is ever a binary
 * fraction: computing in yuan with doubles gets one result in a hundred wrong by a fen.
 */

declare const fenTag: unique symbol

/** An amount of money in fen. Negative only in the booking of a reversal. */
export type Fen = number & { readonly [fenTag]: true }

/** The largest amount a bill, a balance or a cap may reach: one thousand million yuan, in fen. */
export const FEN_MAX = 100_000_000_000

export const ZERO_FEN = 0 as Fen
const MOST_FEN = FEN_MAX as Fen
/** 100 % in permyriad. */
export const WHOLE = 10_000

/** The one door by which a number becomes money; a fraction or an amount out of range is our bug. */
export function toFen(value: number): Fen {
  if (!Number.isInteger(value) || value > FEN_MAX || value < -FEN_MAX) {
    throw new RangeError(`not an amount in fen: ${value}`)
  }
  return (value + 0) as Fen
}

export function plus(a: Fen, b: Fen): Fen {
  return (a + b) as Fen
}

/** `a` less `b`; the remainder of a split, so that the two parts always add up to the whole. */
export function minus(a: Fen, b: Fen): Fen {
  return (a - b) as Fen
}

export function negated(a: Fen): Fen {
  return (0 - a) as Fen
}

export function smaller(a: Fen, b: Fen): Fen {
  return a < b ? a : b
}

export function larger(a: Fen, b: Fen): Fen {
  return a > b ? a : b
}

/** The amount, or the largest one there is. */
export function atMost(a: Fen): Fen {
  return smaller(a, MOST_FEN)
}

/**
 * `amount` × `rate`, rounded half-up to the fen: the one rounding of every step. `rate` may exceed
 * 100 % (a deductible raised by 5 % is 10,500 permyriad). Both must not be negative, and FEN_MAX
 * keeps the product below 2^53 for every rate up to 900 %.
 */
export function shareHalfUp(amount: Fen, ratePermyriad: number): Fen {
  const product = amount * ratePermyriad
  if (amount < 0 || ratePermyriad < 0 || !Number.isSafeInteger(product)) {
    throw new RangeError(`cannot take ${ratePermyriad} permyriad of ${amount} fen`)
  }
  return divideHalfUp(product, WHOLE) as Fen
}

/**
 * `product` / `divisor`, rounded half-up; both are safe integers, the product not negative. A quotient
 * in floating point does not round up to the next whole number as long as the product is below 2^53,
 * so that it is cut exactly. (The remainder operator is ten times slower on large numbers.)
 */
export function divideHalfUp(product: number, divisor: number): number {
  const quotient = Math.floor(product / divisor)
  const rest = product - quotient * divisor
  return rest * 2 >= divisor ? quotient + 1 : quotient
}

/**
 * `amount` × `part` / `whole`, rounded half-up to the fen, for products that may be beyond the exact
 * integers. None is negative, and `whole` is not 0.
 */
export function proportionHalfUp(amount: Fen, part: number, whole: number): Fen {
  const divisor = 2n * BigInt(whole)
  return Number((2n * BigInt(amount) * BigInt(part) + BigInt(whole)) / divisor) as Fen
}

/** The same, rounded down: for shares whose remaining fen somebody else gives out. */
export function proportionDown(amount: Fen, part: number, whole: number): Fen {
  return Number((BigInt(amount) * BigInt(part)) / BigInt(whole)) as Fen
}
