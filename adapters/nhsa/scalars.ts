import { chinaTime } from '../../engine/calendar/china-time.ts'
import { civilDate, dayNumber } from '../../engine/calendar/civil-days.ts'
import { parseDecimal } from '../../engine/money/decimal.ts'

/** Texts of the protocol as values, and back. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/

/** `not-decimal`, or `too-fine` for more decimal places than asked for, or `too-large`. */
export type DecimalFault = 'not-decimal' | 'too-fine' | 'too-large'

/**
 * A decimal as an exact integer of 1/10^`places`: 12.5 is 1250 with two. Signs, leading zeros, a
 * bare point (`.5`) and an exponent (`1.2E7`, as some libraries print doubles) are all met with.
 */
export function readDecimal(text: string, places: number): number | DecimalFault {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = whole + fraction
  if (sign === undefined || digits === '') return 'not-decimal'
  const point = whole.length + Number(exponent)
  const integer = digits.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, '')
  const decimals = '0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))
  const significant = decimals.replace(/0+$/, '')
  if (significant.length > places) return 'too-fine'
  const value = parseDecimal(`${integer || '0'}.${significant || '0'}`, places)
  if (value === undefined) return 'too-large'
  return sign === '-' && value !== 0 ? -value : value
}

/** The decimal that an integer of 1/10^`places` stands for, with all of its places: `12.50`. */
export function writeDecimal(scaled: number, places: number): string {
  const digits = String(Math.abs(scaled)).padStart(places + 1, '0')
  const sign = scaled < 0 ? '-' : ''
  if (places === 0) return sign + digits
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

const MOMENT =
  /^(\d{4})([-/]?)(\d{2})\2(\d{2})(?:[ T]?([01]\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d)(?:\.\d{1,9})?)?(?:\+08:?00)?)?$/
/** Milliseconds since 1970, as some libraries write a time. */
const INSTANT = /^\d{13}$/

/**
 * A date with or without a time of day, as `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`; undefined when it
 * is neither or there is no such day.
 */
export function readMoment(text: string): string | undefined {
  if (INSTANT.test(text)) return chinaTime(Number(text)).slice(0, 19).replace('T', ' ')
  const [, year, , month, day, hour, minute, second = '00'] = MOMENT.exec(text) ?? []
  if (year === undefined) return undefined
  const date = `${year}-${month}-${day}`
  const number = dayNumber(date)
  if (Number.isNaN(number) || civilDate(number) !== date) return undefined
  return hour === undefined ? date : `${date} ${hour}:${minute}:${second}`
}

/** What senders write for nothing, in a field of any type. */
export function isEmpty(text: string): boolean {
  return text === '' || (text.length === 4 && text.toLowerCase() === 'null')
}
