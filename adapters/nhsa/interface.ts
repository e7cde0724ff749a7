import { randomInt } from 'node:crypto'
import type { ReadKeeper } from '../../engine/access/read-keeper.ts'
import { keepShown, Sight } from '../../engine/access/show.ts'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { isRefusal, OUTCOMES, type OutcomeCode } from '../../engine/claim/outcomes.ts'
import { findRecord } from '../../engine/counter/records.ts'
import { keyOf, type VisitPorts } from '../../engine/counter/visit-events.ts'
import type { MessageKey } from '../../engine/ledger/entry.ts'
import { UnknownOutcomeError } from '../../engine/ledger/ports.ts'
import { packFor } from '../../engine/policy/policy.ts'
import type { Nonces } from '../access/seen-nonces.ts'
import {
  type AnswerSettings,
  type AnswerStamp,
  acceptedAnswer,
  answerToRefusal,
  refusedAnswer,
} from './answer.ts'
import { callerOf, openedInput, type Sender } from './caller.ts'
import type { CatalogueBook } from './catalogue/catalogue-book.ts'
import { dictionariesOf } from './dictionaries.ts'
import { type RequestEnvelope, readEnvelope } from './envelope.ts'
import type { KeptFiles } from './files/kept-files.ts'
import { sealBody } from './gateway/sealed-body.ts'
import { isAtItsAddress, readInput } from './read-message.ts'
import type { Refusal } from './refusals.ts'
import { type InstitutionSettings, type InterfaceSettings, settingsOf } from './settings.ts'
import {
  type Call,
  type Declined,
  type Done,
  type Download,
  decline,
  declined,
  type Kept,
} from './transactions/call.ts'
import { DONE_HERE, type DoneHere } from './transactions/transactions.ts'

/** A request to the interface as it came. */
export interface InterfaceRequest extends Sender {
  /** A file that came beside the message, in a part of its own. */
  readonly attached?: Uint8Array
  /** With the prefix, without a query. */
  readonly path: string
  /** Told before work that may take longer than a silent connection is kept. */
  readonly mayTakeLong: () => void
}

/** Always to be sent as HTTP 200: the text of an envelope, or a file. */
export type InterfaceAnswer = {
  /** Which transaction it is of, without the suffix, where that could be read. */
  readonly transaction?: string
} & (
  | {
      readonly text: string
      /** The code of the refusal, if it is one. */
      readonly outcome?: OutcomeCode
    }
  | { readonly file: Download }
)

export interface InterfaceOptions {
  readonly ports: VisitPorts
  readonly reads: ReadKeeper
  readonly files: KeptFiles
  readonly catalogues: CatalogueBook
  readonly settings: InterfaceSettings
  /** Of all threads, as a call may be repeated to any of them. */
  readonly nonces: Nonces
  /** The identity of what a message asks for: 32 bytes. */
  readonly hash: (operation: string, input: unknown) => Uint8Array
  /** A fault of ours, of which the caller learns no more than that there was one. */
  readonly onFault: (error: unknown) => void
}

/** What every answer to one request is written with. */
interface Exchange {
  /** Milliseconds since 1970. */
  readonly receivedAt: number
  readonly region: string
  readonly settings: InstitutionSettings
}

/** Where no institution is known whose district could say it. */
const NO_REGION = '000000'
const SEQUENCES = 10_000_000_000
const FIRST_MAX = 2 ** 40

/** The national interface over the counter: bytes in, the text of the answer out. */
export class NationalInterface {
  readonly #options: InterfaceOptions
  #sequence = randomInt(FIRST_MAX)

  constructor(options: InterfaceOptions) {
    this.#options = options
  }

