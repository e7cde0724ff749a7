import type { ComponentChildren, VNode } from 'preact'
import type {
  CapSource,
  LayerSource,
  StepSource,
  TableSource,
} from '../../../engine/policy/pack.ts'
import { SELF_PAY } from '../../../engine/policy/pack.ts'
import { LAYER_KIND_WORDS, PART_WORDS, SHARE_PART_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { STEP_WORDS } from '../../words/steps.ts'
import { say } from '../../words/words.ts'
import { BasisOf } from './basis.tsx'
import { type BookProps, tableAnchor } from './book.ts'
import { list, type TextName, text } from './texts.ts'

interface TableLinkProps {
  readonly tables: readonly TableSource[]
  readonly name: string
}

/** A table by its title, leading to it. */
export function TableLink({ tables, name }: TableLinkProps): VNode {
  const title = tables.find(({ table }) => table === name)?.title ?? name
  return <a href={`#${tableAnchor(name)}`}>{title}</a>
}

interface LayerProps extends BookProps {
  readonly layer: LayerSource
  readonly number: number
}

/** One layer in words: who pays, out of what, above what, at which rate, up to where. */
export function LayerInWords({ of, layer, number, language }: LayerProps): VNode {
  const { applies, band, deductible, standard, owed, rate, floor, caps, baskets, mark } = layer
  const link = (name: string) => <TableLink tables={of.source.tables} name={name} />
  const steps = (some: readonly StepSource[] = []) =>
    some.map(({ step, table }) => (
      <>
        {'; '}
        {say(STEP_WORDS[step], language)} {link(table)}
      </>
    ))
  const penalised = (is: boolean | undefined) => is === true && `; ${text('penalised', language)}`
  const per = (time: string) => `; ${text('per', language)}: ${codeText('per', time, language)}`
  const ofWhat = (of: string) => `; ${text('ofWhat', language)}: ${codeText('of', of, language)}`
  const kind = layer.kind ?? 'share'
  return (
    <article class="layer">
      <h4>
        {number}. {layer.title}
      </h4>
      <table class="small facts">
        <tbody>
          <Fact name={text('paidBy', language)}>
            {layer.bearer === 'institution'
              ? text('institution', language)
              : codeText('fund', layer.fund, language)}{' '}
            ({say(LAYER_KIND_WORDS[kind], language)})
          </Fact>
          <Fact name={text('outOf', language)}>{baseText(of, layer, language)}</Fact>
          {baskets !== undefined && (
            <Fact name={text('baskets', language)}>
              {list(
                baskets.map((one) => codeText('basket', one, language)),
                language,
              )}
            </Fact>
          )}
          {applies !== undefined && (
            <Fact name={say(PART_WORDS.applies, language)}>{link(applies)}</Fact>
          )}
          {band !== undefined && (
            <Fact name={say(PART_WORDS.band, language)}>
              {link(band.table)}
              {per(band.per)}
            </Fact>
          )}
          {standard !== undefined && (
            <Fact name={say(PART_WORDS.standard, language)}>
              {link(standard.table)}
              {steps(standard.steps)}
            </Fact>
          )}
          {owed !== undefined && (
            <Fact name={say(PART_WORDS.owed, language)}>
              {link(owed.table)}
              {steps(owed.steps)}
            </Fact>
          )}
          {deductible !== undefined && (
            <Fact name={say(PART_WORDS.deductible, language)}>
              {link(deductible.table)}
              {per(deductible.per)}
              {steps(deductible.steps)}
              {penalised(deductible.penalised)}
              {deductible.yearlyLimit !== undefined && (
                <>
                  ; {say(PART_WORDS.yearlyLimit, language)} {link(deductible.yearlyLimit.table)}
                </>
              )}
            </Fact>
          )}
          {rate !== undefined && (
            <Fact name={say(kind === 'ceiling' ? PART_WORDS.ceiling : PART_WORDS.rate, language)}>
              {link(rate.table)}
              {rate.segments !== undefined && `; ${segmentsText(rate.segments, language)}`}
              {steps(rate.steps)}
              {penalised(rate.penalised)}
              {layer.of !== undefined && ofWhat(layer.of)}
              {layer.per === 'year' && `; ${text('ofYear', language)}`}
            </Fact>
          )}
          {floor !== undefined && (
            <Fact name={say(PART_WORDS.floor, language)}>
              {link(floor.table)}
              {ofWhat(floor.of)}
            </Fact>
          )}
          {caps.map((cap) => (
            <Fact name={cap.title}>
              {link(cap.table)}
              {per(cap.per ?? 'year')}
              {capText(of, cap, layer, language)}
            </Fact>
          ))}
          {mark !== undefined && (
            <Fact name={text('choices', language)}>
              <BasisOf mark={mark} documents={of.source.documents} language={language} />
            </Fact>
          )}
        </tbody>
      </table>
    </article>
  )
}

interface FactProps {
  readonly name: string
  readonly children: ComponentChildren
}

export function Fact({ name, children }: FactProps): VNode {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  )
}

type Book = BookProps['of']
type Language = BookProps['language']

function baseText(book: Book, layer: LayerSource, language: Language): string {
  const { base, measure, paidBy = [] } = layer
  if (measure === 'paid') {
    const { layers } = book.source.plans.find((plan) => plan.layers.includes(layer))!
    const titles = paidBy.map((named) => layers.find(({ id }) => id === named)!.title)
    return `${text('paidBefore', language)} ${list(titles, language)}`.trim()
  }
  if (measure === 'total' || measure === 'in-scope') return codeText('of', measure, language)
  const parts = base === 'self-pay' ? SELF_PAY : base === 'in-scope' ? ['in-scope' as const] : base
  return list(
    parts.map((part) => say(SHARE_PART_WORDS[part], language)),
    language,
  )
}

function segmentsText(
  { per, bounds }: NonNullable<NonNullable<LayerSource['rate']>['segments']>,
  language: Language,
): string {
  const time = text(per === 'year' ? 'ofYear' : 'ofStay', language)
  const from = text(bounds === 'with-deductible' ? 'withDeductible' : 'aboveDeductible', language)
  return `${text('segments', language)} ${list([time, from], language)}`
}

const MEASURES = {
  payment: 'onPayment',
  eligible: 'onEligible',
  base: 'onBase',
  visits: 'onVisits',
  'all-funds': 'onAllFunds',
} as const satisfies Record<NonNullable<CapSource['measure']>, TextName>

/** The benefits that count against it as well, by the titles of the layers that pay them. */
function capText(
  book: Book,
  { measure, benefits }: CapSource,
  { fund, benefit }: LayerSource,
  language: Language,
): string {
  const layers = book.source.plans.flatMap((plan) => plan.layers)
  const others = benefits
    .filter((one) => one !== benefit)
    .flatMap((one) => {
      const paying = layers.filter((layer) => layer.fund === fund && layer.benefit === one)
      return paying.length === 0 ? [one] : paying.map(({ title }) => title)
    })
  const on = `; ${text('capOn', language)}: ${text(MEASURES[measure ?? 'payment'], language)}`
  return others.length === 0
    ? on
    : `${on}; ${text('together', language)} ${list([...new Set(others)], language)}`
}
