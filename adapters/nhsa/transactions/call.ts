import type { Readable } from 'node:stream'
import type { Sight } from '../../../engine/access/show.ts'
import { OUTCOMES, type OutcomeCode, type Refusal } from '../../../engine/claim/outcomes.ts'
import { bookedUnder } from '../../../engine/counter/message-keys.ts'
import type { Requester } from '../../../engine/counter/ports.ts'
import { keyOf, type VisitMessage, type VisitPorts } from '../../../engine/counter/visit-events.ts'
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
  if (typeof more['settlementId'] === 'string') told.push(`结算ID：${more['settlementId']}`)
  if (typeof more['reversedBy'] === 'string') told.push(`撤销的结算ID：${more['reversedBy']}`)
  const line = errors.map(({ pointer }) => /^\/lines\/(\d+)/.exec(pointer)?.[1]).find(Boolean)
  if (line !== undefined) told.push(`第${Number(line) + 1}条明细`)
  return told.length === 0 ? '' : `（${told.join('，')}）`
}
