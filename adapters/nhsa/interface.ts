import { randomInt } from 'node:crypto'
import { isRefusal, OUTCOMES, type OutcomeCode } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import { findRecord } from '../../engine/counter/records.ts'
import { keyOf, type VisitPorts } from '../../engine/counter/visit-events.ts'
import type { MessageKey } from '../../engine/ledger/entry.ts'
import { UnknownOutcomeError } from '../../engine/ledger/ports.ts'
import {
  type AnswerSettings,
  type AnswerStamp,
  acceptedAnswer,
  answerToRefusal,
  refusedAnswer,
} from './answer.ts'
import { Dictionaries } from './dictionaries.ts'
import type { KeptFiles } from './files/kept-files.ts'
import { type Message, readMessage } from './read-message.ts'
import type { Refusal } from './refusals.ts'
import {
  type Call,
  type Declined,
  type Done,
  type Download,
  decline,
  type Kept,
} from './transactions/call.ts'
import { DONE_HERE } from './transactions/transactions.ts'

/** A request to the interface as it came. */
export interface InterfaceRequest {
  readonly bytes: Buffer
  /** A file that came beside the message, in a part of its own. */
  readonly attached?: Uint8Array
  /** With the prefix, without a query. */
  readonly path: string
  /** Who calls for this institution: `unknown` without a credential for it, `forbidden` with a wrong one. */
  identify(institution: string): Promise<Requester | 'unknown' | 'forbidden'>
}

/** Always to be sent as HTTP 200: the text of an envelope, or a file. */
export type InterfaceAnswer =
  | {
      readonly text: string
      /** The code of the refusal, if it is one. */
      readonly outcome?: OutcomeCode
    }
  | { readonly file: Download }

export interface InterfaceOptions {
  readonly ports: VisitPorts
  readonly files: KeptFiles
  /** The identity of what a message asks for: 32 bytes. */
  readonly hash: (operation: string, input: unknown) => Uint8Array
  /** A fault of ours, of which the caller learns no more than that there was one. */
  readonly onFault: (error: unknown) => void
}

const SETTINGS: AnswerSettings = { infcode: 'number' }
/** Where no institution is known whose district could say it. */
const NO_REGION = '000000'
const SEQUENCES = 10_000_000_000
const FIRST_MAX = 2 ** 40

/** The national interface over the counter: bytes in, the text of the answer out. */
export class NationalInterface {
  readonly #options: InterfaceOptions
  readonly #codes = new Dictionaries()
  #sequence = randomInt(FIRST_MAX)

  constructor(options: InterfaceOptions) {
    this.#options = options
  }

  /** Never throws for what was sent, nor for a fault: that is answered, too. */
  async answer(request: InterfaceRequest): Promise<InterfaceAnswer> {
    const receivedAt = this.#options.ports.now()
    const read = readMessage(request.bytes, request.path, this.#codes)
    if (!read.ok) return this.#refused(read.refusal, this.#stampNow(receivedAt, NO_REGION))
    const { message } = read
    try {
      return await this.#answerMessage(message, request, receivedAt)
    } catch (error) {
      this.#options.onFault(error)
      const code = error instanceof UnknownOutcomeError ? 'outcome-unknown' : 'internal-error'
      const fault = decline(code, OUTCOMES[code].message)
      return this.#declined(fault, this.#stampNow(receivedAt, NO_REGION))
    }
  }

  async #answerMessage(
    { envelope, input }: Message,
    request: InterfaceRequest,
    receivedAt: number,
  ): Promise<InterfaceAnswer> {
    const { ports, hash, files } = this.#options
    const record = await findRecord(ports, 'institution', envelope.institution)
    const region = isRefusal(record) ? NO_REGION : record.district
    const now = () => this.#stampNow(receivedAt, region)
    const requester = await request.identify(envelope.institution)
    if (requester === 'unknown' || isRefusal(record)) {
      return this.#refused({ kind: 'unknown-institution' }, now())
    }
    if (requester === 'forbidden') {
      return this.#declined(decline('unauthorized', OUTCOMES.unauthorized.message), now())
    }
    if (requester.role !== 'institution' || requester.id !== envelope.institution) {
      const sentence = '定点医药机构编号（fixmedins_code）与接入凭证的机构不一致'
      return this.#declined(decline('institution-mismatch', sentence), now())
    }
    const transaction = DONE_HERE.get(envelope.base)
    if (transaction === undefined) {
      const { code, name } = envelope.transaction
      return this.#declined(decline('not-found', `本平台暂未开通交易：${name}（${code}）`), now())
    }
    const message = {
      requester,
      requestId: envelope.messageId,
      operation: envelope.base,
      requestHash: hash(envelope.infno, envelope.input),
    }
    const { attached } = request
    const beside = attached === undefined ? {} : { attached }
    const call: Call = { ports, files, requester, envelope, input, message, ...beside }
    const outcome = await transaction(call)
    if ('declined' in outcome) return this.#declined(outcome, now())
    if (outcome.file !== undefined) return { file: outcome.file }
    const stamp = await this.#stampOf(call, outcome, region, now)
    const { output, warning } = outcome
    return { text: acceptedAnswer(envelope.transaction, output, stamp, SETTINGS, warning) }
  }

  /** What the journal keeps was answered when it was booked, however often it is asked for. */
  async #stampOf(
    { ports, message }: Call,
    { booked }: Done,
    region: string,
    now: () => AnswerStamp,
  ): Promise<AnswerStamp> {
    if (booked === undefined) return now()
    const kept = booked === true ? await keptUnder(ports, keyOf(message)) : booked
    if (kept === undefined) return now()
    const { position, bookedAt } = kept
    return { region, receivedAt: bookedAt, answeredAt: bookedAt, sequence: position }
  }

  #stampNow(receivedAt: number, region: string): AnswerStamp {
    this.#sequence = (this.#sequence + 1) % SEQUENCES
    const answeredAt = this.#options.ports.now()
    return { region, receivedAt, answeredAt, sequence: this.#sequence }
  }

  #refused(refusal: Refusal, stamp: AnswerStamp): InterfaceAnswer {
    const outcome = OUTCOME_OF[refusal.kind]
    return { text: answerToRefusal(refusal, stamp, SETTINGS), outcome }
  }

  #declined({ declined, code }: Declined, stamp: AnswerStamp): InterfaceAnswer {
    return { text: refusedAnswer(declined, stamp, SETTINGS), outcome: code }
  }
}

async function keptUnder({ ledger }: VisitPorts, key: MessageKey): Promise<Kept | undefined> {
  const position = await ledger.findKey(key)
  return position === undefined
    ? undefined
    : { position, bookedAt: ledger.entry(position)!.bookedAt }
}

/** What metrics count the refusals of unreadable messages as. */
const OUTCOME_OF: Readonly<Record<Refusal['kind'], OutcomeCode>> = {
  'not-json': 'malformed-json',
  'duplicate-key': 'duplicate-key',
  'nesting-too-deep': 'nesting-too-deep',
  'not-an-object': 'invalid-request',
  'incomplete-envelope': 'invalid-request',
  'unknown-transaction': 'not-found',
  'wrong-address': 'not-found',
  'unknown-institution': 'institution-unknown',
  'input-unreadable': 'invalid-request',
  'invalid-input': 'invalid-request',
}
