import type { VNode } from 'preact'
import type { FundPart } from '../../../engine/claim/decision.ts'
import type { ExplainedSettlement } from '../../../engine/counter/explain-settlement.ts'
import type {
  Basis,
  ExplainedFund,
  Explanation,
  Place,
} from '../../../engine/explain/explanation.ts'
import { STANDING_WORDS } from '../../words/amounts.ts'
import { yuan } from '../../words/format.ts'
import { FUND_REASON_WORDS } from '../../words/steps.ts'
import { type Language, say } from '../../words/words.ts'
import { text } from './texts.ts'

/** What those parts are given that other pages show, too. */
export interface DecisionProps {
  readonly of: Explanation
  readonly language: Language
}

/** What every part of the page is given. */
export interface Props {
  readonly of: ExplainedSettlement
  readonly language: Language
}

export function Money({ fen }: { readonly fen: number }): VNode {
  return <td class="money">{yuan(fen)}</td>
}

/** A row of a table with a name at its head. */
export function Row({ name, value }: { readonly name: string; readonly value: string }): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{value}</td>
    </tr>
  )
}

/** The document with its clause; or, in plain words, that there is none. */
export function RestsOn({
  basis,
  language,
}: {
  readonly basis: Basis
  readonly language: Language
}) {
  const { standing, document, clause, note } = basis
  const cite = [document?.cite, clause].filter((one) => one !== undefined).join(' ')
  return (
    <>
      {document !== undefined && <div>{document.title}</div>}
      {cite !== '' && <div class="dim">{cite}</div>}
      <div class={standing === 'assumed' ? 'assumed' : 'dim'}>
        {say(STANDING_WORDS[standing], language)}
      </div>
      {note !== undefined && <div class="dim">{note}</div>}
    </>
  )
}

export function placeText({ code, name }: Place): string {
  return name === undefined ? code : `${name} (${code})`
}

/** Of a stay that is split between two years, a fund stands once for each. */
export function fundTitle({ title, part }: ExplainedFund, language: Language): string {
  const { benefitYear } = part
  return benefitYear === undefined ? title : `${title} (${text('ofYear', language)} ${benefitYear})`
}

/** Why a fund pays nothing, or not what its rate gives; a cap with its amount and its use. */
export function reasonText({ reason }: FundPart, language: Language): string | undefined {
  if (reason === undefined) return undefined
  const why = say(FUND_REASON_WORDS[reason.code], language)
  const { title, capFen, usedFen } = reason
  if (title === undefined || capFen === undefined || usedFen === undefined) return why
  const figure = reason.code === 'visits-used-up' ? String : yuan
  const used = `${text('usedBefore', language)} ${figure(usedFen)}`
  return language === 'zh'
    ? `${why}（${title} ${figure(capFen)}，${used}）`
    : `${why} (${title} ${figure(capFen)}, ${used})`
}
