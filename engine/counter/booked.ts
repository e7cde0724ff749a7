import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { AppendRequest, AppendResult } from '../ledger/ports.ts'
import { keyHolder } from './message-keys.ts'
import type { BookingRequest, CounterPorts } from './ports.ts'
import { type SettlementRecord, unpackSettlement } from './settlement-record.ts'

/** The answer to a booking; `replayed` when the request had been booked before. */
export interface Booked<Answer> {
  readonly answer: Answer
  readonly replayed: boolean
}

/** A durable entry that is known to exist. */
export function entryAt(
  ports: { readonly ledger: Pick<CounterPorts['ledger'], 'entry'> },
  position: number,
): Entry {
  const entry = ports.ledger.entry(position)
  if (entry === undefined) throw new Error(`the journal has no entry at ${position}`)
  return entry
}

export function settlementAt(
  ports: CounterPorts,
  position: number,
): { entry: Entry; record: SettlementRecord } {
  const entry = entryAt(ports, position)
  if (entry.kind !== 'settlement') throw new Error(`entry ${position} is no settlement`)
  return { entry, record: unpackSettlement(entry, (hash) => ports.packByHash(hash)) }
}

/**
 * Whether what `entry` books is this requester's to see and, where its role may at all, to reverse:
 * an agency's and an auditor's whoever booked it, an institution's if it is its own.
 */
export function mayTouch({ requester }: Pick<BookingRequest, 'requester'>, entry: Entry): boolean {
  const { role } = requester
  return role === 'agency' || role === 'auditor' || entry.sums?.institutionId === requester.id
}

/** As every refusal, it does not repeat what was sent. */
export function idReused(): Refusal {
  return refuse('request-id-reused', 'The message id was used for another request before.', {
    errors: [{ pointer: '/requestId', code: 'reused' }],
  })
}

function blocked(): Refusal {
  return refuse('request-blocked', 'The message was reversed before it arrived.')
}

/** The refusal of a request whose key `entry` holds for something else; nothing if it is its own. */
function heldByAnother(
  entry: Entry,
  key: MessageKey,
  request: BookingRequest,
): Refusal | undefined {
  const holder = keyHolder(entry, key, request)
  if (holder === 'blocked') return blocked()
  return holder === 'other' ? idReused() : undefined
}

/** How a message is answered out of the entry that holds its key. */
export type AnswerIn<Answer> = (entry: Entry, position: number) => Answer

type BookingPorts = Pick<CounterPorts, 'ledger'>

/** The answer to a message whose key is held at `position`: as the first time, if it is the same. */
function replayed<Answer>(
  ports: BookingPorts,
  request: BookingRequest,
  key: MessageKey,
  answerIn: AnswerIn<Answer>,
  position: number,
): Booked<Answer> | Refusal {
  const entry = entryAt(ports, position)
  const refused = heldByAnother(entry, key, request)
  return refused ?? { answer: answerIn(entry, position), replayed: true }
}

/** What the key booked before, if anything: a refusal leaves only when it is certain that it did not. */
export async function earlier<Answer>(
  ports: BookingPorts,
  request: BookingRequest,
  key: MessageKey,
  answerIn: AnswerIn<Answer>,
): Promise<Booked<Answer> | Refusal | undefined> {
  const position = await ports.ledger.findKey(key)
  return position === undefined ? undefined : replayed(ports, request, key, answerIn, position)
}

/** Entries to be appended together, and what they are answered with. */
export interface Booking<Answer> extends AppendRequest {
  answer(firstPosition: number): Booked<Answer>
}

/** Appends under the key of a message; `moved`: something that was read is another by now, decide again. */
export async function book<Answer>(
  ports: BookingPorts,
  request: BookingRequest,
  key: MessageKey,
  answerIn: AnswerIn<Answer>,
  { entries, guards, answer }: Booking<Answer>,
): Promise<Booked<Answer> | Refusal | 'moved'> {
  const result = await ports.ledger.append({ entries, guards })
  switch (result.outcome) {
    case 'appended':
      return answer(result.firstPosition)
    case 'known':
      return replayed(ports, request, key, answerIn, result.position)
    case 'moved':
      return 'moved'
    case 'shed':
      return shed(result)
  }
}

export function shed(result: Extract<AppendResult, { outcome: 'shed' }>): Refusal {
  return result.reason === 'stopping'
    ? refuse('stopping', 'The engine is stopping; this attempt booked nothing.')
    : refuse(
        'overloaded',
        'The engine has more work than it can book; this attempt booked nothing.',
      )
}
