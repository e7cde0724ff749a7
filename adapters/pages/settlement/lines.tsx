import type { VNode } from 'preact'
import { AMOUNT_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { dateText } from '../../words/format.ts'
import { LINE_REASON_WORDS } from '../../words/steps.ts'
import { say } from '../../words/words.ts'
import { type DecisionProps, Money, type Props } from './parts.tsx'
import { type TextName, text } from './texts.ts'

const BUCKETS = ['ownPayFen', 'overLimitFen', 'firstSelfPayFen', 'inScopeFen'] as const

/** The four buckets of every line, and why. */
export function Lines({ of, language }: Props): VNode {
  return (
    <section aria-labelledby="lines">
      <h2 id="lines">{text('lines', language)}</h2>
      <LineTable of={of} language={language} />
    </section>
  )
}

export function LineTable({ of, language }: DecisionProps): VNode {
  const { lines, decision } = of
  const head = (name: TextName) => <th scope="col">{text(name, language)}</th>
  return (
    <table class="small">
      <thead>
        <tr>
          {head('line')}
          {head('code')}
          {head('class')}
          {head('quantity')}
          {(['totalFen', ...BUCKETS] as const).map((bucket) => (
            <th scope="col" class="money">
              {say(AMOUNT_WORDS[bucket], language)}
            </th>
          ))}
          {head('reasons')}
        </tr>
      </thead>
      <tbody>
        {lines.map(({ line, split }) => (
          <tr>
            <th scope="row">{line.lineId}</th>
            <td>
              <span class="code">{line.code}</span>
              {line.servedOn !== undefined && (
                <div class="dim">{dateText(line.servedOn, language)}</div>
              )}
            </td>
            <td>{codeText('itemClass', split.class, language)}</td>
            <td>{line.quantity}</td>
            <Money fen={split.amountFen} />
            {BUCKETS.map((bucket) => (
              <Money fen={split[bucket]} />
            ))}
            <td>
              {split.reasons.length === 0
                ? text('allInScope', language)
                : split.reasons
                    .map((reason) => say(LINE_REASON_WORDS[reason], language))
                    .join(language === 'zh' ? '；' : '; ')}
            </td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row" colSpan={4}>
            {text('sum', language)}
          </th>
          {(['totalFen', ...BUCKETS] as const).map((bucket) => (
            <Money fen={decision.amounts[bucket]} />
          ))}
          <td />
        </tr>
      </tfoot>
    </table>
  )
}
