import type { Readable } from 'node:stream'
import type { Sight } from '../../../engine/access/show.ts'
import { OUTCOMES, type OutcomeCode, type Refusal } from '../../../engine/claim/outcomes.ts'
import { bookedUnder } from '../../../engine/counter/message-keys.ts'
import type { Requester } from '../../../engine/counter/ports.ts'
import { keyOf, type VisitMessage, type VisitPorts } from '../../../engine/counter/visit-events.ts'
import { yuan } from '../../words/format.ts'
import type { CatalogueBook } from '../catalogue/catalogue-book.ts'
import type { RequestEnvelope } from '../envelope.ts'
import type { KeptFiles } from '../files/kept-files.ts'
import type { Input } from '../read-node.ts'
import type { Output } from '../write-node.ts'

/** One call of a transaction by an institution whose name is sure. */
export interface Call {
  readonly ports: VisitPorts
  readonly requester: Requester
  readonly envelope: RequestEnvelope
  readonly input: Input
  /** Whose data the answer shows is said here, of transactions that show any. */
  readonly sight: Sight
  /** The message as the use cases know it: an institution's id may serve each transaction once. */
  readonly message: VisitMessage
  readonly files: KeptFiles
  readonly catalogues: CatalogueBook
  /** The file that came beside the message. */
  readonly attached?: Uint8Array
}

/** What a transaction answers; `booked`: the journal keeps the message, or may; where, if that is known. */
export interface Done {
  readonly output: Output
  readonly booked?: true | Kept
  /** What the cashier should know although it was done (warn_msg). */
  readonly warning?: string
  /** What is sent in place of the envelope. */
  readonly file?: Download
}

export interface Download {
  readonly content: Readable
  /** In bytes. */
  readonly size: number
  readonly name: string
}

/** Where the journal keeps a message, and since when, ms since 1970. */
export interface Kept {
  readonly position: number
  readonly bookedAt: number
}

/** A transaction that was refused, in a sentence for the cashier. */
export interface Declined {
  readonly declined: string
  readonly code: OutcomeCode
}

/** Does what one transaction of the interface is for. Only a fault of ours throws. */
export type Transaction = (call: Call) => Promise<Done | Declined>

export const NOTHING: Output = {}

/** A refusal of our own: `sentence` says more than the code alone. */
export function decline(code: OutcomeCode, sentence: string): Declined {
  return { declined: sentence, code }
}

/** A refusal of a use case with the particulars that help the cashier on. */
export function declined(refusal: Refusal): Declined {
  const { refused, more = {} } = refusal
  return decline(refused, OUTCOMES[refused].message + particulars(refusal, more))
}

/**
 * What we refuse before the use case is asked: nothing may be refused under an id that has booked
 * something. The use case answers such a message from its entry, whatever else it is given. Bodies
 * that nobody has read are not waited for: this message may be one of them itself.
 */
export async function unlessBooked<Fault extends Declined>(
  { ports, message }: Call,
  fault: Fault,
): Promise<Fault | undefined> {
  return (await bookedUnder(ports, keyOf(message))) === undefined ? fault : undefined
}

/** What to do about a refusal, by what is wrong in which field. */
const HINTS: Readonly<Record<string, string>> = {
  'care-dates-invalid care-is-a-stay': '医疗类别（med_type）为住院类，不能按门诊结算',
  'care-dates-invalid care-of-one-day': '医疗类别（med_type）为门诊类，不能按住院结算',
  'not-discharged /until':
    '请先办理出院（2402），或填写出院时间（dscgTime），或作中途结算（mid_setl_flag为1）',
  'return-invalid unknown': '未找到原费用流水号（init_feedetl_sn）对应的明细',
  'return-invalid return-of-a-return': '原费用流水号（init_feedetl_sn）对应的明细本身是退费',
  'return-invalid other-item': '医疗目录编码（med_list_codg）与原明细不同',
  'return-invalid other-price': '单价（pric）与原明细不同',
  'return-invalid more-than-left': '累计退费数量超过原明细数量',
  'visit-line-differs reused': '如需更改，请先撤销原明细再上传',
}

