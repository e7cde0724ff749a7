import {
  type ComputedStep,
  type FundPart,
  isLookup,
  type LookupStep,
  type TraceStep,
} from '../../../engine/claim/decision.ts'
import { capOf } from '../../../engine/explain/trace.ts'
import type { Layer } from '../../../engine/policy/compile.ts'
import type { Value } from '../../../engine/policy/table.ts'
import { STANDING_WORDS } from '../../words/amounts.ts'
import { percent, valueText, yuan } from '../../words/format.ts'
import { columnLabel, noteLabel } from '../../words/notes.ts'
import { FUND_REASON_WORDS, STEP_WORDS } from '../../words/steps.ts'
import { say } from '../../words/words.ts'

/** The length of the field in the interface, in characters. */
export const PROCESS_INFO_MAX = 4_000

/**
 * `setl_proc_info`: how the layers of one row came to what they pay, and the steps behind it, each
 * with the row of the table that decided. In Chinese, as it is for the cashier; what does not fit
 * into the field is counted.
 */
export function processInfo(
  layers: readonly Layer[],
  parts: readonly FundPart[],
  steps: readonly TraceStep[],
  most = PROCESS_INFO_MAX,
): string {
  const sentences = [
    ...parts.map((part) => partText(layers, part)),
    ...steps.map((step) => (isLookup(step) ? lookupText(step) : computedText(layers, step))),
  ]
  const whole = sentences.join(BETWEEN)
  if (whole.length <= most) return whole
  const room = most - leftOutText(sentences.length).length - BETWEEN.length
  let kept = 0
  for (let length = 0; kept < sentences.length; kept++) {
    length += sentences[kept]!.length + (kept === 0 ? 0 : BETWEEN.length)
    if (length > room) break
  }
  return [...sentences.slice(0, kept), leftOutText(sentences.length - kept)].join(BETWEEN)
}

const BETWEEN = '；'

function leftOutText(count: number): string {
  return `另有${count}项从略，全部过程可按结算ID查询`
}

/** One layer: its base, its segments, what it pays, and why not more. */
function partText(
  layers: readonly Layer[],
  { layer, fund, baseFen, payFen, segments, reason, benefitYear }: FundPart,
): string {
  const title = layers.find(({ id }) => id === layer)?.title ?? fund
  const year = benefitYear === undefined ? '' : `（${benefitYear}年度）`
  const shares = segments.map(
    (segment) =>
      `${yuan(segment.baseFen)}×${percent(segment.ratePermyriad)}=${yuan(segment.payFen)}`,
  )
  const why = reason === undefined ? '' : `，${say(FUND_REASON_WORDS[reason.code], 'zh')}`
  const sum = shares.length === 0 ? '' : `，${shares.join('＋')}`
  return `${title}${year}：基数${yuan(baseFen)}${sum}，支付${yuan(payFen)}${why}`
}

/**
 * What a row gives reads the same in every settlement, for as long as the version is kept; what is
 * worked out from the facts is an object of its own each time, and is told anew.
 */
const TOLD = new WeakMap<LookupStep['period'], Map<string, Told>>()

interface Told {
  readonly result: LookupStep['result']
  readonly text: string
}

function lookupText(lookup: LookupStep): string {
  const { step, period, row, result } = lookup
  const all = TOLD.get(period) ?? new Map<string, Told>()
  const key = `${step} ${row}`
  const told = all.get(key)
  if (told?.result === result) return told.text
  const text = textOfLookup(lookup)
  TOLD.set(period, all.set(key, { result, text }))
  return text
}

function textOfLookup({ step, table, period, row, result }: LookupStep): string {
  const { reference, standing } = period.marks[row]!
  const says = Object.entries(result).map(
    ([name, value]) => `${columnLabel(name, 'zh')}${valueText(name, value, 'zh')}`,
  )
  const rests = reference ?? say(STANDING_WORDS[standing], 'zh')
  const where = `${table.name}第${row + 1}行，${period.from}起，${rests}`
  return `${say(STEP_WORDS[step], 'zh')}[${where}]${says.join('，')}`
}

function computedText(layers: readonly Layer[], step: ComputedStep): string {
  const cap = capOf(layers, step)
  const inputs = cap === undefined ? step.inputs : { ...step.inputs, cap: cap.title }
  return `${say(STEP_WORDS[step.step], 'zh')}：${membersText(inputs)}→${membersText(step.result)}`
}

function membersText(members: Readonly<Record<string, Value>>): string {
  return Object.entries(members)
    .map(([name, value]) => `${noteLabel(name, 'zh')}${valueText(name, value, 'zh')}`)
    .join('，')
}
