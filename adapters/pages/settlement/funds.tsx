import type { VNode } from 'preact'
import type { Equation } from '../../../engine/explain/arithmetic.ts'
import type { ExplainedFund } from '../../../engine/explain/explanation.ts'
import { LAYER_KIND_WORDS, SHARE_PART_WORDS } from '../../words/amounts.ts'
import { EQUATION_WORDS, equationText } from '../../words/arithmetic.ts'
import { yuan } from '../../words/format.ts'
import { type Language, say } from '../../words/words.ts'
import { type DecisionProps, fundTitle, type Props, RestsOn, reasonText } from './parts.tsx'
import { text } from './texts.ts'

/** How each fund came to what it pays, and how the sums hang together. */
export function Funds({ of, language }: Props): VNode {
  return (
    <section aria-labelledby="funds" class="for-checking">
      <h2 id="funds">{text('howFunds', language)}</h2>
      <FundArithmetic of={of} language={language} />
    </section>
  )
}

export function FundArithmetic({ of, language }: DecisionProps): VNode {
  return (
    <>
      {of.funds.map((fund, index) => (
        <Fund fund={fund} number={index + 1} language={language} />
      ))}
      <h3>{text('howSums', language)}</h3>
      <Equations equations={of.sums} language={language} />
    </>
  )
}

interface FundProps {
  readonly fund: ExplainedFund
  readonly number: number
  readonly language: Language
}

function Fund({ fund, number, language }: FundProps): VNode {
  const { part, kind, base, equations, choices } = fund
  const reason = reasonText(part, language)
  const parts = base.map((one) => say(SHARE_PART_WORDS[one], language))
  return (
    <article class="step" data-fund={number}>
      <h3>
        {number}. {fundTitle(fund, language)}
        {text('colon', language)}
        {yuan(part.payFen)} {text('yuan', language)}
      </h3>
      <p class="dim">
        {say(LAYER_KIND_WORDS[kind], language)} · {text('from', language)}
        {text('colon', language)}
        {parts.join(language === 'zh' ? '、' : ', ')}
      </p>
      {equations.length === 0 ? (
        <p>{text('noArithmetic', language)}</p>
      ) : (
        <Equations equations={equations} language={language} />
      )}
      {reason !== undefined && (
        <p>
          {text(part.payFen === 0 ? 'paysNothing' : 'note', language)}
          {reason}
        </p>
      )}
      {choices !== undefined && (
        <div class="choices">
          <span class="dim">{text('choices', language)}</span>
          <RestsOn basis={choices} language={language} />
        </div>
      )}
    </article>
  )
}

interface EquationsProps {
  readonly equations: readonly Equation[]
  readonly language: Language
}

function Equations({ equations, language }: EquationsProps): VNode {
  return (
    <table class="equations">
      <tbody>
        {equations.map((equation) => (
          <tr>
            <th scope="row">{say(EQUATION_WORDS[equation.name], language)}</th>
            <td class="equation">{equationText(equation, language)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
