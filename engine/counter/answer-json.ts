import { chinaTime } from '../calendar/china-time.ts'
import {
  type Amounts,
  type Clearing,
  type Decision,
  type FundPart,
  isLookup,
  type LineSplit,
  type LookupStep,
  type Segment,
  type TraceStep,
} from '../claim/decision.ts'
import { settlementId } from '../claim/ids.ts'
import { fragment, JsonBytes } from '../claim/json-bytes.ts'
import { remembered } from '../claim/remembered.ts'
import type { Period, Value } from '../policy/table.ts'
import { amountName, knownAtText } from './answer.ts'

/**
 * The same answers as answer.ts makes, written as JSON at once: byte for byte what `JSON.stringify`
 * makes of them, which a test compares. Most of an answer is its trace, and most of a trace says
 * what a row of a table says every time; that is written once for each row and kept.
 *
 * What these functions give is memory that the next answer is written over: copy it at once.
 */
const json = new JsonBytes()

/** The JSON of `quoteAnswer`, in UTF-8. */
export function quoteJson(decision: Decision, quoteId: string, personVersion: number): Uint8Array {
  json.begin().put(QUOTE_ID).string(quoteId).put(QUOTED)
  putDecision(decision, personVersion)
  putClearing(decision.clearing)
  return json.put(CLOSE_BOTH).end()
}

/** The JSON of `settlementAnswer`, in UTF-8. */
export function settlementJson(
  decision: Decision,
  requestId: string,
  position: number,
  bookedAt: number,
): Uint8Array {
  const settledAt = chinaTime(bookedAt)
  json.begin().put(SETTLEMENT_ID).string(settlementId(position))
  json.put(REQUEST_ID).string(requestId).put(SETTLED)
  putDecision(decision, position)
  putClearing(decision.clearing)
  json.put(CLEARING_MONTH).string(settledAt.slice(0, 7)).put(SETTLED_AT).string(settledAt)
  return json.put(CLOSE).end()
}

/** From the policy to what remains; members of an object, without its brackets. */
function putDecision(d: Decision, personVersion: number): void {
  json.put(PACK).string(d.packId).put(HASH).string(d.packHash)
  json.put(KNOWN_AT).string(knownAtText(d.knownAt)).put(SCHEME).string(d.scheme)
  json.put(BENEFIT_YEAR).number(d.benefitYear).put(PERSON_VERSION).number(personVersion)
  putAmounts(d.amounts)
  json.put(FUNDS)
  for (let i = 0; i < d.funds.length; i++) putFund(d.funds[i]!, i > 0)
  json.put(LINES)
  for (let i = 0; i < d.lines.length; i++) putLine(d.lines[i]!, i > 0)
  json.put(TRACE)
  for (let i = 0; i < d.trace.length; i++) putStep(d.packId, d.trace[i]!, i > 0)
  putRemaining(d)
}

function putAmounts(a: Amounts): void {
  json.put(TOTAL).number(a.totalFen)
  json.put(OWN_PAY).number(a.ownPayFen).put(OVER_LIMIT).number(a.overLimitFen)
  json.put(FIRST_SELF_PAY).number(a.firstSelfPayFen).put(IN_SCOPE).number(a.inScopeFen)
  json.put(DEDUCTIBLE).number(a.deductibleFen).put(FUND_FEN).number(a.fundFen)
  json.put(HOSPITAL).number(a.hospitalFen).put(PATIENT).number(a.patientFen)
  json.put(ACCOUNT).number(a.accountFen).put(CASH).number(a.cashFen)
}

function putFund(part: FundPart, follows: boolean): void {
  const { fund, layer, baseFen, payFen, segments, reason, benefitYear } = part
  json
    .put(follows ? NEXT_FUND : FUND)
    .string(fund)
    .put(LAYER)
    .string(layer)
  json.put(BASE).number(baseFen).put(PAY).number(payFen).put(SEGMENTS)
  for (let i = 0; i < segments.length; i++) putSegment(segments[i]!, i > 0)
  json.put(CLOSE_LIST)
  if (reason !== undefined) putRecord(json.put(REASON), reason as unknown as Values)
  if (benefitYear !== undefined) json.put(BENEFIT_YEAR).number(benefitYear)
  json.put(CLOSE)
}

