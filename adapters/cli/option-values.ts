import { InvalidArgumentError } from 'commander'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { isCivilDate } from '../../engine/calendar/civil-days.ts'
import type { CivilDate } from '../../engine/claim/claim.ts'
import type { Item } from '../his/messages.ts'

/** What is typed behind an option, read; what cannot be meant is refused in plain words. */

const RATE_MAX = 50_000

export function rateOf(text: string): number {
  const rate = Number(text)
  if (rate > 0 && rate <= RATE_MAX) return rate
  throw new InvalidArgumentError(`A rate is a number over 0, up to ${RATE_MAX} a second.`)
}

/** A port or a number of threads. `Number` would take nothing, an empty variable, for 0: any port. */
export function wholeOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a whole number, 0 or more.')
}

export function percentOf(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 100) return Number(text)
  throw new InvalidArgumentError('A share is a number from 0 to 100.')
}

/** Seconds as they are typed: `30`, `30s` or `5m`. */
export function secondsOf(text: string): number {
  const [, number = '', unit] = /^(\d{1,5})([sm]?)$/.exec(text) ?? []
  const seconds = Number(number) * (unit === 'm' ? 60 : 1)
  if (seconds > 0) return seconds
  throw new InvalidArgumentError('A duration is a number of seconds, or of minutes such as 5m.')
}

/** A day as it is typed. */
export function dayOf(text: string): CivilDate {
  if (isCivilDate(text)) return text
  throw new InvalidArgumentError('A day is written YYYY-MM-DD.')
}

/** A point of time as it is typed, in China unless it says otherwise; a day is its beginning. */
export function instantOf(text: string): string {
  const [, day = '', time = 'T00:00:00', zone = '+08:00'] =
    /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d(?::\d\d)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const instant = `${day}${time.replace(' ', 'T')}${zone}`
  // `Date.parse` would take 30 February for a day of March.
  if (isCivilDate(day) && !Number.isNaN(Date.parse(instant))) return instant
  throw new InvalidArgumentError('A time is written YYYY-MM-DD or YYYY-MM-DDThh:mm.')
}

/** A month as it is typed, one that has begun. */
export function monthOf(text: string): string {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
    throw new InvalidArgumentError('A month is written YYYY-MM.')
  }
  if (text > chinaDate(Date.now()).slice(0, 7)) {
    throw new InvalidArgumentError('That month has not begun.')
  }
  return text
}

/** One more item: `DEMO-A=120.00` or, for several of it, `DEMO-A=12.50x4`. */
export function addItem(text: string, before: readonly Item[] = []): Item[] {
  const [, code, price, count = '1'] =
    /^([^=]{1,50})=(\d{1,8}(?:\.\d{1,2})?)(?:x([1-9]\d{0,3}))?$/.exec(text) ?? []
  if (code === undefined || price === undefined) {
    throw new InvalidArgumentError(
      'An item is a code and a price: DEMO-A=120.00 or DEMO-A=12.50x4.',
    )
  }
  const fen = Math.round(Number(price) * 100) * Number(count)
  return [...before, { code, price, count, amount: (fen / 100).toFixed(2) }]
}

/** The number of a proposal as it is typed. */
export function proposalOf(text: string): string {
  if (/^[1-9]\d{0,8}$/.test(text)) return text
  throw new InvalidArgumentError('A proposal is named by its number: yizhan rules proposals.')
}

/** The beginning of a version's hash as it is typed. */
export function versionOf(text: string): string {
  if (/^[0-9a-f]{12,64}$/.test(text)) return text
  throw new InvalidArgumentError(
    'A version is named by 12 digits of its hash or more: yizhan rules versions.',
  )
}
