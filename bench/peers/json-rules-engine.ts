import { benefitQuestions, benefitRows, type TableSize } from '../in-process/benefit-table.ts'
import type { ModeAttempt, Subject } from '../in-process/subject.ts'
import { benefitIn, peer, requirePeer } from './peer.ts'

interface RunResult {
  readonly events: readonly { readonly params?: object }[]
}
interface JsonRulesEngine {
  readonly Engine: new (
    rules: readonly object[],
    options: { readonly replaceFactsInEventParams: boolean },
  ) => { run(facts: object): Promise<RunResult> }
}

/** A rule for every row; the event of the one that holds brings the figures. */
export function jsonRulesEngine(size: TableSize): Subject {
  const { Engine } = requirePeer<JsonRulesEngine>('json-rules-engine')
  const facts = benefitQuestions(size).map(({ district, level, grade, day }) => ({
    district,
    level,
    grade,
    day,
  }))
  const is = (fact: string, value: unknown) => ({ fact, operator: 'equal', value })
  const rules = benefitRows(size).map((row) => ({
    conditions: {
      all: [
        ...(size === 12 ? [] : [is('district', row.district)]),
        is('level', row.level),
        is('grade', row.grade),
        { fact: 'day', operator: 'greaterThanInclusive', value: row.fromDay },
        { fact: 'day', operator: 'lessThan', value: row.untilDay },
      ],
    },
    event: {
      type: 'benefit',
      params: {
        deductibleFen: row.deductibleFen,
        ratePermyriad: row.ratePermyriad,
        capFen: row.capFen,
      },
    },
  }))
  const mode = (name: string, inFlight: number): ModeAttempt => ({
    name,
    build: () => {
      const engine = new Engine(rules, { replaceFactsInEventParams: false })
      return {
        inFlight,
        decide: (n) => engine.run(facts[n]!),
        answer: (decided) => benefitIn((decided as RunResult).events[0]?.params),
      }
    },
  })
  return peer(size, [mode('one at a time', 1), mode('64 in flight', 64)])
}
