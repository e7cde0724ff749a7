import type { CivilDate } from '../claim/claim.ts'

/** A day in milliseconds, where no clock is changed. */
export const DAY_MS = 86_400_000

/** Every 400 years the calendar repeats itself. */
const CYCLE_YEARS = 400
const CYCLE_DAYS = 146_097

/** The last date that ten characters can name; whoever counts beyond it arrives there. */
const LAST_DATE: CivilDate = '9999-12-31'
const LAST_DAY = dayNumber(LAST_DATE)
const MONTHS_END = 10_000 * 12

/**
 * A civil date as a count of days from 1970-01-01, which is 0, so that the next day is one more. The
 * date is read as if it were UTC's, where every day has the same length, and so the host's zone never
 * matters.
 */
export function dayNumber(date: CivilDate): number {
  return dayOf(yearIn(date), monthIn(date) - 1, dayIn(date))
}

/** A cycle later and back, because a year below 100 is taken there for one of the 20th century. */
function dayOf(year: number, month: number, day: number): number {
  return Date.UTC(year + CYCLE_YEARS, month, day) / DAY_MS - CYCLE_DAYS
}

/** The number that the digits of a date give; parsing the whole of it takes ten times as long. */
function digits(date: CivilDate, from: number, until: number): number {
  let number = 0
  for (let at = from; at < until; at++) number = number * 10 + date.charCodeAt(at) - 48
  return number
}

/** The year, the month (from 1) and the day that a date names. */
export function yearIn(date: CivilDate): number {
  return digits(date, 0, 4)
}

export function monthIn(date: CivilDate): number {
  return digits(date, 5, 7)
}

export function dayIn(date: CivilDate): number {
  return digits(date, 8, 10)
}

/** The civil date of a day's number. */
export function civilDate(day: number): CivilDate {
  return new Date(day * DAY_MS).toISOString().slice(0, 10)
}

const DATE = /^\d{4}-\d\d-\d\d$/

/** Whether the text is written `YYYY-MM-DD` and there is that day, in any year. */
export function isCivilDate(text: string): boolean {
  const time = DATE.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** The date so many days later; earlier where `days` is negative. */
export function daysLater(date: CivilDate, days: number): CivilDate {
  const day = dayNumber(date) + days
  return day < LAST_DAY ? civilDate(day) : LAST_DATE
}

/** The same day `months` later, or that month's last day if it has none. */
export function monthsLater(date: CivilDate, months: number): CivilDate {
  const month = yearIn(date) * 12 + monthIn(date) - 1 + months
  if (month >= MONTHS_END) return LAST_DATE
  const year = Math.floor(month / 12)
  const first = dayOf(year, month % 12, 1)
  const daysInMonth = dayOf(year, (month % 12) + 1, 1) - first
  return civilDate(first + Math.min(dayIn(date), daysInMonth) - 1)
}

/** The first day of the month after the date's. */
export function nextMonth(date: CivilDate): CivilDate {
  return monthsLater(`${date.slice(0, 7)}-01`, 1)
}

/** The calendar year of a day's number. */
export function yearOf(day: number): number {
  return new Date(day * DAY_MS).getUTCFullYear()
}

/** The day of the week of a day's number, from 0 for Sunday to 6 for Saturday. */
export function weekday(day: number): number {
  return new Date(day * DAY_MS).getUTCDay()
}

/** Whether a day's number is a Saturday or a Sunday. */
export function isWeekend(day: number): boolean {
  return weekday(day) % 6 === 0
}
