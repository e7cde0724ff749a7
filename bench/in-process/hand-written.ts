import type { CivilDate } from '../../engine/claim/claim.ts'
import type { Facts } from '../../engine/policy/facts.ts'
import { type Benefit, benefitQuestions, COVERED, factsOf } from './benefit-table.ts'
import type { Subject } from './subject.ts'

const benefit = (deductibleFen: number, ratePermyriad: number, capFen: number): Benefit => ({
  deductibleFen,
  ratePermyriad,
  capFen,
})

const A11 = benefit(10_000, 8_000, 7_000_000)
const A12 = benefit(10_000, 8_500, 11_000_000)
const A21 = benefit(30_000, 6_000, 7_000_000)
const A22 = benefit(30_000, 6_500, 11_000_000)
const A31 = benefit(80_000, 4_000, 7_000_000)
const A32 = benefit(80_000, 4_500, 11_000_000)
const B11 = benefit(10_500, 8_000, 8_000_000)
const B12 = benefit(10_500, 8_500, 12_000_000)
const B21 = benefit(31_500, 6_000, 8_000_000)
const B22 = benefit(31_500, 6_500, 12_000_000)
const B31 = benefit(84_000, 4_000, 8_000_000)
const B32 = benefit(84_000, 4_500, 12_000_000)

/** The table of 12 rows as somebody would program it who will never have to change it. */
function benefitByHand(date: CivilDate, { level, grade }: Facts): Benefit | undefined {
  if (date < '2012-01-01' || date >= '2014-01-01') return undefined
  if (date < '2013-01-01') {
    switch (level) {
      case 1:
        return byGrade(grade, A11, A12)
      case 2:
        return byGrade(grade, A21, A22)
      case 3:
        return byGrade(grade, A31, A32)
      default:
        return undefined
    }
  }
  switch (level) {
    case 1:
      return byGrade(grade, B11, B12)
    case 2:
      return byGrade(grade, B21, B22)
    case 3:
      return byGrade(grade, B31, B32)
    default:
      return undefined
  }
}

function byGrade(grade: number, first: Benefit, second: Benefit): Benefit | undefined {
  if (grade === 1) return first
  return grade === 2 ? second : undefined
}

export function handWritten(): Subject {
  const questions = benefitQuestions(12)
  const dates = questions.map(({ date }) => date)
  const facts = questions.map(factsOf)
  return {
    count: questions.length,
    timed: COVERED,
    modes: [
      {
        name: 'if and switch',
        build: () => ({
          inFlight: 0,
          decide: (n) => benefitByHand(dates[n]!, facts[n]!),
          answer: (found) => found ?? null,
        }),
      },
    ],
  }
}