  /** Never throws for what was sent, nor for a fault: that is answered, too. */
  async answer(request: InterfaceRequest): Promise<InterfaceAnswer> {
    const read = readEnvelope(request.bytes)
    const exchange = this.#exchange(read.ok ? read.envelope.institution : read.institution)
    if (!read.ok) return this.#refused(read.refusal, exchange)
    const { base: transaction } = read.envelope
    try {
      return { transaction, ...(await this.#answerEnvelope(read.envelope, request, exchange)) }
    } catch (error) {
      return { transaction, ...this.#failed(error, exchange) }
    }
  }

  /** The answer to a request that failed before it was asked for here, by a fault of ours. */
  failed(error: unknown): InterfaceAnswer {
    return this.#failed(error, this.#exchange(undefined))
  }

  #failed(error: unknown, exchange: Exchange): InterfaceAnswer {
    this.#options.onFault(error)
    const code = error instanceof UnknownOutcomeError ? 'outcome-unknown' : 'internal-error'
    return this.#declined(decline(code, OUTCOMES[code].message), exchange)
  }

  /**
   * The answer to a request that nobody reads: its body is too large, it is no POST, or there is too
   * much to do. In the form that `institution` expects, where it is known.
   */
  unread(refusal: Refusal, institution?: string): InterfaceAnswer {
    return this.#refused(refusal, this.#exchange(institution))
  }

  /** Whether whoever signs as the institution needs no key. */
  isSigned(institution: string): boolean {
    return settingsOf(this.#options.settings, institution).gateway.family !== 'none'
  }

  #exchange(institution: string | undefined): Exchange {
    const { ports, settings } = this.#options
    return {
      receivedAt: ports.now(),
      region: NO_REGION,
      settings: settingsOf(settings, institution),
    }
  }

  async #answerEnvelope(
    envelope: RequestEnvelope,
    request: InterfaceRequest,
    { receivedAt, settings }: Exchange,
  ): Promise<InterfaceAnswer> {
    const { ports, files, catalogues, nonces, hash } = this.#options
    const record = await findRecord(ports, 'institution', envelope.institution)
    const region = isRefusal(record) ? NO_REGION : record.district
    const exchange = { receivedAt, settings, region }
    const refuse = (refusal: Refusal) => this.#refused(refusal, exchange)

    const requester = await callerOf(envelope, request, settings, { nonces, now: receivedAt })
    if (isRefusal(record)) return refuse({ kind: 'unknown-institution' })
    if (requester === 'unknown') return refuse({ kind: 'unknown-sender' })
    if ('declined' in requester) return this.#declined(requester, exchange)
    if (!isAtItsAddress(envelope, request.path)) return refuse({ kind: 'wrong-address' })
    const done = DONE_HERE.get(envelope.base)
    if (done === undefined) {
      const { infno, transaction: spec } = envelope
      return refuse({ kind: 'not-done-here', infno, name: spec.name })
    }
    const opened = openedInput(envelope, settings)
    if (typeof opened === 'object') return this.#declined(opened, exchange)
    const live = packFor(ports.policy(), record.district, chinaDate(receivedAt))
    const read = readInput(envelope, dictionariesOf(live?.pack.nhsa), opened)
    if (!read.ok) return refuse(read.refusal)

    const message = {
      requester,
      requestId: envelope.messageId,
      operation: envelope.base,
      requestHash: hash(envelope.infno, envelope.input),
    }
    if (done.takesLong) request.mayTakeLong()
    const { attached } = request
    const beside = attached === undefined ? {} : { attached }
    const { input } = read.message
    const sight = new Sight()
    const from = { requester, envelope, input, message, ...beside }
    const outcome = await this.#shown(done, { ports, files, catalogues, sight, ...from })
    if ('declined' in outcome) return this.#declined(outcome, exchange)
    if (outcome.file !== undefined) return { file: outcome.file }
    const stamp = await this.#stampOf({ ports, message }, outcome, exchange)
    const { output, warning } = outcome
    const written = answerSettings(settings, opened !== undefined)
    return { text: await acceptedAnswer(envelope.transaction, output, stamp, written, warning) }
  }

  /** The outcome, once it is kept who is shown what of a person by it. */
  async #shown({ run, shows }: DoneHere, call: Call): Promise<Done | Declined> {
    const { reads } = this.#options
    // Quotes are not waited for: none is made while they could not be noted.
    if (shows === 'quote' && reads.refusal !== undefined) return declined(reads.refusal)
    const outcome = await run(call)
    const { requester: by, envelope, sight } = call
    const way = envelope.base
    const unkept = await keepShown(reads, { by, way, shows, ...seenIn(outcome, sight) })
    return unkept === undefined ? outcome : declined(unkept)
  }

  /** What the journal keeps was answered when it was booked, however often it is asked for. */
  async #stampOf(
    { ports, message }: Pick<Call, 'ports' | 'message'>,
    { booked }: Done,
    exchange: Exchange,
  ): Promise<AnswerStamp> {
    if (booked === undefined) return this.#stampNow(exchange)
    const kept = booked === true ? await keptUnder(ports, keyOf(message)) : booked
    if (kept === undefined) return this.#stampNow(exchange)
    const { position, bookedAt } = kept
    const { region } = exchange
    return { region, receivedAt: bookedAt, answeredAt: bookedAt, sequence: position }
  }

  #stampNow({ receivedAt, region }: Exchange): AnswerStamp {
    this.#sequence = (this.#sequence + 1) % SEQUENCES
    const answeredAt = this.#options.ports.now()
    return { region, receivedAt, answeredAt, sequence: this.#sequence }
  }

  #refused(refusal: Refusal, exchange: Exchange): InterfaceAnswer {
    const text = answerToRefusal(refusal, this.#stampNow(exchange), exchange.settings)
    return { text, outcome: OUTCOME_OF[refusal.kind] }
  }

  #declined({ declined, code }: Declined, exchange: Exchange): InterfaceAnswer {
    return {
      text: refusedAnswer(declined, this.#stampNow(exchange), exchange.settings),
      outcome: code,
    }
  }
}

/** A client that encrypts is answered so, unless its institution is set to plain answers. */
function answerSettings({ infcode, body }: InstitutionSettings, sealed: boolean): AnswerSettings {
  if (!sealed || body === undefined || body.answers === 'plain') return { infcode }
  return { infcode, seal: (output) => sealBody(body, output) }
}

async function keptUnder({ ledger }: VisitPorts, key: MessageKey): Promise<Kept | undefined> {
  const position = await ledger.findKey(key)
  return position === undefined
    ? undefined
    : { position, bookedAt: ledger.entry(position)!.bookedAt }
}

/** Whose data an outcome shows; nobody's where a message was not worked on. */
function seenIn(outcome: Done | Declined, { seen }: Sight) {
  if (!('declined' in outcome)) return { accepted: true, seen }
  const isShed = OUTCOMES[outcome.code].status >= 500
  return { accepted: false, seen: isShed ? undefined : seen }
}

/** What metrics count the refusals of unreadable messages as. */
const OUTCOME_OF: Readonly<Record<Refusal['kind'], OutcomeCode>> = {
  'not-json': 'malformed-json',
  'not-utf8': 'malformed-json',
  'duplicate-key': 'duplicate-key',
  'nesting-too-deep': 'nesting-too-deep',
  'not-an-object': 'invalid-request',
  'not-posted': 'invalid-request',
  'too-large': 'body-too-large',
  overloaded: 'overloaded',
  'incomplete-envelope': 'invalid-request',
  'unknown-transaction': 'not-found',
  'not-done-here': 'not-found',
  'wrong-address': 'not-found',
  'unknown-institution': 'institution-unknown',
  'unknown-sender': 'unauthorized',
  'input-unreadable': 'invalid-request',
  'invalid-input': 'invalid-request',
}
