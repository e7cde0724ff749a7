import t from 'tap'
import { firstDifference } from './agreement.ts'
import { benefitQuestions, benefitRows, COVERED, TABLE_SIZES } from './benefit-table.ts'
import { compiledPack } from './compiled-pack.ts'
import { handWritten } from './hand-written.ts'
import type { Subject } from './subject.ts'

async function answersOf({ count, modes }: Subject): Promise<unknown[]> {
  const mode = await modes[0]!.build()
  return Promise.all(
    Array.from({ length: count }, async (_, n) => mode.answer(await mode.decide(n))),
  )
}

t.test('differences are found and said', async (t) => {
  const cases: [unknown[], unknown[], RegExp | undefined][] = [
    [[{ a: 1 }, null], [{ a: 1 }, null], undefined],
    [[{ a: 1 }, null], [{ a: 1 }, { a: 1 }], /question 1: ours null, theirs {"a":1}/],
    [[{ a: 1 }], [{ a: 2 }], /question 0/],
    [[{ a: 1 }], [], /0 answers instead of 1/],
  ]
  for (const [ours, theirs, expected] of cases) {
    const found = firstDifference(ours, theirs)
    if (expected === undefined) t.equal(found, undefined)
    else t.match(found, expected)
  }
})

t.test('the table is looked up as its rows say', async (t) => {
  for (const size of TABLE_SIZES) {
    const rows = benefitRows(size)
    const questions = benefitQuestions(size)
    t.equal(rows.length, size)
    const scanned = questions.map(({ day, district, level, grade }) => {
      const row = rows.find(
        (row) =>
          row.district === district &&
          row.level === level &&
          row.grade === grade &&
          row.fromDay <= day &&
          day < row.untilDay,
      )
      if (row === undefined) return null
      const { deductibleFen, ratePermyriad, capFen } = row
      return { deductibleFen, ratePermyriad, capFen }
    })
    t.equal(scanned.indexOf(null), COVERED, 'only questions with a row are timed')
    t.equal(firstDifference(await answersOf(compiledPack(size)), scanned), undefined)
    if (size === 12) t.equal(firstDifference(await answersOf(handWritten()), scanned), undefined)
  }
})
