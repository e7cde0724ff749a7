import { benefitQuestions, benefitRows, type TableSize } from '../in-process/benefit-table.ts'
import type { ModeAttempt, Subject } from '../in-process/subject.ts'
import { benefitIn, peer, requirePeer } from './peer.ts'

interface Evaluated {
  readonly result: unknown
}
interface ZenDecision {
  evaluate(context: object): Promise<Evaluated>
  safeEvaluate(context: object): Promise<{ readonly data: Evaluated }>
}
interface ZenEngine {
  createDecision(content: object): ZenDecision
  evaluate(key: string, context: object): Promise<Evaluated>
}
interface Zen {
  readonly ZenEngine: new (options?: { loader(key: string): Promise<object> }) => ZenEngine
  readonly ZenDecisionContent: new (content: object) => object
}

/** One decision table, first hit; with every row the same conditions, so that none is wasted. */
export function zenEngine(size: TableSize): Subject {
  const { ZenEngine, ZenDecisionContent } = requirePeer<Zen>('@gorules/zen-engine')
  const contexts = benefitQuestions(size).map(({ district, level, grade, day }) => ({
    district,
    level,
    grade,
    day,
  }))
  const content = decisionTable(size)
  const attempt = (
    name: string,
    inFlight: number,
    make: () => (context: object) => Promise<Evaluated>,
  ): ModeAttempt => ({
    name: `${name}, ${inFlight === 1 ? 'one at a time' : `${inFlight} in flight`}`,
    build: () => {
      const evaluate = make()
      return {
        inFlight,
        decide: (n) => evaluate(contexts[n]!),
        answer: (decided) => benefitIn((decided as Evaluated).result),
      }
    },
  })
  const decision = (precompiled: boolean) => {
    const made = precompiled ? new ZenDecisionContent(content) : content
    return new ZenEngine().createDecision(made)
  }
  const evaluate = (precompiled: boolean) => () => {
    const made = decision(precompiled)
    return (context: object) => made.evaluate(context)
  }
  const safe = () => {
    const made = decision(true)
    return async (context: object) => (await made.safeEvaluate(context)).data
  }
  const byLoader = () => {
    const precompiled = new ZenDecisionContent(content)
    const engine = new ZenEngine({ loader: async () => precompiled })
    return (context: object) => engine.evaluate('benefit', context)
  }
  return peer(size, [
    attempt('evaluate', 1, evaluate(false)),
    attempt('evaluate', 64, evaluate(false)),
    attempt('evaluate precompiled', 1, evaluate(true)),
    attempt('evaluate precompiled', 64, evaluate(true)),
    attempt('safeEvaluate precompiled', 64, safe),
    attempt('engine with loader', 64, byLoader),
  ])
}

function decisionTable(size: TableSize): object {
  const inputs = size === 12 ? ['level', 'grade', 'day'] : ['district', 'level', 'grade', 'day']
  const outputs = ['deductibleFen', 'ratePermyriad', 'capFen']
  const columns = (fields: readonly string[]) =>
    fields.map((field) => ({ id: field, name: field, field }))
  const rules = benefitRows(size).map((row, at) => ({
    _id: `row-${at}`,
    district: JSON.stringify(row.district),
    level: String(row.level),
    grade: String(row.grade),
    day: `[${row.fromDay}..${row.untilDay})`,
    deductibleFen: String(row.deductibleFen),
    ratePermyriad: String(row.ratePermyriad),
    capFen: String(row.capFen),
  }))
  const node = (id: string, type: string, content: object = {}) => ({
    id,
    name: id,
    type,
    position: { x: 0, y: 0 },
    content,
  })
  const edge = (sourceId: string, targetId: string) => ({
    id: `${sourceId}-${targetId}`,
    type: 'edge',
    sourceId,
    targetId,
  })
  return {
    nodes: [
      node('request', 'inputNode'),
      node('table', 'decisionTableNode', {
        hitPolicy: 'first',
        inputs: columns(inputs),
        outputs: columns(outputs),
        rules,
      }),
      node('response', 'outputNode'),
    ],
    edges: [edge('request', 'table'), edge('table', 'response')],
  }
}
