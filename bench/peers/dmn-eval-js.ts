import { benefitQuestions, benefitRows, type TableSize } from '../in-process/benefit-table.ts'
import type { Subject } from '../in-process/subject.ts'
import { benefitIn, peer, requirePeer } from './peer.ts'

interface DmnEval {
  readonly decisionTable: {
    parseDmnXml(xml: string): Promise<object>
    evaluateDecision(id: string, decisions: object, context: object): unknown
  }
}

/** One DMN decision table, first hit, parsed once. */
export function dmnEvalJs(size: TableSize): Subject {
  const { decisionTable } = requirePeer<DmnEval>('@hbtgmbh/dmn-eval-js')
  const contexts = benefitQuestions(size).map(({ district, level, grade, day }) => ({
    district,
    level,
    grade,
    day,
  }))
  return peer(size, [
    {
      name: 'parsed once',
      build: async () => {
        const decisions = await decisionTable.parseDmnXml(dmn(size))
        return {
          inFlight: 0,
          decide: (n) => decisionTable.evaluateDecision('benefit', decisions, contexts[n]!),
          answer: benefitIn,
        }
      },
    },
  ])
}

function dmn(size: TableSize): string {
  const inputs = [
    ...(size === 12 ? [] : [['district', 'string'] as const]),
    ['level', 'integer'],
    ['grade', 'integer'],
    ['day', 'integer'],
  ] as const
  const outputs = ['deductibleFen', 'ratePermyriad', 'capFen'] as const
  const cell = (kind: string, id: string, text: string | number) =>
    `<${kind} id="${id}"><text><![CDATA[${text}]]></text></${kind}>`
  const rules = benefitRows(size).map((row, at) => {
    const tests = [
      ...(size === 12 ? [] : [JSON.stringify(row.district)]),
      row.level,
      row.grade,
      `[${row.fromDay}..${row.untilDay}[`,
    ]
    return [
      `<rule id="r${at}">`,
      ...tests.map((text, i) => cell('inputEntry', `r${at}i${i}`, text)),
      ...outputs.map((name, i) => cell('outputEntry', `r${at}o${i}`, row[name])),
      '</rule>',
    ].join('')
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" id="bench" name="bench"',
    ' namespace="http://camunda.org/schema/1.0/dmn">',
    '<decision id="benefit" name="benefit"><decisionTable id="table" hitPolicy="FIRST">',
    ...inputs.map(
      ([name, type]) =>
        `<input id="in-${name}" label="${name}"><inputExpression id="ex-${name}" ` +
        `typeRef="${type}"><text>${name}</text></inputExpression></input>`,
    ),
    ...outputs.map(
      (name) => `<output id="out-${name}" label="${name}" name="${name}" typeRef="integer"/>`,
    ),
    ...rules,
    '</decisionTable></decision></definitions>',
  ].join('')
}
