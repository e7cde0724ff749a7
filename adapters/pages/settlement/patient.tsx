import type { VNode } from 'preact'
import type { ExplainedFund } from '../../../engine/explain/explanation.ts'
import { equationText, expressionText } from '../../words/arithmetic.ts'
import { yuan } from '../../words/format.ts'
import type { Language } from '../../words/words.ts'
import { fundTitle, Money, type Props, reasonText } from './parts.tsx'
import { type TextName, text } from './texts.ts'

/** What was billed, what each fund pays and what is left to pay: in large and plain words. */
export function ForThePatient({ of, language }: Props): VNode {
  const { decision, claim, funds } = of
  const { totalFen, fundFen, patientFen, accountFen, cashFen, hospitalFen } = decision.amounts
  const byHand = claim.manual !== undefined
  return (
    <section aria-labelledby="for-you">
      <h2 id="for-you">{text('forYou', language)}</h2>
      <dl class="figures">
        <Figure name="billed" fen={totalFen} language={language} />
        <Figure name="paidByFunds" fen={fundFen} language={language} />
        <Figure name={byHand ? 'youBear' : 'youOwe'} fen={patientFen} language={language} />
      </dl>
      {accountFen !== 0 && (
        <p>
          {text('fromAccount', language)} {yuan(accountFen)}
          {text('comma', language)}
          {text('inCash', language)} {yuan(cashFen)}
        </p>
      )}
      {byHand && <p>{text('manualNote', language)}</p>}
      {hospitalFen !== 0 && (
        <p>
          {text('hospitalBears', language)} {yuan(hospitalFen)}
          {text('comma', language)}
          {text('hospitalGets', language)}
        </p>
      )}
      <table>
        <caption>{text('paidByFunds', language)}</caption>
        <thead>
          <tr>
            <th scope="col">{text('fund', language)}</th>
            <th scope="col" class="money">
              {text('pays', language)}
            </th>
            <th scope="col">{text('why', language)}</th>
          </tr>
        </thead>
        <tbody>
          {funds.map((fund) => (
            <tr>
              <th scope="row">{fundTitle(fund, language)}</th>
              <Money fen={fund.part.payFen} />
              <td>{plainly(fund, language)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {usesAssumed(of) && <p class="assumed">{text('assumedCount', language)}</p>}
    </section>
  )
}

interface FigureProps {
  readonly name: TextName
  readonly fen: number
  readonly language: Language
}

function Figure({ name, fen, language }: FigureProps): VNode {
  return (
    <div>
      <dt>{text(name, language)}</dt>
      <dd>
        {yuan(fen)} <small>{text('yuan', language)}</small>
      </dd>
    </div>
  )
}

/** One sentence: why nothing, or what else decided beside the rate. */
function plainly({ part, equations }: ExplainedFund, language: Language): string {
  const due = equations.find(({ name }) => name === 'deductible-borne')?.expression
  const [base] = equations
  let reason = reasonText(part, language)
  if (reason === undefined) return ''
  if (part.reason?.code === 'nothing-above-deductible') {
    if (base !== undefined && equationText(base, language) === yuan(0)) {
      reason = text('nothingHere', language)
    } else if (due !== undefined && 'smaller' in due) {
      const deductible = expressionText(due.smaller[0], language)
      reason = text('belowDeductible', language).replace('{}', deductible)
    }
  }
  return `${text(part.payFen === 0 ? 'paysNothing' : 'note', language)}${reason}`
}

function usesAssumed({ sections }: Props['of']): boolean {
  return sections.some(({ steps }) => steps.some(({ rule }) => rule?.basis.standing === 'assumed'))
}