function putSegment(segment: Segment, follows: boolean): void {
  const { fromFen, toFen, baseFen, ratePermyriad, payFen, items } = segment
  json
    .put(follows ? NEXT_FROM : FROM)
    .number(fromFen)
    .put(TO)
  json.value(toFen).put(BASE).number(baseFen)
  json.put(RATE).number(ratePermyriad).put(PAY).number(payFen)
  if (items !== undefined) json.put(ITEMS).string(items)
  json.put(CLOSE)
}

function putLine(line: LineSplit, follows: boolean): void {
  json
    .put(follows ? NEXT_LINE_ID : LINE_ID)
    .string(line.lineId)
    .put(CLASS)
    .string(line.class)
  json.put(AMOUNT).number(line.amountFen).put(OWN_PAY).number(line.ownPayFen)
  json.put(OVER_LIMIT).number(line.overLimitFen).put(FIRST_SELF_PAY).number(line.firstSelfPayFen)
  json.put(IN_SCOPE).number(line.inScopeFen).put(REASONS)
  const { reasons } = line
  for (let i = 0; i < reasons.length; i++) {
    if (i > 0) json.put(COMMA)
    json.string(reasons[i]!)
  }
  json.put(CLOSE_LINE)
}

/** Without its closing bracket. */
function putClearing(clearing: Clearing): void {
  json.put(CLEARING)
  putMembers(json, clearing as unknown as Values)
}

function putRemaining({ remaining }: Decision): void {
  json.put(REMAINING)
  // A cap that stands here twice counts once, at its first place, with what it leaves last.
  const named = new Map(remaining.map(({ cap, leftFen }) => [amountName(cap), leftFen]))
  let follows = false
  for (const [name, leftFen] of named) {
    json.put(memberName(name)[follows ? 'next' : 'first']).number(leftFen)
    follows = true
  }
  json.put(CLOSE)
}

function putStep(packId: string, step: TraceStep, follows: boolean): void {
  json.put(follows ? NEXT_STEP : STEP).string(step.step)
  if (isLookup(step)) putLookup(packId, step)
  else {
    if (step.layer !== undefined) json.put(LAYER).string(step.layer)
    putRecord(json.put(INPUTS), step.inputs)
    putRecord(json.put(RESULT), step.result).put(CLOSE)
  }
}

function putLookup(packId: string, step: LookupStep): void {
  const { inputs, layer } = step
  const { names, result, end } = rowJson(packId, step)
  if (inputs.length === 0) json.put(names[0]!)
  for (let i = 0; i < inputs.length; i++) json.put(names[i]!).value(inputs[i]!)
  json.put(result)
  if (layer !== undefined) json.put(LAYER).string(layer)
  json.put(end)
}

/** What every step says that found one row, around its own inputs and layer. */
interface RowJson {
  /** What leads to each input; the first has all from the step's name on. */
  readonly names: readonly Uint8Array[]
  readonly result: Uint8Array
  readonly end: Uint8Array
}

/** By period and row; what nobody holds any more of a pack that was replaced goes with it. */
const rowJsons = new WeakMap<Period, RowJson[]>()

function rowJson(packId: string, step: LookupStep): RowJson {
  let rows = rowJsons.get(step.period)
  if (rows === undefined) {
    rows = []
    rowJsons.set(step.period, rows)
  }
  const known = rows[step.row]
  if (known !== undefined) return known
  const made = makeRowJson(packId, step)
  rows[step.row] = made
  return made
}

