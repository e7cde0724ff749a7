import { brokenIdentity, brokenLineIdentity, type ParsedRow } from '../nhsa/money/identities.ts'
import { findTransaction, type TransactionSpec, transactionNumber } from '../nhsa/spec/spec.ts'
import type { Fields } from './messages.ts'
import type { Reply } from './platform.ts'

/** An answer that said yes. */
export interface Accepted {
  readonly output: Readonly<Record<string, unknown>>
  readonly tookMs: number
  /** What a careful client would not take without a word. */
  readonly complaints: readonly string[]
}

/** Whether `infcode` should come as 0 or as "0"; `any`: whatever comes. */
export type InfcodeForm = 'any' | 'number' | 'string'

/** The play ends: the message was refused, or nobody knows what became of it. */
export class Stopped extends Error {}

const MEMBERS = ['infcode', 'inf_refmsgid', 'refmsg_time', 'respond_time', 'err_msg', 'output']

/** Reads what came back. Throws `Stopped` with a sentence when it is not a yes. */
export function readAnswer(infno: string, reply: Reply, form: InfcodeForm): Accepted {
  if (reply.kind === 'none') {
    throw new Stopped(`no answer to ${infno}: ${reply.why}`)
  }
  const { status, contentType, text, tookMs } = reply
  if (status !== 200) throw new Stopped(`HTTP ${status} to ${infno}: ${text.slice(0, 300)}`)
  const answer = parsed(text)
  if (answer === undefined) {
    throw new Stopped(`the answer to ${infno} is no JSON object: ${text.slice(0, 300)}`)
  }
  const { infcode, err_msg: sentence } = answer
  if (Number(infcode) !== 0 || infcode === '' || infcode === null) {
    throw new Stopped(`${infno} was refused (infcode ${JSON.stringify(infcode)}): ${sentence}`)
  }
  const missing = MEMBERS.filter((name) => !(name in answer))
  const output = (answer['output'] ?? {}) as Accepted['output']
  const complaints = [
    ...(contentType.startsWith('application/json') ? [] : [`content-type is ${contentType}`]),
    ...(missing.length === 0 ? [] : [`the envelope lacks ${missing.join(', ')}`]),
    ...(form === 'any' || typeof infcode === form
      ? []
      : [`infcode came as a ${typeof infcode}, not as a ${form}`]),
    ...brokenSums(output),
  ]
  return { output, tookMs, complaints }
}

function parsed(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : undefined
  } catch {
    return undefined
  }
}

/** A row of a node, whether it came alone or as a list of one; empty where there is none. */
export function rowOf(output: Accepted['output'], node: string): Fields {
  const [row] = rowsOf(output, node)
  return row ?? {}
}

export function rowsOf(output: Accepted['output'], node: string): readonly Fields[] {
  const rows = output[node] ?? []
  return (Array.isArray(rows) ? rows : [rows]) as readonly Fields[]
}

/** A text of an answer that the next messages need. Throws `Stopped` without it. */
export function needed(output: Accepted['output'], node: string, code: string): string {
  const value = rowOf(output, node)[code]
  if (value === undefined || value === null || value === '') {
    throw new Stopped(`the answer lacks ${node}.${code}, which the next messages need`)
  }
  return String(value)
}

function brokenSums(output: Accepted['output']): string[] {
  const broken: string[] = []
  const [setlinfo] = rowsOf(output, 'setlinfo')
  // A query (5203) says the patient's share under other names.
  if (setlinfo !== undefined && 'psn_cash_pay' in setlinfo) {
    const setldetail = rowsOf(output, 'setldetail') as readonly ParsedRow[]
    const fault = brokenIdentity({ setlinfo, setldetail })
    if (fault !== undefined) broken.push(`the sums break ${fault.identity}: ${fault.detail}`)
  }
  for (const line of [...rowsOf(output, 'result'), ...rowsOf(output, 'detlcutinfo')]) {
    if (!('det_item_fee_sumamt' in line)) continue
    const fault = brokenLineIdentity(line)
    if (fault !== undefined) broken.push(`a line breaks ${fault.identity}: ${fault.detail}`)
  }
  return broken
}

const FEN_PLACES = 2
/** What the account holds moves with every payment. */
const BALANCE = 'balc'

/** The amounts of `setlinfo`, in fen, by the codes of the transaction's spec. */
export function amountsOf(infno: string, output: Accepted['output']): ReadonlyMap<string, number> {
  const row = rowOf(output, 'setlinfo')
  return new Map(
    moneyFields(infno)
      .filter(({ code }) => row[code] !== undefined && row[code] !== null && row[code] !== '')
      .map(({ code }) => [code, Math.round(Number(row[code]) * 100)]),
  )
}

export function moneyFields(infno: string) {
  const node = specOf(infno)?.output.find(({ name }) => name === 'setlinfo')
  return (node?.fields ?? []).filter(
    ({ type, places, code }) => type === 'number' && places === FEN_PLACES && code !== BALANCE,
  )
}

/** Where two answers about the same bill do not have the same amounts, times `sign`. */
export function differences(
  one: ReadonlyMap<string, number>,
  other: ReadonlyMap<string, number>,
  sign: 1 | -1,
): string[] {
  return [...one].flatMap(([code, fen]) => {
    const found = other.get(code)
    if (found === undefined || found === sign * fen) return []
    return [`${code} is ${found / 100}, not ${(sign * fen) / 100}`]
  })
}

export function specOf(infno: string): TransactionSpec | undefined {
  const number = transactionNumber(infno)
  return number && findTransaction(number)
}
