import { divideHalfUp, FEN_MAX, type Fen } from './fen.ts'

/** Decimal places of a quantity and of a unit price in fen on the wire. */
export const QUANTITY_PLACES = 4
export const UNIT_PRICE_PLACES = 6

const PRODUCT_SCALE = 10 ** (QUANTITY_PLACES + UNIT_PRICE_PLACES)
const PRODUCT_SCALE_BIG = BigInt(PRODUCT_SCALE)
const INTEGER_DIGITS_MAX = 12
const ZERO = 48
const POINT = 46

/**
 * Reads a non-negative decimal string as an exact integer of 1/10^`places`, or nothing when it is
 * not one, has more places than that (trailing zeros do not count) or leaves the safe integers.
 * By hand, digit by digit: a bill has two of these on every line.
 */
export function parseDecimal(text: string, places: number): number | undefined {
  const length = text.length
  let at = 0
  let value = 0
  for (; at < length; at++) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  const leadingZero = at > 1 && text.charCodeAt(0) === ZERO
  if (at === 0 || at > INTEGER_DIGITS_MAX || leadingZero) return undefined
  let scaled = 0
  if (at < length) {
    if (text.charCodeAt(at) !== POINT || at + 1 === length) return undefined
    for (at++; at < length; at++) {
      const digit = text.charCodeAt(at) - ZERO
      if (digit < 0 || digit > 9) return undefined
      if (scaled < places) {
        value = value * 10 + digit
        scaled++
      } else if (digit !== 0) return undefined
    }
  }
  for (; scaled < places; scaled++) value *= 10
  return Number.isSafeInteger(value) ? value : undefined
}

/** The decimal string of an exact integer of 1/10^`places`, without zeros at its end. */
export function formatDecimal(scaled: number, places: number): string {
  const digits = String(scaled).padStart(places + 1, '0')
  const whole = digits.slice(0, -places)
  const fraction = digits.slice(-places).replace(/0+$/, '')
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/**
 * Quantity × unit price in fen, rounded half-up to the fen. Both are the exact integers of
 * `parseDecimal`. Nothing when the amount would exceed FEN_MAX.
 */
export function amountOf(quantityScaled: number, unitPriceScaled: number): Fen | undefined {
  const product = quantityScaled * unitPriceScaled
  // What is safe here is far below FEN_MAX.
  if (Number.isSafeInteger(product)) return divideHalfUp(product, PRODUCT_SCALE) as Fen
  const exact = BigInt(quantityScaled) * BigInt(unitPriceScaled)
  const rounded = (exact * 2n + PRODUCT_SCALE_BIG) / (PRODUCT_SCALE_BIG * 2n)
  return rounded <= BigInt(FEN_MAX) ? (Number(rounded) as Fen) : undefined
}

/**
 * The unit price at which a quantity comes to an amount, as an exact integer of `parseDecimal`.
 * Nothing when none of so many places does, which takes a quantity of a million.
 */
export function unitPriceFor(quantityScaled: number, amount: Fen): number | undefined {
  if (quantityScaled === 0) return undefined
  const quantity = BigInt(quantityScaled)
  const exact = (BigInt(amount) * PRODUCT_SCALE_BIG * 2n + quantity) / (quantity * 2n)
  const price = Number(exact)
  if (!Number.isSafeInteger(price)) return undefined
  return amountOf(quantityScaled, price) === amount ? price : undefined
}
