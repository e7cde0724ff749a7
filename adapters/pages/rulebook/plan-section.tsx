import type { VNode } from 'preact'
import type { PlanSource } from '../../../engine/policy/pack.ts'
import { leftOut } from '../../../engine/policy/plan-defaults.ts'
import { PLAN_PARTS } from '../../../engine/policy/table-names.ts'
import { AMOUNT_WORDS, PART_WORDS } from '../../words/amounts.ts'
import { periodText, yuan } from '../../words/format.ts'
import { say } from '../../words/words.ts'
import { FundArithmetic } from '../settlement/funds.tsx'
import { LineTable } from '../settlement/lines.tsx'
import { StepTables } from '../settlement/steps.tsx'
import { type BookProps, planAnchor, type WorkedExample } from './book.ts'
import { Fact, LayerInWords, TableLink } from './layer.tsx'
import { careText } from './readers.tsx'
import { list, text } from './texts.ts'

interface PlanProps extends BookProps {
  readonly index: number
}

/** One kind of care of one scheme: the conditions, the layers in order, a worked example. */
export function PlanSection({ of, index, language }: PlanProps): VNode {
  const plan = of.source.plans[index]!
  const covered = of.coverage.schemes.flatMap(({ scheme, plans }) =>
    plans.filter((one) => scheme === plan.scheme && one.careTypes === plan.careTypes),
  )[0]
  const example = of.examples.get(index)
  const assumed = covered?.whollyAssumed ?? []
  return (
    <section class="plan" id={planAnchor(index)}>
      <h2>{careText(plan, language)}</h2>
      {assumed.length > 0 && (
        <p class="assumed">
          {text('whollyAssumed', language)}:{' '}
          {assumed.map(({ from, until }) => periodText(from, until, language)).join('; ')}
        </p>
      )}
      <h3>{text('conditions', language)}</h3>
      <Conditions of={of} plan={plan} language={language} />
      <h3>{text('layers', language)}</h3>
      {plan.layers.map((layer, at) => (
        <LayerInWords of={of} layer={layer} number={at + 1} language={language} />
      ))}
      <h3>{text('example', language)}</h3>
      {example === undefined ? (
        <p class="dim">{text('noExample', language)}</p>
      ) : (
        <Example example={example} language={language} />
      )}
    </section>
  )
}

interface ConditionProps extends BookProps {
  readonly plan: PlanSource
}

/** The tables that are read before and beside the layers. */
function Conditions({ of, plan, language }: ConditionProps): VNode {
  const { gradeChange, penalty } = plan
  const link = (name: string) => <TableLink tables={of.source.tables} name={name} />
  const unsaid = leftOut(plan).map(({ part }) => say(PART_WORDS[part], language))
  return (
    <>
      <table class="small facts">
        <tbody>
          {PLAN_PARTS.map((part) => {
            const table = plan[part]
            return (
              table !== undefined && (
                <Fact name={say(PART_WORDS[part], language)}>{link(table)}</Fact>
              )
            )
          })}
          {gradeChange !== undefined && (
            <Fact name={say(PART_WORDS.gradeChange, language)}>{link(gradeChange.table)}</Fact>
          )}
          {penalty !== undefined && (
            <Fact name={say(PART_WORDS.penalty, language)}>
              {link(penalty.table)}; {link(penalty.readings)}
            </Fact>
          )}
        </tbody>
      </table>
      {unsaid.length > 0 && (
        <p class="dim small">
          {text('unsaid', language)}: {list(unsaid, language)}
        </p>
      )}
    </>
  )
}

interface ExampleProps {
  readonly example: WorkedExample
  readonly language: BookProps['language']
}

const RESULT = [
  'totalFen',
  'deductibleFen',
  'fundFen',
  'patientFen',
  'accountFen',
  'cashFen',
] as const

/** The bill, what the funds pay and why, every step, and the result. */
function Example({ example, language }: ExampleProps): VNode {
  const { file, title, step, why, source, explained } = example
  const { amounts } = explained.decision
  return (
    <div class="example">
      <p>
        {text('fromCase', language)} <span class="code">{file}</span>, {step}: {title}{' '}
        <span class="dim">
          ({text('source', language)}: {source})
        </span>
      </p>
      {why !== undefined && <p>{why}</p>}
      <h3>{text('bill', language)}</h3>
      <LineTable of={explained} language={language} />
      <h3>{text('result', language)}</h3>
      <table class="small">
        <tbody>
          {RESULT.map((name) => (
            <tr>
              <th scope="row">{say(AMOUNT_WORDS[name], language)}</th>
              <td class="money">{yuan(amounts[name])}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h3>{text('funds', language)}</h3>
      <FundArithmetic of={explained} language={language} />
      <h3>{text('everyStep', language)}</h3>
      <StepTables of={explained} language={language} />
    </div>
  )
}
