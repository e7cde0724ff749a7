import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { WorkingCalendar } from './calendar.ts'
import { dayNumber, isWeekend, yearOf } from './civil-days.ts'

/** Whether people work on `date`; refused (`calendar-missing`) when its year is not in the calendar. */
export function isWorkingDay(calendar: WorkingCalendar, date: CivilDate): boolean | Refusal {
  return isWorked(calendar, dayNumber(date))
}

/**
 * How many working days began after `from`, up to and including `to`: 1 on the first working day
 * after `from`, 2 on the next. A `to` that is no working day has the number of the last working day
 * before it, and 0 if there is none after `from`; so have `from` itself and any day before it.
 *
 * Refused (`calendar-missing`) when the calendar lacks the year of a day that must be counted. The
 * day `from` is not counted, so that its own year may be missing.
 */
export function workingDayNumber(
  calendar: WorkingCalendar,
  from: CivilDate,
  to: CivilDate,
): number | Refusal {
  const last = dayNumber(to)
  let count = 0
  for (let day = dayNumber(from) + 1; day <= last; day++) {
    const worked = isWorked(calendar, day)
    if (typeof worked !== 'boolean') return worked
    if (worked) count++
  }
  return count
}

function isWorked(calendar: WorkingCalendar, day: number): boolean | Refusal {
  const year = yearOf(day)
  const arranged = calendar.years.get(year)
  if (arranged === undefined) {
    const detail = `The calendar of working days does not hold the year ${year}.`
    return refuse('calendar-missing', detail, { more: { year } })
  }
  return arranged.makeUpDays.has(day) || !(isWeekend(day) || arranged.daysOff.has(day))
}
