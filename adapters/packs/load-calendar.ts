import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type CalendarSource,
  type CalendarYearSource,
  compileCalendar,
  type WorkingCalendar,
} from '../../engine/calendar/calendar.ts'
import { dayNumber, isWeekend, weekday } from '../../engine/calendar/civil-days.ts'
import { contentHash } from './content-hash.ts'
import { type PackProblem, readRulesFile } from './rules-file.ts'
import type { ShapeFault } from './shape.ts'

const FILE = 'calendar.yaml'
const NO_YEARS: CalendarSource = { documents: {}, years: [] }

export interface LoadedCalendar {
  readonly source: CalendarSource
  readonly calendar: WorkingCalendar
  /** With any, the calendar has no years and is not to be used. */
  readonly problems: readonly PackProblem[]
}

/**
 * Reads and checks the calendar of the rules folder; whatever the file holds, nothing is thrown. A
 * folder without one has a calendar without years: nobody can count working days with it.
 */
export function loadCalendar(rulesFolder: string): LoadedCalendar {
  if (!existsSync(join(rulesFolder, FILE))) return loaded(NO_YEARS, [])
  const file = readRulesFile(rulesFolder, FILE, 'calendar')
  if (!file.sound) return loaded(NO_YEARS, file.problems)
  const source = file.value as CalendarSource
  const faults = [...yearsTwice(source), ...source.years.flatMap(yearFaults(source))]
  if (faults.length === 0) return loaded(source, [])
  const problems = faults.map(({ path, message }) => file.problem(path, message))
  return loaded(NO_YEARS, problems)
}

function loaded(source: CalendarSource, problems: readonly PackProblem[]): LoadedCalendar {
  return { source, calendar: compileCalendar(source, contentHash(source)), problems }
}

function yearsTwice({ years }: CalendarSource): ShapeFault[] {
  const seen = new Set<number>()
  return years.flatMap(({ year }, at) => {
    const message = `a second entry for ${year}; a year has one, with all of its days`
    const twice = seen.has(year)
    seen.add(year)
    return twice ? [{ path: ['years', at, 'year'], message }] : []
  })
}

function yearFaults({ documents }: CalendarSource) {
  return (year: CalendarYearSource, at: number): ShapeFault[] =>
    [
      ...standingFaults(year),
      ...documentFaults(year, documents),
      ...holidayFaults(year),
      ...makeUpFaults(year),
    ].map(({ path, message }) => ({ path: ['years', at, ...path], message }))
}

function standingFaults({ standing, notices, confirmedBy, note }: CalendarYearSource) {
  const faults: ShapeFault[] = []
  const wrong = (key: string, message: string) => faults.push({ path: [key], message })
  if (standing === 'assumed') {
    if (notices !== undefined) {
      wrong('notices', 'an assumed year must name no notice: nothing it could name says it')
    }
    if (note === undefined) {
      wrong('standing', 'an assumed year needs a note that says what was chosen and why')
    }
  } else {
    if (notices === undefined) {
      wrong('standing', 'a published year needs notices, the documents that arrange its days')
    }
    if (confirmedBy === undefined) {
      wrong('standing', 'a published year needs confirmedBy, what its days were compared with')
    }
  }
  return faults
}

function documentFaults(year: CalendarYearSource, documents: CalendarSource['documents']) {
  return (['notices', 'confirmedBy'] as const).flatMap((key) =>
    (year[key] ?? []).flatMap((document, at): ShapeFault[] => {
      const message = `names ${document}, which is not among the calendar's documents`
      return Object.hasOwn(documents, document) ? [] : [{ path: [key, at], message }]
    }),
  )
}

function holidayFaults({ year, holidays }: CalendarYearSource): ShapeFault[] {
  const { from: begins, until: ends } = yearRange(year)
  return holidays.flatMap(({ name, from, until }, at): ShapeFault[] => {
    const fault = (key: string, message: string) => [
      { path: ['holidays', at, key], message: `holiday ${name}: ${message}` },
    ]
    if (from >= until) {
      return fault('until', `until must be later than from: ${from} is not before ${until}`)
    }
    if (from < begins || until > ends) {
      const key = from < begins ? 'from' : 'until'
      const range = `${from} until ${until}`
      return fault(key, `${range} must lie within the year, ${begins} until ${ends}`)
    }
    const before = holidays[at - 1]
    if (before === undefined || before.until <= from) return []
    const message = `from ${from} must not be before ${before.name} ends, ${before.until}`
    return fault('from', `${message}; holidays stand in their order and do not overlap`)
  })
}

const DAY_NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

function makeUpFaults({ year, holidays, makeUpDays }: CalendarYearSource): ShapeFault[] {
  const { from: begins, until: ends } = yearRange(year)
  return makeUpDays.flatMap((date, at): ShapeFault[] => {
    const fault = (message: string) => [
      { path: ['makeUpDays', at], message: `make-up day ${date} ${message}` },
    ]
    if (date < begins || date >= ends) {
      return fault(`must lie within the year, ${begins} until ${ends}`)
    }
    const day = dayNumber(date)
    if (!isWeekend(day)) {
      return fault(`must be a Saturday or a Sunday, not a ${DAY_NAMES[weekday(day)]}`)
    }
    const holiday = holidays.find(({ from, until }) => from <= date && date < until)
    if (holiday === undefined) return []
    const { name, from, until } = holiday
    return fault(`must not be a day off: ${name} is from ${from} until ${until}`)
  })
}

function yearRange(year: number): { from: string; until: string } {
  return { from: `${year}-01-01`, until: `${year + 1}-01-01` }
}
