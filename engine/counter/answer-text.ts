import { chinaTime } from '../calendar/china-time.ts'
import {
  type Amounts,
  type Clearing,
  type Decision,
  type FundPart,
  type FundReason,
  isLookup,
  type LineSplit,
  type LookupStep,
  type Segment,
  type TraceStep,
} from '../claim/decision.ts'
import { OTHER_THAN_CODE } from '../claim/json-text.ts'
import type { Period, Value } from '../policy/table.ts'
import { amountName, knownAtText, remembered, settlementId } from './answer.ts'

/**
 * The same answers as answer.ts makes, written as JSON at once: byte for byte what `JSON.stringify`
 * makes of them, which a test compares. Most of an answer is its trace, and most of a trace says
 * what a row of a table says every time; that is written once for each row and kept.
 */

/**
 * JSON in UTF-8 as a string of which each character is one byte. Whoever sends it copies the
 * characters; a string with Chinese in it would have to be measured and encoded every time.
 */
export type JsonBytes = string & { readonly [jsonBytes]: true }
declare const jsonBytes: unique symbol

/** The JSON of `quoteAnswer`. */
export function quoteText(decision: Decision, quoteId: string, personVersion: number): JsonBytes {
  const head = `{"quoteId":${quoted(quoteId)},"status":"quoted",`
  const clearing = `,"clearing":${clearingText(decision.clearing)}}`
  return `${head}${decisionText(decision, personVersion)}${clearing}}` as JsonBytes
}

/** The JSON of `settlementAnswer`. */
export function settlementText(
  decision: Decision,
  requestId: string,
  position: number,
  bookedAt: number,
): JsonBytes {
  const settledAt = chinaTime(bookedAt)
  const head = `{"settlementId":"${settlementId(position)}","requestId":${quoted(requestId)},"status":"settled",`
  const month = `,"clearingMonth":"${settledAt.slice(0, 7)}"}`
  const clearing = clearingText(decision.clearing) + month
  const parts = `${head}${decisionText(decision, position)},"clearing":${clearing}`
  return `${parts},"settledAt":"${settledAt}"}` as JsonBytes
}

/** From the policy to what remains; members of an object, without its brackets. */
function decisionText(d: Decision, personVersion: number): string {
  const policy = `"policy":{"pack":${quoted(d.packId)},"hash":"${d.packHash}","knownAt":"${knownAtText(d.knownAt)}"}`
  const whose = `,"scheme":${quoted(d.scheme)},"benefitYear":${d.benefitYear},"personVersion":${personVersion}`
  const parts = `,"amounts":${amountsText(d.amounts)},"funds":${list(d.funds, fundText)}`
  const lines = `,"lines":${list(d.lines, lineText)},"trace":${traceText(d.packId, d.trace)}`
  return policy + whose + parts + lines + remainingText(d)
}

function amountsText(a: Amounts): string {
  const bill = `{"totalFen":${a.totalFen},"ownPayFen":${a.ownPayFen},"overLimitFen":${a.overLimitFen}`
  const shared = `,"firstSelfPayFen":${a.firstSelfPayFen},"inScopeFen":${a.inScopeFen}`
  const paid = `,"deductibleFen":${a.deductibleFen},"fundFen":${a.fundFen},"hospitalFen":${a.hospitalFen}`
  const borne = `,"patientFen":${a.patientFen},"accountFen":${a.accountFen},"cashFen":${a.cashFen}}`
  return bill + shared + paid + borne
}

function fundText({ fund, layer, baseFen, payFen, segments, ...more }: FundPart): string {
  const head = `{"fund":${quoted(fund)},"layer":${quoted(layer)},"baseFen":${baseFen},"payFen":${payFen}`
  const reason = more.reason === undefined ? '' : `,"reason":${reasonText(more.reason)}`
  const year = more.benefitYear === undefined ? '' : `,"benefitYear":${more.benefitYear}`
  return `${head},"segments":${list(segments, segmentText)}${reason}${year}}`
}

function segmentText({ fromFen, toFen, baseFen, ratePermyriad, payFen, items }: Segment): string {
  const stretch = `{"fromFen":${fromFen},"toFen":${toFen},"baseFen":${baseFen}`
  const paid = `,"ratePermyriad":${ratePermyriad},"payFen":${payFen}`
  return items === undefined ? `${stretch}${paid}}` : `${stretch}${paid},"items":${quoted(items)}}`
}

