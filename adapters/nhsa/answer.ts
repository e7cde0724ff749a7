import { chinaTime } from '../../engine/calendar/china-time.ts'
import type { SealedBody } from './gateway/sealed-body.ts'
import { inSlices } from './in-slices.ts'
import { type Refusal, sentenceOf } from './refusals.ts'
import type { TransactionSpec } from './spec/spec.ts'
import { type Output, outputPieces } from './write-node.ts'

/** How an institution's clients expect their answers. */
export interface AnswerSettings {
  /** 0 or "0": some clients compare with the one, some with the other. */
  readonly infcode: 'number' | 'string'
  /** Encrypts and signs what a transaction answers, for clients that send their inputs so. */
  readonly seal?: (output: string) => SealedBody
}

/** When and by whom an answer is given. */
export interface AnswerStamp {
  /** The region of this platform, six digits. */
  readonly region: string
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly answeredAt: number
  /** Tells answers of the same second apart: up to ten digits. */
  readonly sequence: number
}

const SUCCESS = 0
const FAILURE = -1

/** So many rows are written at once, within some milliseconds. */
const AT_ONCE = 50

/** The answer of a transaction that was done, as JSON text; `warning` may say more to the cashier. */
export async function acceptedAnswer(
  transaction: TransactionSpec,
  output: Output,
  stamp: AnswerStamp,
  settings: AnswerSettings,
  warning = '',
): Promise<string> {
  const pieces: string[] = []
  const written = outputPieces(transaction, output)
  for await (const piece of inSlices(written, AT_ONCE)) pieces.push(piece)
  return envelope(SUCCESS, pieces.join(''), '', stamp, settings, warning)
}

/** The answer of a transaction that was refused, for whatever reason; the sentence is the cashier's. */
export function refusedAnswer(
  sentence: string,
  stamp: AnswerStamp,
  settings: AnswerSettings,
): string {
  return envelope(FAILURE, 'null', shortened(sentence), stamp, settings)
}

/**
 * The answer of a message that was not taken. One at the address of another transaction is worded as
 * clients know it from the gateway, and marked as its errors are.
 */
export function answerToRefusal(
  refusal: Refusal,
  stamp: AnswerStamp,
  settings: AnswerSettings,
): string {
  const sentence = sentenceOf(refusal)
  if (refusal.kind !== 'wrong-address') return refusedAnswer(sentence, stamp, settings)
  const text = `FSI-FSI-${sentence},异常流水号:${stamp.sequence}`
  return `{"type":"error",${refusedAnswer(text, stamp, settings).slice(1)}`
}

function envelope(
  code: number,
  output: string,
  message: string,
  stamp: AnswerStamp,
  { infcode, seal }: AnswerSettings,
  warning = '',
): string {
  const sealed = output === 'null' ? undefined : seal?.(output)
  const rest = {
    infcode: infcode === 'number' ? code : String(code),
    warn_msg: warning,
    cainfo: sealed?.cainfo ?? '',
    err_msg: message,
    refmsg_time: digitsOf(stamp.receivedAt),
    signtype: sealed === undefined ? '' : 'SM2',
    enctype: sealed === undefined ? '' : 'SM4',
    respond_time: digitsOf(stamp.answeredAt),
    inf_refmsgid: reference(stamp),
  }
  const written = sealed === undefined ? output : JSON.stringify(sealed.input)
  return `{"output":${written},${JSON.stringify(rest).slice(1)}`
}

const SECOND_DIGITS = 14
const SEQUENCE_DIGITS = 10

/** region(6) + yyyyMMddHHmmss(14) + sequence(10). */
function reference({ region, answeredAt, sequence }: AnswerStamp): string {
  const second = digitsOf(answeredAt).slice(0, SECOND_DIGITS)
  return `${region}${second}${String(sequence).padStart(SEQUENCE_DIGITS, '0').slice(-SEQUENCE_DIGITS)}`
}

/** yyyyMMddHHmmssSSS in China. */
function digitsOf(instant: number): string {
  return chinaTime(instant).slice(0, -'+08:00'.length).replace(/\D/g, '')
}

const MESSAGE_MAX = 200

/** `err_msg` is C(200). */
function shortened(sentence: string): string {
  const characters = [...sentence]
  if (characters.length <= MESSAGE_MAX) return sentence
  return `${characters.slice(0, MESSAGE_MAX - 1).join('')}…`
}
