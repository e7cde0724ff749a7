import { daysLater, monthIn, yearIn } from '../calendar/civil-days.ts'
import type { CareDates, CivilDate } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import { lookUp, type Workings } from './workings.ts'

/** The benefit year of a claim, or the two that a stay is split between. */
export interface BenefitYears {
  readonly year: number
  readonly startsInMonth: number
  /** The first day of the later year, where the stay is split at it. */
  readonly splitAt?: CivilDate
}

export function benefitYears(workings: Workings, { year, layers }: Plan): BenefitYears | Refusal {
  const { admission, discharge } = workings.dates
  if (year === undefined) {
    workings.facts.monthOfYear = monthOfYear(discharge, 1)
    return { year: benefitYearOf(discharge, 1), startsInMonth: 1 }
  }
  const row = lookUp(workings, 'benefit-year', year)
  if (isRefusal(row)) return row
  const startsInMonth = row['startsInMonth'] as number
  workings.facts.monthOfYear = monthOfYear(discharge, startsInMonth)
  const byAdmission = benefitYearOf(admission, startsInMonth)
  const byDischarge = benefitYearOf(discharge, startsInMonth)
  switch (row['stayAcrossYears']) {
    case 'admission':
      return { year: byAdmission, startsInMonth }
    case 'split': {
      const splitAt = firstDayOf(byDischarge, startsInMonth)
      // A case has one standard, so it is one thing in one year.
      const byCase = layers.some(({ kind }) => kind === 'by-case')
      if (byCase || byAdmission === byDischarge || !hasLineBefore(workings, splitAt)) {
        return { year: byDischarge, startsInMonth }
      }
      return { year: byAdmission, startsInMonth, splitAt }
    }
    default:
      return { year: byDischarge, startsInMonth }
  }
}

/** A stay of which no line falls into the earlier year counts wholly in the later one. */
function hasLineBefore({ claim, dates }: Workings, splitAt: CivilDate): boolean {
  return claim.lines.some(({ servedOn }) => (servedOn ?? dates.discharge) < splitAt)
}

/** A benefit year bears the number of the calendar year in which it begins. */
export function benefitYearOf(date: CivilDate, startsInMonth: number): number {
  const year = yearIn(date)
  return monthIn(date) < startsInMonth ? year - 1 : year
}

/** 1 for the month in which the benefit year begins. */
function monthOfYear(date: CivilDate, startsInMonth: number): number {
  return ((monthIn(date) - startsInMonth + 12) % 12) + 1
}

function firstDayOf(year: number, startsInMonth: number): CivilDate {
  return `${String(year).padStart(4, '0')}-${String(startsInMonth).padStart(2, '0')}-01`
}

/** The dates of the two parts of a stay that is split at a new year. */
export function splitDates(dates: CareDates, splitAt: CivilDate): readonly [CareDates, CareDates] {
  const lastDay = daysLater(splitAt, -1)
  return [
    { admission: dates.admission, discharge: lastDay },
    { admission: dates.admission, discharge: dates.discharge },
  ]
}
