import type { Amounts } from '../claim/decision.ts'
import { reversalId, settlementId } from '../claim/ids.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import { negatedSums } from './answer.ts'
import { type Booked, entryAt, idReused, settlementAt, shed } from './booked.ts'
import { claimKeys, keyHolder, lastUnder, messageKey } from './message-keys.ts'
import type { BookingRequest, CounterPorts } from './ports.ts'
import { bookReversal, type ReversalRecord } from './reverse.ts'

export interface ReverseMessageRequest extends BookingRequest {
  /** The id of the settlement or rebill whose answer was lost. */
  readonly originalRequestId: string
  readonly reason?: string
}

export interface ReverseMessageAnswer {
  /** `blocked`: nothing had been booked, and the original is refused when it comes late. */
  readonly outcome: 'reversed' | 'blocked'
  readonly settlementId?: string
  readonly reversalId?: string
  readonly amounts?: Amounts
}

/** `again`: the same outcome as before, under whichever id. */
export type ReversedMessage = Booked<ReverseMessageAnswer> & { readonly again: boolean }

/**
 * 冲正: reverses by the original message id, for a terminal that never saw the answer. Right
 * before, during and after the original: the writer's order decides between them.
 */
export function reverseMessage(
  ports: CounterPorts,
  request: ReverseMessageRequest,
): Promise<ReversedMessage | Refusal> {
  const { requester, requestId, originalRequestId } = request
  const key = messageKey(requester, 'reversal', requestId)
  const originals = claimKeys(requester, originalRequestId)
  return reverseUnder(ports, request, key, originals, (held, position) =>
    reverseBooked(ports, request, key, settlementOf(held, position)),
  )
}

/**
 * The same for whatever can be undone: blocks all of `originals` when nothing was booked under any
 * of them, or has `undo` undo what was booked last.
 */
export async function reverseUnder(
  ports: CounterPorts,
  request: ReverseMessageRequest,
  key: MessageKey,
  originals: readonly MessageKey[],
  undo: (held: Entry, position: number) => Promise<ReversedMessage | Refusal>,
): Promise<ReversedMessage | Refusal> {
  const { ledger } = ports
  const own = await ledger.findKey(key)
  if (own !== undefined) {
    if (keyHolder(entryAt(ports, own), key, request) !== 'same') return idReused()
    return { answer: answerAt(ports, own), replayed: true, again: true }
  }
  for (;;) {
    const last = await lastUnder(ports, request.requester, originals)
    if (last === undefined) {
      const result = await ledger.append({
        entries: [tombstone(ports, request, [key, ...originals])],
        guards: [],
      })
      if (result.outcome === 'appended') {
        return { answer: { outcome: 'blocked' }, replayed: false, again: false }
      }
      if (result.outcome === 'shed') return shed(result)
      if (result.outcome === 'known' && result.key === key) {
        return reverseUnder(ports, request, key, originals, undo)
      }
      continue
    }
    const held = entryAt(ports, last.position)
    if (held.kind === 'tombstone') {
      return { answer: { outcome: 'blocked' }, replayed: false, again: true }
    }
    return undo(held, last.position)
  }
}

/** A rebill's key is held by its reversal; the replacement, booked next to it, is what is reversed. */
function settlementOf(held: Entry, position: number): number {
  return held.kind === 'reversal' ? position + 1 : position
}

/** Reverses the settlement at `position`, or finds it reversed by message before. */
export async function reverseBooked(
  ports: CounterPorts,
  request: ReverseMessageRequest,
  key: string,
  position: number,
): Promise<ReversedMessage | Refusal> {
  const booked = await bookReversal(ports, { ...request, position }, key, 'by-message')
  if (!isRefusal(booked)) {
    const { replayed } = booked
    return { answer: answerAt(ports, booked.position), replayed, again: replayed }
  }
  if (booked.refused !== 'already-reversed') return booked
  const reversal = await reversalOf(ports, position)
  const { way } = entryAt(ports, reversal).content as ReversalRecord
  if (way !== 'by-message') return booked
  return { answer: answerAt(ports, reversal), replayed: false, again: true }
}

async function reversalOf(ports: CounterPorts, position: number): Promise<number> {
  const [subject] = entryAt(ports, position).subjects
  const { state } = await ports.ledger.load(subject!)
  return state.reversedBy.get(position)!
}

function answerAt(ports: CounterPorts, position: number): ReverseMessageAnswer {
  const entry = entryAt(ports, position)
  if (entry.kind === 'tombstone') return { outcome: 'blocked' }
  // The opening of a visit was undone.
  if (entry.kind === 'visit-event') return { outcome: 'reversed' }
  const { record } = settlementAt(ports, entry.reverses!)
  return {
    outcome: 'reversed',
    settlementId: settlementId(entry.reverses!),
    reversalId: reversalId(position),
    amounts: negatedSums(record.decision).amounts,
  }
}

function tombstone(
  ports: CounterPorts,
  request: ReverseMessageRequest,
  keys: readonly string[],
): Entry {
  const { requester, requestId, requestHash, originalRequestId, reason } = request
  return {
    kind: 'tombstone',
    bookedAt: ports.now(),
    source: requester.id,
    keys,
    requestHash,
    subjects: [],
    deltas: [],
    content: { requestId, originalRequestId, reason: reason ?? null },
  }
}