function makeRowJson(packId: string, { table, period, row, result }: LookupStep): RowJson {
  const { standing, reference } = period.marks[row]!
  const place = `,"table":${JSON.stringify(`${packId}/${table.name}`)},"row":${row + 1}`
  const dates = `,"from":"${period.from}","until":"${period.until}"`
  const head = `${place}${dates},"standing":"${standing}","inputs":{`
  const names = table.dimensions.map(({ name }, i) => `${i === 0 ? head : ','}"${name}":`)
  const end = reference === undefined ? '}' : `,"reference":${JSON.stringify(reference)}}`
  return {
    names: (names.length === 0 ? [head] : names).map(fragment),
    result: fragment(`},"result":${JSON.stringify(result)}`),
    end: fragment(end),
  }
}

type Values = Readonly<Record<string, Value | null | undefined>>

function putRecord(into: JsonBytes, record: Values): JsonBytes {
  into.put(OPEN)
  putMembers(into, record)
  return into.put(CLOSE)
}

/** What is undefined is no member. */
function putMembers(into: JsonBytes, record: Values): void {
  let follows = false
  for (const name in record) {
    const value = record[name]
    if (value === undefined) continue
    into.put(memberName(name)[follows ? 'next' : 'first']).value(value)
    follows = true
  }
}

/** The name of a member with its colon, as the first of an object and as another. */
const memberName = remembered((name: string) => {
  const first = `${JSON.stringify(name)}:`
  return { first: fragment(first), next: fragment(`,${first}`) }
})

const OPEN = fragment('{')
const COMMA = fragment(',')
const CLOSE = fragment('}')
const CLOSE_BOTH = fragment('}}')
const CLOSE_LIST = fragment(']')
const CLOSE_LINE = fragment(']}')

const QUOTE_ID = fragment('{"quoteId":')
const QUOTED = fragment(',"status":"quoted"')
const SETTLEMENT_ID = fragment('{"settlementId":')
const REQUEST_ID = fragment(',"requestId":')
const SETTLED = fragment(',"status":"settled"')
const PACK = fragment(',"policy":{"pack":')
const HASH = fragment(',"hash":')
const KNOWN_AT = fragment(',"knownAt":')
const SCHEME = fragment('},"scheme":')
const BENEFIT_YEAR = fragment(',"benefitYear":')
const PERSON_VERSION = fragment(',"personVersion":')
const TOTAL = fragment(',"amounts":{"totalFen":')
const OWN_PAY = fragment(',"ownPayFen":')
const OVER_LIMIT = fragment(',"overLimitFen":')
const FIRST_SELF_PAY = fragment(',"firstSelfPayFen":')
const IN_SCOPE = fragment(',"inScopeFen":')
const DEDUCTIBLE = fragment(',"deductibleFen":')
const FUND_FEN = fragment(',"fundFen":')
const HOSPITAL = fragment(',"hospitalFen":')
const PATIENT = fragment(',"patientFen":')
const ACCOUNT = fragment(',"accountFen":')
const CASH = fragment(',"cashFen":')
const FUNDS = fragment('},"funds":[')
const FUND = fragment('{"fund":')
const NEXT_FUND = fragment(',{"fund":')
const LAYER = fragment(',"layer":')
const BASE = fragment(',"baseFen":')
const PAY = fragment(',"payFen":')
const SEGMENTS = fragment(',"segments":[')
const REASON = fragment(',"reason":')
const FROM = fragment('{"fromFen":')
const NEXT_FROM = fragment(',{"fromFen":')
const TO = fragment(',"toFen":')
const RATE = fragment(',"ratePermyriad":')
const ITEMS = fragment(',"items":')
const LINES = fragment('],"lines":[')
const LINE_ID = fragment('{"lineId":')
const NEXT_LINE_ID = fragment(',{"lineId":')
const CLASS = fragment(',"class":')
const AMOUNT = fragment(',"amountFen":')
const REASONS = fragment(',"reasons":[')
const TRACE = fragment('],"trace":[')
const STEP = fragment('{"step":')
const NEXT_STEP = fragment(',{"step":')
const INPUTS = fragment(',"inputs":')
const RESULT = fragment(',"result":')
const REMAINING = fragment('],"remaining":{')
const CLEARING = fragment(',"clearing":{')
const CLEARING_MONTH = fragment(',"clearingMonth":')
const SETTLED_AT = fragment('},"settledAt":')