function reasonText(reason: FundReason): string {
  return recordText(reason as unknown as Readonly<Record<string, Value>>)
}

function lineText(line: LineSplit): string {
  const whose = `{"lineId":${quoted(line.lineId)},"class":"${line.class}","amountFen":${line.amountFen}`
  const borne = `,"ownPayFen":${line.ownPayFen},"overLimitFen":${line.overLimitFen}`
  const shared = `,"firstSelfPayFen":${line.firstSelfPayFen},"inScopeFen":${line.inScopeFen}`
  const reasons = line.reasons.length === 0 ? '[]' : `["${line.reasons.join('","')}"]`
  return `${whose}${borne}${shared},"reasons":${reasons}}`
}

function clearingText(clearing: Clearing): string {
  return recordText(clearing as unknown as Readonly<Record<string, Value>>).slice(0, -1)
}

function remainingText({ remaining }: Decision): string {
  // A cap that stands here twice counts once, with what it leaves last.
  const named = new Map(remaining.map(({ cap, leftFen }) => [amountName(cap), leftFen]))
  let text = ''
  for (const [name, leftFen] of named) text += `${text === '' ? '' : ','}${quoted(name)}:${leftFen}`
  return `,"remaining":{${text}}`
}

function traceText(packId: string, trace: readonly TraceStep[]): string {
  let text = '['
  for (let i = 0; i < trace.length; i++) {
    const step = trace[i]!
    if (i > 0) text += ','
    text += `{"step":"${step.step}"`
    if (isLookup(step)) text += lookupText(packId, step)
    else {
      if (step.layer !== undefined) text += `,"layer":${quoted(step.layer)}`
      text += `,"inputs":${recordText(step.inputs)},"result":${recordText(step.result)}}`
    }
  }
  return `${text}]`
}

function lookupText(packId: string, step: LookupStep): string {
  const { table, inputs } = step
  const row = rowText(packId, step)
  let text = row.head
  for (let i = 0; i < inputs.length; i++) {
    if (i > 0) text += ','
    text += `${quoted(table.dimensions[i]!.name)}:${valueText(inputs[i]!)}`
  }
  text += row.result
  if (step.layer !== undefined) text += `,"layer":${quoted(step.layer)}`
  return text + row.end
}

/** What every step says that found one row, around its own inputs and layer. */
interface RowText {
  readonly head: string
  readonly result: string
  readonly end: string
}

/** By period and row; what nobody holds any more of a pack that was replaced goes with it. */
const rowTexts = new WeakMap<Period, RowText[]>()

function rowText(packId: string, { table, period, row, result }: LookupStep): RowText {
  let texts = rowTexts.get(period)
  if (texts === undefined) {
    texts = []
    rowTexts.set(period, texts)
  }
  const known = texts[row]
  if (known !== undefined) return known
  const { standing, reference } = period.marks[row]!
  const place = `,"table":${quoted(`${packId}/${table.name}`)},"row":${row + 1}`
  const dates = `,"from":"${period.from}","until":"${period.until}"`
  const made = {
    head: `${place}${dates},"standing":"${standing}","inputs":{`,
    result: `},"result":${recordText(result)}`,
    end: reference === undefined ? '}' : `,"reference":${quoted(reference)}}`,
  }
  texts[row] = made
  return made
}

function list<Item>(items: readonly Item[], text: (item: Item) => string): string {
  if (items.length === 0) return '[]'
  let all = `[${text(items[0]!)}`
  for (let i = 1; i < items.length; i++) all += `,${text(items[i]!)}`
  return `${all}]`
}

function recordText(record: Readonly<Record<string, Value | null | undefined>>): string {
  let text = ''
  for (const name in record) {
    const value = record[name]
    if (value === undefined) continue
    text += text === '' ? `{${quoted(name)}:` : `,${quoted(name)}:`
    text += valueText(value)
  }
  return text === '' ? '{}' : `${text}}`
}

function valueText(value: Value | null): string {
  return typeof value === 'string' ? quoted(value) : `${value}`
}

/** Nearly every string here is a code, which stands in quotes as it is. */
function quoted(text: string): string {
  return OTHER_THAN_CODE.test(text) ? quotedText(text) : `"${text}"`
}

/** Escaped as JSON is, and beyond ASCII in the characters of its bytes. */
const quotedText = remembered((text: string) =>
  encodeURIComponent(JSON.stringify(text)).replace(/%(..)/g, (_, byte: string) =>
    String.fromCharCode(Number.parseInt(byte, 16)),
  ),
)
