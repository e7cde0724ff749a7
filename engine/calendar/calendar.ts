import type { CivilDate } from '../claim/claim.ts'
import { dayNumber } from './civil-days.ts'

/** Public holidays as they are written down: years of arranged days, each with its sources. */
export interface CalendarSource {
  readonly documents: Readonly<Record<string, { cite: string; title: string; note?: string }>>
  readonly years: readonly CalendarYearSource[]
}

export interface CalendarYearSource {
  readonly year: number
  readonly standing: 'published' | 'assumed'
  /** The documents that arrange the days; absent for an assumed year. */
  readonly notices?: readonly string[]
  /** The documents that the days were compared with. */
  readonly confirmedBy?: readonly string[]
  readonly note?: string
  /** Days off from the first, `from`, to the last before `until`, all within the year. */
  readonly holidays: readonly { name: string; from: CivilDate; until: CivilDate }[]
  /** Saturdays and Sundays that are worked. */
  readonly makeUpDays: readonly CivilDate[]
}

/** What working days are counted by. A year that is not here cannot be counted in. */
export interface WorkingCalendar {
  /** SHA-256 of the source's content. */
  readonly hash: string
  readonly years: ReadonlyMap<number, CalendarYear>
}

export interface CalendarYear {
  readonly standing: 'published' | 'assumed'
  /** The cites of the notices, as a trace prints them; absent for an assumed year. */
  readonly reference?: string
  readonly note?: string
  /** The numbers of the days off that the notices name; other weekend days are free without. */
  readonly daysOff: ReadonlySet<number>
  /** The numbers of the weekend days that are worked. */
  readonly makeUpDays: ReadonlySet<number>
}

/** Spreads a checked source out into days. */
export function compileCalendar(source: CalendarSource, hash: string): WorkingCalendar {
  const years = source.years.map((year): [number, CalendarYear] => {
    const { standing, notices, note } = year
    const reference = notices?.map((notice) => source.documents[notice]!.cite).join('、')
    return [
      year.year,
      {
        standing,
        ...(reference === undefined ? {} : { reference }),
        ...(note === undefined ? {} : { note }),
        daysOff: new Set(year.holidays.flatMap(({ from, until }) => daysFrom(from, until))),
        makeUpDays: new Set(year.makeUpDays.map(dayNumber)),
      },
    ]
  })
  return { hash, years: new Map(years) }
}

function daysFrom(from: CivilDate, until: CivilDate): number[] {
  const first = dayNumber(from)
  return Array.from({ length: dayNumber(until) - first }, (_, index) => first + index)
}
