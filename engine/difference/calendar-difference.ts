import type { WorkingCalendar } from '../calendar/calendar.ts'
import { civilDate } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { compareFields, type FieldDifference, fieldsOf } from './fields.ts'

/** What differs in one year of the calendar of working days. */
export interface YearDifference {
  readonly year: number
  /** Whole years that came or went have no days of their own here. */
  readonly what: 'added' | 'removed' | 'changed'
  /** Days off that were none, and days that no longer are. */
  readonly newlyOff: readonly CivilDate[]
  readonly noLongerOff: readonly CivilDate[]
  /** The same of weekend days that are worked. */
  readonly newlyWorked: readonly CivilDate[]
  readonly noLongerWorked: readonly CivilDate[]
  /** What the year rests on. */
  readonly sources: readonly FieldDifference[]
}

export function compareCalendars(
  before: WorkingCalendar,
  after: WorkingCalendar,
): YearDifference[] {
  const years = [...new Set([...before.years.keys(), ...after.years.keys()])].sort((a, b) => a - b)
  return years.flatMap((year): YearDifference[] => {
    const was = before.years.get(year)
    const is = after.years.get(year)
    const none = { newlyOff: [], noLongerOff: [], newlyWorked: [], noLongerWorked: [], sources: [] }
    if (was === undefined) return [{ year, what: 'added', ...none }]
    if (is === undefined) return [{ year, what: 'removed', ...none }]
    const { daysOff: _, makeUpDays: __, ...words } = was
    const { daysOff: ___, makeUpDays: ____, ...wordsAfter } = is
    const difference: YearDifference = {
      year,
      what: 'changed',
      newlyOff: only(is.daysOff, was.daysOff),
      noLongerOff: only(was.daysOff, is.daysOff),
      newlyWorked: only(is.makeUpDays, was.makeUpDays),
      noLongerWorked: only(was.makeUpDays, is.makeUpDays),
      sources: compareFields(fieldsOf(words), fieldsOf(wordsAfter)),
    }
    const { newlyOff, noLongerOff, newlyWorked, noLongerWorked, sources } = difference
    const all = [newlyOff, noLongerOff, newlyWorked, noLongerWorked, sources]
    return all.every(({ length }) => length === 0) ? [] : [difference]
  })
}

function only(days: ReadonlySet<number>, others: ReadonlySet<number>): CivilDate[] {
  return [...days]
    .filter((day) => !others.has(day))
    .sort((a, b) => a - b)
    .map(civilDate)
}
