import type { VNode } from 'preact'
import type { ExplainedStep, Rule, Section } from '../../../engine/explain/explanation.ts'
import { ANCHOR_WORDS } from '../../words/amounts.ts'
import { equationText } from '../../words/arithmetic.ts'
import { periodText, valueText } from '../../words/format.ts'
import { columnLabel, factLabel, noteLabel } from '../../words/notes.ts'
import { FUND_REASON_WORDS, STEP_WORDS } from '../../words/steps.ts'
import { type Language, say } from '../../words/words.ts'
import { type DecisionProps, fundTitle, type Props, RestsOn } from './parts.tsx'
import { type TextName, text } from './texts.ts'

const TITLES = {
  admission: 'admissionSteps',
  lines: 'lineSteps',
  account: 'accountSteps',
  clearing: 'clearingSteps',
} as const satisfies Partial<Record<Section['about'], TextName>>

/** Every step of the trace in its order: what it read, what it found, under which clause. */
export function Steps({ of, language }: Props): VNode {
  return (
    <section aria-labelledby="steps">
      <h2 id="steps">{text('steps', language)}</h2>
      <StepTables of={of} language={language} />
    </section>
  )
}

export function StepTables({ of, language }: DecisionProps): VNode {
  let number = 0
  return (
    <>
      {of.sections.map((section) => {
        const first = number + 1
        number += section.steps.length
        return (
          <table class="small steps">
            <caption>{titleOf(section, of, language)}</caption>
            <thead>
              <tr>
                <th scope="col">{text('step', language)}</th>
                <th scope="col">{text('inputs', language)}</th>
                <th scope="col">{text('result', language)}</th>
                <th scope="col">{text('basis', language)}</th>
              </tr>
            </thead>
            <tbody>
              {section.steps.map((step, index) => (
                <Step step={step} number={first + index} language={language} />
              ))}
            </tbody>
          </table>
        )
      })}
    </>
  )
}

function titleOf(
  { about, fund, title }: Section,
  of: DecisionProps['of'],
  language: Language,
): string {
  if (about !== 'fund') return text(TITLES[about], language)
  // What the institution bears is no fund's part.
  if (fund === undefined) return title ?? ''
  return `${fund + 1}. ${fundTitle(of.funds[fund]!, language)}`
}

interface StepProps {
  readonly step: ExplainedStep
  readonly number: number
  readonly language: Language
}

function Step({ step, number, language }: StepProps): VNode {
  const { rule, equation } = step
  return (
    <tr data-step={step.step}>
      <th scope="row">
        {number}. {say(STEP_WORDS[step.step], language)}
        {rule !== undefined && <div class="dim">{rule.title}</div>}
      </th>
      <td>
        <Values
          of={step.inputs}
          label={rule === undefined ? noteLabel : factLabel}
          {...{ language }}
        />
      </td>
      <td>
        <Values
          of={step.result}
          label={rule === undefined ? noteLabel : columnLabel}
          {...{ language }}
        />
        {equation !== undefined && <div class="equation">{equationText(equation, language)}</div>}
      </td>
      <td>
        {rule === undefined ? (
          <span class="dim">{text('workedOut', language)}</span>
        ) : (
          <RuleText rule={rule} language={language} />
        )}
      </td>
    </tr>
  )
}

interface ValuesProps {
  readonly of: ExplainedStep['inputs']
  readonly label: (name: string, language: Language) => string
  readonly language: Language
}

function Values({ of, label, language }: ValuesProps): VNode {
  if (of.length === 0) return <span class="dim">{text('none', language)}</span>
  return (
    <ul class="values">
      {of.map(([name, value]) => (
        <li>
          {label(name, language)}
          {text('colon', language)}
          {memberText(name, value, language)}
        </li>
      ))}
    </ul>
  )
}

function memberText(
  name: string,
  value: ExplainedStep['inputs'][number][1],
  language: Language,
): string {
  if (name === 'reason' && Object.hasOwn(FUND_REASON_WORDS, value as string)) {
    return say(FUND_REASON_WORDS[value as keyof typeof FUND_REASON_WORDS], language)
  }
  return valueText(name, value, language)
}

function RuleText({ rule, language }: { readonly rule: Rule; readonly language: Language }): VNode {
  const { table, row, from, until, anchor, basis } = rule
  const byDate = text('byDate', language).replace('{}', say(ANCHOR_WORDS[anchor], language))
  return (
    <>
      <RestsOn basis={basis} language={language} />
      <div class="dim">
        <span class="code">{table}</span>, {text('row', language).replace('{}', String(row))},{' '}
        {periodText(from, until, language)} ({byDate})
      </div>
    </>
  )
}
