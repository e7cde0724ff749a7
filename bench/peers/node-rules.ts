import {
  type BenefitRow,
  benefitQuestions,
  benefitRows,
  type TableSize,
} from '../in-process/benefit-table.ts'
import type { ModeAttempt, Subject } from '../in-process/subject.ts'
import { benefitIn, peer, requirePeer } from './peer.ts'

/** What rules see of a question, and where they leave the answer. */
interface Fact {
  readonly district: string
  readonly level: number
  readonly grade: number
  readonly day: number
  benefit?: BenefitRow
}
interface Flow {
  when(holds: boolean): void
  stop(): void
}
interface NodeRules {
  readonly RuleEngine: new (
    rules: readonly object[],
    options: { readonly ignoreFactChanges: boolean },
  ) => { execute(fact: Fact, callback: (fact: Fact) => void): void }
}

/** A rule for every row, in JavaScript; the first that holds stops the run. */
export function nodeRules(size: TableSize): Subject {
  const { RuleEngine } = requirePeer<NodeRules>('node-rules')
  const facts = benefitQuestions(size).map(
    ({ district, level, grade, day }): Fact => ({ district, level, grade, day }),
  )
  const rules = benefitRows(size).map((row) => ({
    condition: (flow: Flow, fact: Fact) =>
      flow.when(
        (size === 12 || fact.district === row.district) &&
          fact.level === row.level &&
          fact.grade === row.grade &&
          row.fromDay <= fact.day &&
          fact.day < row.untilDay,
      ),
    consequence: (flow: Flow, fact: Fact) => {
      fact.benefit = row
      flow.stop()
    },
  }))
  const mode = (name: string, inFlight: number): ModeAttempt => ({
    name,
    build: () => {
      const engine = new RuleEngine(rules, { ignoreFactChanges: true })
      return {
        inFlight,
        decide: (n) => new Promise((resolve) => engine.execute(facts[n]!, resolve)),
        answer: (decided) => benefitIn((decided as Fact).benefit),
      }
    },
  })
  return peer(size, [mode('one at a time', 1), mode('64 in flight', 64)])
}
