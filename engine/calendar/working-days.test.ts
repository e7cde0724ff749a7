import fc from 'fast-check'
import t from 'tap'
import { loadCalendar } from '../../adapters/packs/load-calendar.ts'
import { plusDays } from '../../fixtures/civil-dates.ts'
import { compileCalendar } from './calendar.ts'
import { civilDate, dayNumber, isWeekend, yearOf } from './civil-days.ts'
import { isWorkingDay, workingDayNumber } from './working-days.ts'

const { source, calendar } = loadCalendar('rules')
const FIRST = `${Math.min(...calendar.years.keys())}-01-01`
const LAST = `${Math.max(...calendar.years.keys())}-12-31`

const NUMBERS: readonly [what: string, from: string, to: string, number: number | 'missing'][] = [
  ['an emergency before the National Day of 2012: day 1', '2012-09-28', '2012-09-29', 1],
  ['the days off after it count no further', '2012-09-28', '2012-10-07', 1],
  ['the first day after them', '2012-09-28', '2012-10-08', 2],
  ['day 4', '2012-09-28', '2012-10-10', 4],
  ['day 5, the last that is in time', '2012-09-28', '2012-10-11', 5],
  ['day 6, too late', '2012-09-28', '2012-10-12', 6],
  ['reported on the Saturday after: still day 6', '2012-09-28', '2012-10-13', 6],
  ['the same day', '2012-09-28', '2012-09-28', 0],
  ['the day before', '2012-09-28', '2012-09-27', 0],
  ['from a Friday to the Sunday after', '2012-03-09', '2012-03-11', 0],
  ['from a Saturday to the Monday after', '2012-03-10', '2012-03-12', 1],
  ['a week without holidays', '2012-03-09', '2012-03-16', 5],
  ['the Saturday worked before the Spring Festival', '2012-01-20', '2012-01-21', 1],
  ['the whole Spring Festival', '2012-01-20', '2012-01-28', 1],
  ['the Sunday worked after it', '2012-01-20', '2012-01-29', 2],
  ['over a leap day', '2012-02-28', '2012-03-01', 2],
  ['no leap day', '2013-02-28', '2013-03-01', 1],
  ['the Spring Festival that was prolonged', '2020-01-23', '2020-02-02', 0],
  ['and the Monday after it', '2020-01-23', '2020-02-03', 1],
  ['New Year, with a Saturday worked before it', '2011-12-30', '2012-01-04', 2],
  ['New Year, with days of the year before off', '2018-12-28', '2019-01-02', 2],
  ['into a year that is missing', '2026-12-30', '2027-01-04', 'missing'],
  ['within a year that is missing', '2010-06-01', '2010-06-02', 'missing'],
  ['from the last day of a missing year, which is not counted', '2010-12-31', '2011-01-04', 1],
  ['the same day in a missing year: no day is counted', '2010-06-01', '2010-06-01', 0],
]

for (const [what, from, to, expected] of NUMBERS) {
  t.test(`${what}: ${from} to ${to}`, async (t) => {
    const number = workingDayNumber(calendar, from, to)
    const year = Number((to > LAST ? to : from).slice(0, 4))
    const refusal = { refused: 'calendar-missing', detail: `the year ${year}`, more: { year } }
    if (expected === 'missing') t.match(number, refusal)
    else t.equal(number, expected)
  })
}

const DAYS: readonly [what: string, date: string, working: boolean | 'missing'][] = [
  ['a Friday', '2012-09-28', true],
  ['a Saturday that is worked', '2012-09-29', true],
  ['a Sunday off', '2012-09-30', false],
  ['a Thursday off', '2012-10-04', false],
  ['a Saturday that no notice names', '2012-10-13', false],
  ['a leap day', '2016-02-29', true],
  ['29 February 2020, a Saturday', '2020-02-29', false],
  ['a Saturday first worked, then taken back', '2020-02-01', false],
  ['a Thursday off by a notice of its own', '2015-09-03', false],
  ['31 December off by the notice of the next year', '2018-12-31', false],
  ['31 December worked by the notice of the next year', '2011-12-31', true],
  ['a day of a missing year', '2027-01-04', 'missing'],
]

