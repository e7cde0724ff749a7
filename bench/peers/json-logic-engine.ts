import { benefitQuestions, benefitRows, type TableSize } from '../in-process/benefit-table.ts'
import type { Subject } from '../in-process/subject.ts'
import { benefitIn, peer, requirePeer } from './peer.ts'

interface JsonLogicEngine {
  readonly LogicEngine: new () => {
    build(logic: object): (data: object) => unknown
    run(logic: object, data: object): unknown
  }
}

/** A chain of if and else over all rows, as one expression; the result is the row's number. */
export function jsonLogicEngine(size: TableSize): Subject {
  const { LogicEngine } = requirePeer<JsonLogicEngine>('json-logic-engine')
  const rows = benefitRows(size)
  const data = benefitQuestions(size).map(({ district, level, grade, day }) => ({
    district,
    level,
    grade,
    day,
  }))
  const fact = (name: string) => ({ var: name })
  const chain = rows.flatMap((row, at) => [
    {
      and: [
        ...(size === 12 ? [] : [{ '===': [fact('district'), row.district] }]),
        { '===': [fact('level'), row.level] },
        { '===': [fact('grade'), row.grade] },
        { '<=': [row.fromDay, fact('day')] },
        { '<': [fact('day'), row.untilDay] },
      ],
    },
    at,
  ])
  const logic = { if: [...chain, -1] }
  const answer = (decided: unknown) => benefitIn(rows[decided as number])
  return peer(size, [
    {
      name: 'compiled',
      build: () => {
        const decide = new LogicEngine().build(logic)
        return { inFlight: 0, decide: (n) => decide(data[n]!), answer }
      },
    },
    {
      name: 'interpreted',
      build: () => {
        const engine = new LogicEngine()
        return { inFlight: 0, decide: (n) => engine.run(logic, data[n]!), answer }
      },
    },
  ])
}
