import { chinaTime } from '../../engine/calendar/china-time.ts'
import { civilDate, dayNumber } from '../../engine/calendar/civil-days.ts'
import { parseDecimal } from '../../engine/money/decimal.ts'

/** Texts of the protocol as values, and back. */

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/

/**
 * What is left behind the last place when a sender has added up doubles: 0.30000000000000004 and
 * 25.099999999999998. Nothing that somebody wrote looks like it.
 */
const NOISE = /^(?:0{6,}\d+|9{6,}\d*)$/

/** `not-decimal`, or `too-fine` for more decimal places than asked for, or `too-large`. */
export type DecimalFault = 'not-decimal' | 'too-fine' | 'too-large'

/**
 * A decimal as an exact integer of 1/10^`places`: 12.5 is 1250 with two. Signs, leading zeros, a
 * bare point (`.5`) and an exponent (`1.2E7`, as some libraries print doubles) are all met with. Places
 * beyond those asked for may be `rounded` half-up.
 */
export function readDecimal(
  text: string,
  places: number,
  finerAre: 'refused' | 'rounded' = 'refused',
): number | DecimalFault {
  const [, sign, whole = '', fraction = '', exponent = '0'] = DECIMAL.exec(text) ?? []
  const digits = whole + fraction
  if (sign === undefined || digits === '') return 'not-decimal'
  const point = whole.length + Number(exponent)
  const integer = digits.slice(0, Math.max(0, point)).padEnd(point, '0').replace(/^0+/, '')
  const decimals = '0'.repeat(Math.max(0, -point)) + digits.slice(Math.max(0, point))
  const significant = withoutZerosAtEnd(decimals)
  const finer = significant.slice(places)
  if (finer !== '' && finerAre === 'refused' && !NOISE.test(finer)) return 'too-fine'
  const cut = parseDecimal(`${integer || '0'}.${significant.slice(0, places) || '0'}`, places)
  if (cut === undefined) return 'too-large'
  const value = finer >= '5' ? cut + 1 : cut
  return sign === '-' && value !== 0 ? -value : value
}

/** Not by a pattern, which takes the square of the time for 0.000…01: a number may have any length. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return digits.slice(0, end)
}

/** The decimal that an integer of 1/10^`places` stands for, with all of its places: `12.50`. */
export function writeDecimal(scaled: number, places: number): string {
  const digits = String(Math.abs(scaled)).padStart(places + 1, '0')
  const sign = scaled < 0 ? '-' : ''
  if (places === 0) return sign + digits
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`
}

/** With all digits where nothing stands between them, otherwise also `2022/1/5 8:03:05`. */
const MOMENT =
  /^(\d{4})(?:(\d{2})(\d{2})|([-/])(\d{1,2})\4(\d{1,2}))(?:[ T]?((?<=[ T])\d|[01]\d|2[0-3]):?([0-5]\d)(?::?([0-5]\d)(?:\.\d{1,9})?)?(?:\+08:?00)?)?$/
/** Milliseconds since 1970, as some libraries write a time. */
const INSTANT = /^\d{13}$/

/**
 * A date with or without a time of day, as `yyyy-MM-dd` or `yyyy-MM-dd HH:mm:ss`; undefined when it
 * is neither or there is no such day.
 */
export function readMoment(text: string): string | undefined {
  if (INSTANT.test(text)) return chinaTime(Number(text)).slice(0, 19).replace('T', ' ')
  const found = MOMENT.exec(text)
  if (found === null) return undefined
  const [, year, monthOf2, dayOf2, , month = monthOf2, day = dayOf2, hour, minute, second] = found
  const date = [year, month, day].map((part) => part!.padStart(2, '0')).join('-')
  const number = dayNumber(date)
  if (Number.isNaN(number) || civilDate(number) !== date) return undefined
  return hour === undefined ? date : `${date} ${hour.padStart(2, '0')}:${minute}:${second ?? '00'}`
}

/** What senders write for nothing, in a field of any type. */
export function isEmpty(text: string): boolean {
  return text === '' || (text.length === 4 && text.toLowerCase() === 'null')
}
