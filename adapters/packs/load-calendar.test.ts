import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { dayNumber } from '../../engine/calendar/civil-days.ts'
import { loadCalendar } from './load-calendar.ts'
import { readRules } from './read-rules.ts'

const SOUND = `documents:
  notice: { cite: 样发〔2011〕1号, title: 通知 }
  page: { cite: page.example, title: 网页 }
years:
  - year: 2012
    standing: published
    notices: [notice]
    confirmedBy: [page]
    holidays:
      - { name: 元旦, from: 2012-01-01, until: 2012-01-04 }
      - { name: 国庆节, from: 2012-09-30, until: 2012-10-08 }
    makeUpDays: [2012-09-29]
`
const YEAR = SOUND.slice(SOUND.indexOf('  - year'))

t.test('the shipped calendar is sound and has a source for every day', async (t) => {
  const { source, calendar, problems } = loadCalendar('rules')
  t.same(problems, [])
  const numbers = [...calendar.years.keys()]
  t.same([numbers[0], numbers.at(-1), numbers.length], [2011, 2026, 16])
  for (const { year, standing, notices, confirmedBy } of source.years) {
    t.equal(standing, 'published', `${year}`)
    t.ok(notices!.length > 0 && confirmedBy!.length > 0, `${year}`)
  }
  const named = new Set(source.years.flatMap((one) => [...one.notices!, ...one.confirmedBy!]))
  t.same([...named].sort(), Object.keys(source.documents).sort(), 'no document is unused')
})

t.test('each notice’s days off and days worked are as many as it announces', async (t) => {
  // Days off with the weekends that the spans name; the days of a year that the next notice arranges
  // count with their own year.
  const counts: readonly (readonly [year: number, off: number, worked: number])[] = [
    [2011, 29, 6],
    [2012, 27, 6],
    [2013, 29, 12],
    [2014, 22, 5],
    [2015, 26, 5],
    [2016, 24, 6],
    [2017, 24, 5],
    [2018, 25, 7],
    [2019, 22, 6],
    [2020, 30, 6],
    [2021, 31, 7],
    [2022, 32, 7],
    [2023, 26, 7],
    [2024, 28, 8],
    [2025, 28, 5],
    [2026, 33, 6],
  ]
  const { years } = loadCalendar('rules').calendar
  t.same(
    [...years].map(([year, { daysOff, makeUpDays }]) => [year, daysOff.size, makeUpDays.size]),
    counts,
  )
})

t.test('a sound calendar is read; its hash follows the content only', async (t) => {
  const { calendar, problems } = load(t, SOUND)
  t.same(problems, [])
  const year = calendar.years.get(2012)!
  t.same([year.standing, year.reference, year.daysOff.size], ['published', '样发〔2011〕1号', 11])
  t.same([...year.makeUpDays], [dayNumber('2012-09-29')])
  t.match(calendar.hash, /^[0-9a-f]{64}$/)
  t.equal(load(t, `# a remark\n${SOUND}`).calendar.hash, calendar.hash)
  t.not(load(t, edited('[2012-09-29]', '[]')).calendar.hash, calendar.hash)
})

