import type { VNode } from 'preact'
import { CLEARING_WORDS } from '../../words/amounts.ts'
import { codeText } from '../../words/codes.ts'
import { dateText, timeText } from '../../words/format.ts'
import { type Language, say } from '../../words/words.ts'
import { htmlOf, Page } from '../layout.tsx'
import { Funds } from './funds.tsx'
import { Lines } from './lines.tsx'
import { type Props, Row } from './parts.tsx'
import { ForThePatient } from './patient.tsx'
import { Signatures, Slip } from './slip.tsx'
import { Steps } from './steps.tsx'
import { type TextName, text } from './texts.ts'

/** The page of one settlement: for the patient first, then the slip, then what an auditor checks. */
export function settlementPage(of: Props['of'], language: Language): string {
  return htmlOf(
    <Page title={`${text('title', language)} ${of.settlementId}`} language={language}>
      <main>
        <header>
          <h1>
            {of.packTitle} {text('title', language)}
          </h1>
          <p class="dim">
            {of.settlementId} · {dateText(of.settledAt.slice(0, 10), language)}
          </p>
        </header>
        <WhatBecameOfIt of={of} language={language} />
        <ForThePatient of={of} language={language} />
        <Slip of={of} language={language} />
        <Lines of={of} language={language} />
        <Signatures language={language} />
        <Funds of={of} language={language} />
        <Steps of={of} language={language} />
        <Version of={of} language={language} />
      </main>
    </Page>,
  )
}

const WAYS = {
  ordinary: 'wayOrdinary',
  'by-message': 'wayByMessage',
  rebill: 'wayRebill',
} as const satisfies Record<string, TextName>

/** That it was reversed, or stands in the place of another one. */
function WhatBecameOfIt({ of, language }: Props): VNode | null {
  const { reversal, replaces } = of
  const said = (name: TextName, value: string | undefined) =>
    value === undefined ? null : <Row name={text(name, language)} value={value} />
  return (
    <>
      {replaces !== undefined && (
        <p class="notice">
          {text('replaces', language)} {replaces}
        </p>
      )}
      {reversal !== undefined && (
        <section class="notice" aria-labelledby="reversed">
          <h2 id="reversed">{text('reversed', language)}</h2>
          <table>
            <tbody>
              {said('reversedBy', reversal.reversalId)}
              {said('reversedAt', timeText(reversal.reversedAt, language))}
              {said('reversedWho', reversal.by)}
              {said('reversedWay', text(WAYS[reversal.way], language))}
              {said('reversedWhy', reversal.reason)}
              {said('replacedBy', reversal.replacedBy)}
            </tbody>
          </table>
          <p>{text('asSettled', language)}</p>
        </section>
      )}
    </>
  )
}

/** By what it was decided and where it is kept. */
function Version({ of, language }: Props): VNode {
  const { packId, packHash, catalogueHash } = of.decision
  const rows: readonly (readonly [TextName, string])[] = [
    ['pack', `${of.packTitle} (${packId})`],
    ['hash', packHash],
    ['knownAt', timeText(of.knownAt, language)],
    ['catalogue', catalogueHash],
    ['settlementId', of.settlementId],
    ['position', String(of.position)],
    ['requestId', of.requestId],
  ]
  const { homeDistrict, careDistrict, institutionId, ...clearing } = of.decision.clearing
  return (
    <section aria-labelledby="version">
      <h2 id="version">{text('version', language)}</h2>
      <table class="version">
        <tbody>
          {rows.map(([name, value]) => (
            <Row name={text(name, language)} value={value} />
          ))}
          {Object.entries(clearing).map(([name, code]) => (
            <Row
              name={say(CLEARING_WORDS[name as keyof typeof clearing], language)}
              value={codeText(name, code, language)}
            />
          ))}
        </tbody>
      </table>
      <p class="dim">{text('versionNote', language)}</p>
    </section>
  )
}
