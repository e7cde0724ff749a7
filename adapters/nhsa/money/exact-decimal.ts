const DECIMAL = /^([+-]?)(\d{1,20})(?:\.(\d{1,20}))?$/

/**
 * What an answer says as a decimal, as an exact integer of 1/10^`places`; `undefined` when it says
 * nothing (null, empty or absent). A number is taken by its shortest decimal, which is what was
 * written for all amounts of the interface. Throws on whatever is no decimal of that many places.
 */
export function exactDecimal(value: unknown, places: number): bigint | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const text = typeof value === 'number' ? String(value) : value
  const match = typeof text === 'string' ? DECIMAL.exec(text) : null
  if (match === null) throw new RangeError(`not a decimal: ${JSON.stringify(value)}`)
  const [, sign, whole = '', fraction = ''] = match
  const decimals = fraction.replace(/0+$/, '')
  if (decimals.length > places) {
    throw new RangeError(`more than ${places} decimal places: ${JSON.stringify(value)}`)
  }
  const scaled = BigInt(whole + decimals.padEnd(places, '0'))
  return sign === '-' ? -scaled : scaled
}

/** `value` / 10^`places`, rounded half-up away from zero: the rounding of the interface's amounts. */
export function roundedOff(value: bigint, places: number): bigint {
  const divisor = 10n ** BigInt(places)
  const half = value < 0n ? -divisor / 2n : divisor / 2n
  return (value + half) / divisor
}
