import { FEN_MAX, type Fen } from './fen.ts'

/** Decimal places of a quantity and of a unit price in fen on the wire. */
export const QUANTITY_PLACES = 4
export const UNIT_PRICE_PLACES = 6

const PRODUCT_SCALE = 10 ** (QUANTITY_PLACES + UNIT_PRICE_PLACES)
const PRODUCT_SCALE_BIG = BigInt(PRODUCT_SCALE)
const DECIMAL = /^(0|[1-9]\d{0,11})(?:\.(\d+))?$/

/**
 * Reads a non-negative decimal string as an exact integer of 1/10^`places`, or nothing when it is
 * not one, has more places than that (trailing zeros do not count) or leaves the safe integers.
 */
export function parseDecimal(text: string, places: number): number | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const fraction = match[2] ?? ''
  let digits = fraction
  if (fraction.length > places) {
    digits = fraction.slice(0, places)
    if (/[1-9]/.test(fraction.slice(places))) return undefined
  }
  const scaled = Number(`${match[1]}${digits.padEnd(places, '0')}`)
  return Number.isSafeInteger(scaled) ? scaled : undefined
}

/**
 * Quantity × unit price in fen, rounded half-up to the fen. Both are the exact integers of
 * `parseDecimal`. Nothing when the amount would exceed FEN_MAX.
 */
export function amountOf(quantityScaled: number, unitPriceScaled: number): Fen | undefined {
  const product = quantityScaled * unitPriceScaled
  if (Number.isSafeInteger(product)) {
    const rest = product % PRODUCT_SCALE
    const amount = (product - rest) / PRODUCT_SCALE + (rest * 2 >= PRODUCT_SCALE ? 1 : 0)
    return amount <= FEN_MAX ? (amount as Fen) : undefined
  }
  const exact = BigInt(quantityScaled) * BigInt(unitPriceScaled)
  const rounded = (exact * 2n + PRODUCT_SCALE_BIG) / (PRODUCT_SCALE_BIG * 2n)
  return rounded <= BigInt(FEN_MAX) ? (Number(rounded) as Fen) : undefined
}
