import type { CivilDate } from '../claim/claim.ts'
import { DAY_MS } from './civil-days.ts'

/** China has one time zone, UTC+8, without summer time; the host's zone never matters. */
const OFFSET_MS = 8 * 3_600_000

/** The civil date in China at an instant (ms since 1970). */
export function chinaDate(instant: number): CivilDate {
  return new Date(instant + OFFSET_MS).toISOString().slice(0, 10)
}

/** RFC 3339 with China's offset. */
export function chinaTime(instant: number): string {
  return `${new Date(instant + OFFSET_MS).toISOString().slice(0, -1)}+08:00`
}

/** The instant at which the day of `instant` ends in China. */
export function endOfDay(instant: number): number {
  return (Math.floor((instant + OFFSET_MS) / DAY_MS) + 1) * DAY_MS - OFFSET_MS
}

/** The instant at which a civil date begins in China. */
export function dayBegins(date: CivilDate): number {
  return Date.parse(`${date}T00:00:00.000Z`) - OFFSET_MS
}

/** The instant at which it ends. */
export function dayEnds(date: CivilDate): number {
  return dayBegins(date) + DAY_MS
}