/** Of a day that contradicts others, which field says it. */
const DAY_FIELDS: Readonly<Record<string, string>> = {
  '/begunOn': '开始时间（begntime）',
  '/on': '出院的结束时间（endtime）',
  '/until': '出院时间（dscgTime）',
}

function boundsOf(
  errors: NonNullable<Refusal['errors']>,
  { notBefore, notAfter }: Readonly<Record<string, unknown>>,
): string[] {
  const field = DAY_FIELDS[errors[0]!.pointer]!
  return [
    ...(notBefore === undefined ? [] : [`${field}不应早于${notBefore}`]),
    ...(notAfter === undefined ? [] : [`${field}不应晚于${notAfter}`]),
  ]
}

function particulars({ refused, errors = [] }: Refusal, more: Readonly<Record<string, unknown>>) {
  const told: string[] = []
  if (errors.some(({ pointer, code }) => pointer === '/personId' && code === 'mismatch')) {
    told.push('就诊记录不属于该人员编号（psn_no）')
  }
  if (refused === 'in-hospital') {
    told.push(`机构编号：${more['institutionId']}`)
    if (more['institutionName'] !== undefined) told.push(`机构名称：${more['institutionName']}`)
    told.push(`入院日期：${more['admittedOn']}`)
    if (more['visitId'] !== undefined) told.push(`就诊ID：${more['visitId']}`)
  }
  if (typeof more['code'] === 'string') {
    told.push(`费用明细流水号：${more['lineId']}`, `追溯码：${more['code']}`)
  }
  if (refused === 'filing-overlaps') {
    told.push(
      `已有备案自${more['from']}起${more['until'] === undefined ? '' : `至${more['until']}前`}`,
    )
  }
  if (refused === 'in-waiting-period') told.push(`待遇自${more['beginsOn']}起`)
  if (refused === 'visit-total-differs') told.push(`明细合计：${yuan(Number(more['totalFen']))}元`)
  if (typeof more['batch'] === 'string') told.push(`收费批次号：${more['batch']}`)
  if (refused === 'no-rule-for-date' && typeof more['on'] === 'string') {
    told.push(`日期：${more['on']}，政策自${more['from']}起至${more['until']}前`)
  }
  if (Array.isArray(more['lineIds'])) told.push(`费用明细流水号：${more['lineIds'].join('、')}`)
  if (typeof more['careFrom'] === 'string') {
    const { careFrom, careTo } = more
    told.push(
      careTo === undefined
        ? `明细日期（fee_ocur_time）不应早于${careFrom}`
        : `明细日期应在${careFrom}至${careTo}之间`,
    )
  }
  if (refused === 'visit-dates-invalid') told.push(...boundsOf(errors, more))
  if (refused === 'already-discharged') {
    told.push(`出院日期：${more['dischargedOn']}，如需更改，请先撤销出院（2405）`)
  }
  if (refused === 'visit-has-lines') {
    told.push(`共${more['lines']}条，2302的费用明细流水号（feedetl_sn）填0000可撤销全部未结算明细`)
  }
  if (typeof more['settlementId'] === 'string') told.push(`结算ID：${more['settlementId']}`)
  if (typeof more['reversedBy'] === 'string') told.push(`撤销的结算ID：${more['reversedBy']}`)
  if (typeof more['productFen'] === 'number') {
    told.push(`数量乘单价为${yuan(more['productFen'])}元`)
  }
  for (const { pointer, code } of errors) {
    const hint = HINTS[`${refused} ${code}`] ?? HINTS[`${refused} ${pointer}`]
    if (hint !== undefined) told.push(hint)
  }
  return told.length === 0 ? '' : `（${told.join('，')}）`
}
