import fc from 'fast-check'
import t from 'tap'
import { plusDays } from '../../fixtures/civil-dates.ts'
import { daysLater, isCivilDate, monthsLater, nextMonth } from './civil-days.ts'

const MONTHS: readonly [what: string, date: string, months: number, expected: string][] = [
  ['the same day', '2017-03-15', 12, '2018-03-15'],
  ['no month', '2017-03-15', 0, '2017-03-15'],
  ['over a new year', '2017-11-15', 2, '2018-01-15'],
  ['into a December', '2017-11-15', 1, '2017-12-15'],
  ['a day that the month does not have', '2018-01-31', 1, '2018-02-28'],
  ['in a leap year', '2020-01-31', 1, '2020-02-29'],
  ['from a leap day', '2020-02-29', 12, '2021-02-28'],
  ['from a leap day of a year before 100', '0096-02-29', 12, '0097-02-28'],
  ['over the year 100', '0099-11-30', 3, '0100-02-28'],
  ['the last month that there is', '9998-12-15', 12, '9999-12-15'],
  ['beyond the last year', '9999-12-15', 1, '9999-12-31'],
  ['a wait that is to mean never', '2024-01-31', 99_999, '9999-12-31'],
  ['the largest wait that a table holds', '2024-01-31', 100_000_000_000, '9999-12-31'],
]

for (const [what, date, months, expected] of MONTHS) {
  t.test(`${months} months after ${date}: ${what}`, async (t) => {
    t.equal(monthsLater(date, months), expected)
  })
}

t.test('days are counted up to the last date that there is', async (t) => {
  t.equal(daysLater('2019-12-31', 1), '2020-01-01')
  t.equal(daysLater('2020-03-01', -1), '2020-02-29')
  t.equal(daysLater('0099-12-31', 1), '0100-01-01')
  t.equal(daysLater('0100-01-01', -1), '0099-12-31')
  t.equal(daysLater('9999-12-30', 1), '9999-12-31')
  t.equal(daysLater('9999-12-31', 1), '9999-12-31')
  t.equal(daysLater('2024-01-31', 100_000_000_000), '9999-12-31')
})

t.test('the month after begins on its first day', async (t) => {
  t.equal(nextMonth('2020-01-31'), '2020-02-01')
  t.equal(nextMonth('2019-12-01'), '2020-01-01')
  t.equal(nextMonth('9999-12-31'), '9999-12-31')
})

t.test('more months and more days are never an earlier date', async (t) => {
  const date = fc.nat(80_000).map((days) => plusDays('1900-01-01', days))
  const count = fc.oneof(fc.nat(1_000), fc.nat(1_000_000))
  fc.assert(
    fc.property(date, count, fc.nat(100), (from, many, more) => {
      t.ok(daysLater(from, many) <= daysLater(from, many + more))
      t.ok(monthsLater(from, many) <= monthsLater(from, many + more))
      t.ok(from <= monthsLater(from, many))
    }),
  )
})

t.test('a date is written YYYY-MM-DD, and there is that day', async (t) => {
  for (const is of ['2024-02-29', '2000-02-29', '1900-12-31', '0001-01-01', '9999-12-31']) {
    t.ok(isCivilDate(is), is)
  }
  const not = ['2023-02-29', '1900-02-29', '2024-04-31', '2024-00-10', '2024-13-01', '2024-01-00']
  for (const text of [...not, '2024-1-01', '20240101', '2024-01-01T00:00', ' 2024-01-01', '']) {
    t.notOk(isCivilDate(text), text)
  }
})