for (const [what, date, expected] of DAYS) {
  t.test(`${what}: ${date}`, async (t) => {
    const working = isWorkingDay(calendar, date)
    if (expected === 'missing') t.match(working, { refused: 'calendar-missing' })
    else t.equal(working, expected)
  })
}

t.test('the number is the slow count of days, whatever the dates', async () => {
  const length = dayNumber(LAST) - dayNumber(FIRST)
  const offset = fc.integer({ min: 0, max: length })
  fc.assert(
    fc.property(offset, fc.integer({ min: -30, max: 400 }), (at, days) => {
      const from = plusDays(FIRST, at)
      const to = plusDays(FIRST, Math.min(at + days, length))
      return workingDayNumber(calendar, from, to) === slowCount(from, to)
    }),
    { numRuns: 500 },
  )
})

t.test('a day’s number, date, year and day of the week belong together', async (t) => {
  t.equal(dayNumber('1970-01-01'), 0)
  t.equal(dayNumber('2000-03-01') - dayNumber('2000-02-28'), 2)
  t.equal(dayNumber('1900-03-01') - dayNumber('1900-02-28'), 1)
  t.same(['2012-09-28', '2012-09-29', '2012-09-30', '2012-10-01'].map(dayNumber).map(isWeekend), [
    false,
    true,
    true,
    false,
  ])
  t.same(['1969-12-27', '1969-12-29'].map(dayNumber).map(isWeekend), [true, false])
  fc.assert(
    fc.property(fc.integer({ min: -30_000, max: 90_000 }), (day) => {
      const date = civilDate(day)
      return dayNumber(date) === day && yearOf(day) === Number(date.slice(0, 4))
    }),
  )
})

t.test('the host’s zone changes nothing', async (t) => {
  const before = process.env['TZ']
  t.teardown(() => {
    if (before === undefined) delete process.env['TZ']
    else process.env['TZ'] = before
  })
  for (const zone of ['Asia/Shanghai', 'America/New_York', 'Pacific/Apia', 'America/Sao_Paulo']) {
    process.env['TZ'] = zone
    const numbers = NUMBERS.filter(([, , , number]) => number !== 'missing')
    for (const [what, from, to, number] of numbers) {
      t.equal(workingDayNumber(calendar, from, to), number, `${zone}: ${what}`)
    }
  }
})

t.test('a year keeps its notices for the trace', async (t) => {
  t.match(calendar.years.get(2015), {
    standing: 'published',
    reference: '国办发明电〔2014〕28号、国发明电〔2015〕1号',
  })
  const assumed = {
    year: 2030,
    standing: 'assumed',
    note: 'A guess.',
    holidays: [],
    makeUpDays: [],
  }
  const guess = compileCalendar({ documents: {}, years: [{ ...assumed, standing: 'assumed' }] }, '')
  t.same(Object.keys(guess.years.get(2030)!), ['standing', 'note', 'daysOff', 'makeUpDays'])
})

/** Made once: making one takes a hundred times as long as asking it. */
const dayOfWeek = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' })

/** Every date from the day after `from`, one by one, held against the words of the file. */
function slowCount(from: string, to: string): number {
  const dates: string[] = []
  for (let date = plusDays(from, 1); date <= to; date = plusDays(date, 1)) dates.push(date)
  return dates.filter((date) => {
    const year = source.years.find((one) => date.startsWith(`${one.year}-`))!
    if (year.makeUpDays.includes(date)) return true
    if (year.holidays.some((holiday) => holiday.from <= date && date < holiday.until)) return false
    const name = dayOfWeek.format(new Date(`${date}T12:00:00Z`))
    return name !== 'Saturday' && name !== 'Sunday'
  }).length
}