const BROKEN: readonly [what: string, text: string, ...messages: string[]][] = [
  [
    'a year twice',
    SOUND + YEAR,
    'calendar.yaml:13: year 2012: a second entry for 2012; a year has one, with all of its days',
  ],
  [
    'a holiday that begins in the year before',
    edited('from: 2012-01-01', 'from: 2011-12-31'),
    'calendar.yaml:10: year 2012: holiday 元旦: 2011-12-31 until 2012-01-04 must lie within the year, 2012-01-01 until 2013-01-01',
  ],
  [
    'a holiday that ends in the next year',
    edited('until: 2012-10-08', 'until: 2013-01-02'),
    'year 2012: holiday 国庆节: 2012-09-30 until 2013-01-02 must lie within the year, 2012-01-01 until 2013-01-01',
  ],
  [
    'a holiday without a day',
    edited('until: 2012-01-04', 'until: 2012-01-01'),
    'year 2012: holiday 元旦: until must be later than from: 2012-01-01 is not before 2012-01-01',
  ],
  [
    'holidays that overlap',
    edited('from: 2012-09-30', 'from: 2012-01-03'),
    'calendar.yaml:11: year 2012: holiday 国庆节: from 2012-01-03 must not be before 元旦 ends, 2012-01-04',
    'year 2012: make-up day 2012-09-29 must not be a day off: 国庆节 is from 2012-01-03 until 2012-10-08',
  ],
  [
    'a make-up day that is a weekday',
    edited('[2012-09-29]', '[2012-09-28]'),
    'calendar.yaml:12: year 2012: make-up day 2012-09-28 must be a Saturday or a Sunday, not a Friday',
  ],
  [
    'a make-up day that is a holiday',
    edited('[2012-09-29]', '[2012-09-30]'),
    'year 2012: make-up day 2012-09-30 must not be a day off: 国庆节 is from 2012-09-30 until 2012-10-08',
  ],
  [
    'a make-up day of another year',
    edited('[2012-09-29]', '[2011-12-31]'),
    'year 2012: make-up day 2011-12-31 must lie within the year, 2012-01-01 until 2013-01-01',
  ],
  [
    'a make-up day of the next year',
    edited('[2012-09-29]', '[2013-01-05]'),
    'year 2012: make-up day 2013-01-05 must lie within the year, 2012-01-01 until 2013-01-01',
  ],
  [
    'a make-up day twice',
    edited('[2012-09-29]', '[2012-09-29, 2012-09-29]'),
    'year 2012: makeUpDays lists "2012-09-29" twice',
  ],
  [
    'no such day',
    edited('[2012-09-29]', '[2012-09-31]'),
    'year 2012: the item must be a date such as 2012-01-01, not "2012-09-31"',
  ],
  [
    'an unknown document',
    edited('notices: [notice]', 'notices: [notise]'),
    "calendar.yaml:7: year 2012: names notise, which is not among the calendar's documents",
  ],
  [
    'published without notices or confirmation',
    edited('    notices: [notice]\n    confirmedBy: [page]\n', ''),
    'year 2012: a published year needs notices, the documents that arrange its days',
    'year 2012: a published year needs confirmedBy, what its days were compared with',
  ],
  [
    'assumed with a notice and without a note',
    edited('standing: published', 'standing: assumed'),
    'year 2012: an assumed year must name no notice: nothing it could name says it',
    'year 2012: an assumed year needs a note that says what was chosen and why',
  ],
  [
    'a standing of packs only',
    edited('standing: published', 'standing: seed'),
    'year 2012: standing must be one of published, assumed, not "seed"',
  ],
  ['a year that is text', edited('year: 2012', 'year: twelve'), 'entry 1: year must be a whole'],
  [
    'a misspelt key',
    edited('makeUpDays', 'makeupDays'),
    'makeUpDays is missing',
    'makeupDays is not',
  ],
  ['an empty file', '', 'calendar.yaml: the file says nothing'],
  ['not YAML', 'years: [', 'calendar.yaml:1:9: not YAML: a ] is missing'],
]

for (const [what, text, ...expected] of BROKEN) {
  t.test(`${what} is refused`, async (t) => {
    const { calendar, problems } = load(t, text)
    const messages = problems.map(({ message }) => message)
    for (const words of expected) {
      t.ok(
        messages.some((message) => message.includes(words)),
        words,
        { messages },
      )
    }
    t.equal(messages.length, expected.length, 'and nothing else is reported', { messages })
    t.equal(calendar.years.size, 0, 'the calendar is not to be used')
  })
}

t.test('an assumed year with a note, and one that is off to its last day, are sound', async (t) => {
  const assumed = edited(
    'standing: published\n    notices: [notice]',
    'standing: assumed\n    note: A guess.',
  )
  t.same(load(t, assumed).problems, [])
  t.same(load(t, edited('until: 2012-10-08', 'until: 2013-01-01')).problems, [])
})

t.test('a folder without a calendar has none of its years', async (t) => {
  const { calendar, problems } = loadCalendar(t.testdir())
  t.same([calendar.years.size, problems], [0, []])
})

t.test('the rules are refused with a calendar that is not sound', async (t) => {
  t.same(readRules('rules').errors, [])
  const folder = t.testdir({ 'calendar.yaml': edited('[2012-09-29]', '[2012-09-28]') })
  t.match(readRules(folder).errors, [/has no pack/, /make-up day 2012-09-28/])
})

t.test('whatever is done to the file, the loader answers', async (t) => {
  const folder = t.testdir({ 'calendar.yaml': SOUND })
  const text = fc.oneof(fc.constantFrom('', '- ', '{', ']', 'null', '*a', '1e999'), fc.string())
  fc.assert(
    fc.property(fc.nat(SOUND.length), fc.nat(40), text, (at, length, text) => {
      const damaged = SOUND.slice(0, at) + text + SOUND.slice(at + length)
      writeFileSync(join(folder, 'calendar.yaml'), damaged)
      const { calendar, problems } = loadCalendar(folder)
      return problems.length === 0 || calendar.years.size === 0
    }),
    { numRuns: 150 },
  )
})

function load(t: Test, text: string) {
  return loadCalendar(t.testdir({ 'calendar.yaml': text }))
}

function edited(words: string, others: string): string {
  if (!SOUND.includes(words)) throw new Error(`the sound calendar has no ${words}`)
  return SOUND.replace(words, others)
}
