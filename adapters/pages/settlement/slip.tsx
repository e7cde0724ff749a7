import type { VNode } from 'preact'
import type { Amounts } from '../../../engine/claim/decision.ts'
import { AMOUNT_WORDS, CARE_TYPE_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { dateText, timeText } from '../../words/format.ts'
import { type Language, say } from '../../words/words.ts'
import { fundTitle, Money, type Props, placeText } from './parts.tsx'
import { type TextName, text } from './texts.ts'

/** 结算单: who, where and when, and the sums as the field knows them. */
export function Slip({ of, language }: Props): VNode {
  return (
    <section aria-labelledby="slip">
      <h2 id="slip">{text('slip', language)}</h2>
      <table class="facts">
        <caption>{text('dataCaption', language)}</caption>
        <tbody>
          {inPairs(factsOf(of, language)).map((pair) => (
            <tr>
              {pair.map(([name, value]) => (
                <>
                  <th scope="row">{text(name, language)}</th>
                  <td colSpan={pair.length === 1 ? 3 : 1}>{value}</td>
                </>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Sums of={of} language={language} />
    </section>
  )
}

/** The foot of the slip, under the lines of the bill. */
export function Signatures({ language }: Pick<Props, 'language'>): VNode {
  return (
    <p class="sign">
      {(['signPatient', 'signClerk', 'signDate'] as const).map((name) => (
        <span>
          {text(name, language)}
          {text('colon', language)}
        </span>
      ))}
    </p>
  )
}

function factsOf(of: Props['of'], language: Language): (readonly [TextName, string])[] {
  const { claim, decision, places } = of
  const { facts, admission, discharge } = decision
  const { manual, servedOn } = claim
  const institution = [of.institutionName, claim.institutionId]
    .filter((one) => one !== undefined)
    .join(' ')
  const rows: (readonly [TextName, string | undefined])[] = [
    ['settlementId', of.settlementId],
    ['settledAt', timeText(of.settledAt, language)],
    ['person', claim.personId],
    ['scheme', codeText('scheme', decision.scheme, language)],
    ['category', shown(facts.category) && codeText('category', facts.category, language)],
    ['home', placeText(places.home)],
    ...(manual === undefined
      ? ([['institution', institution]] as const)
      : ([
          ['agency', institution],
          ['paidAt', manual.hospitalName],
          ['invoice', manual.invoiceNumber],
        ] as const)),
    ['level', facts.level === 0 ? undefined : String(facts.level)],
    ['care', placeText(places.care)],
    ['areaCase', shown(facts.areaCase) && codeText('areaCase', facts.areaCase, language)],
    ['careType', say(CARE_TYPE_WORDS[claim.careType], language)],
    ...(servedOn === undefined
      ? ([
          ['admission', dateText(admission, language)],
          ['discharge', dateText(discharge, language)],
        ] as const)
      : ([['served', dateText(servedOn, language)]] as const)),
    ['diagnoses', claim.diagnoses?.join(', ')],
    ['disease', claim.diseaseCode],
    ['stated', claim.attributes?.map(({ name, value }) => `${name}: ${value}`).join(', ')],
    ['approval', claim.approvalId],
    ['transferFrom', claim.transferFrom],
    ['benefitYear', String(decision.benefitYear)],
  ]
  return rows.filter((row): row is readonly [TextName, string] => Boolean(row[1]))
}

const shown = (code: string): string | undefined => (code === 'none' ? undefined : code)

const BUCKETS = [
  'totalFen',
  'ownPayFen',
  'overLimitFen',
  'firstSelfPayFen',
  'inScopeFen',
] as const satisfies readonly (keyof Amounts)[]

/** Two to a row, so that the slip goes on one sheet. */
function inPairs<T>(all: readonly T[]): (readonly T[])[] {
  return all.flatMap((_, at) => (at % 2 === 0 ? [all.slice(at, at + 2)] : []))
}

/** What the bill is made of, and beside it who pays it. */
function Sums({ of, language }: Props): VNode {
  const { amounts } = of.decision
  const named = (name: keyof Amounts): Sum => ({
    name: say(AMOUNT_WORDS[name], language),
    fen: amounts[name],
  })
  const costs = [
    ...BUCKETS.map(named),
    { name: text('borneDeductible', language), fen: amounts.deductibleFen },
  ]
  const payments = [
    ...of.funds.map((fund) => ({ name: fundTitle(fund, language), fen: fund.part.payFen })),
    named('fundFen'),
    ...(amounts.hospitalFen === 0 ? [] : [named('hospitalFen')]),
    ...(['patientFen', 'accountFen', 'cashFen'] as const).map(named),
  ]
  return (
    <div class="side-by-side">
      <SumTable caption={text('costsCaption', language)} sums={costs} language={language} />
      <SumTable caption={text('paymentsCaption', language)} sums={payments} language={language} />
    </div>
  )
}

interface Sum {
  readonly name: string
  readonly fen: number
}

interface SumTableProps {
  readonly caption: string
  readonly sums: readonly Sum[]
  readonly language: Language
}

function SumTable({ caption, sums, language }: SumTableProps): VNode {
  return (
    <table>
      <caption>{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{text('what', language)}</th>
          <th scope="col" class="money">
            {text('amount', language)}
          </th>
        </tr>
      </thead>
      <tbody>
        {sums.map(({ name, fen }) => (
          <tr>
            <th scope="row">{name}</th>
            <Money fen={fen} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}
