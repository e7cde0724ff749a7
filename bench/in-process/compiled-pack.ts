import { compilePack } from '../../engine/policy/compile.ts'
import { type Found, findRow } from '../../engine/policy/table.ts'
import { benefitPack, benefitQuestions, COVERED, factsOf, type TableSize } from './benefit-table.ts'
import type { Subject } from './subject.ts'

/** Ours: the table of a compiled pack, asked as every step of a decision asks it. */
export function compiledPack(size: TableSize): Subject {
  const { pack, faults } = compilePack(benefitPack(size), '0'.repeat(64))
  if (faults.length > 0) throw new Error(`the pack has faults: ${JSON.stringify(faults[0])}`)
  const table = pack.tables[0]!
  const questions = benefitQuestions(size)
  const dates = questions.map(({ date }) => date)
  const facts = questions.map(factsOf)
  return {
    count: questions.length,
    timed: COVERED,
    modes: [
      {
        name: 'findRow',
        build: () => ({
          inFlight: 0,
          decide: (n) => findRow(table, dates[n]!, facts[n]!),
          answer: (found) => (typeof found === 'string' ? null : (found as Found).result),
        }),
      },
    ],
  }
}
