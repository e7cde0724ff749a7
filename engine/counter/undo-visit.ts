import { personSubject } from '../adjudicate/snapshot.ts'
import { positionOf, visitId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import { unpackEvent } from '../visit/event-form.ts'
import { cancel } from '../visit/rules.ts'
import { type Booked, entryAt, idReused } from './booked.ts'
import { messageKey } from './message-keys.ts'
import { bookReversal, type ReversalAnswer, reversalAnswer } from './reverse.ts'
import { type ReversedMessage, reverseBooked, reverseUnder } from './reverse-message.ts'
import { settlementOf } from './settle-visit.ts'
import { billIn } from './settlement-record.ts'
import {
  changeUnder,
  keyOf,
  type VisitMessage,
  type VisitPorts,
  type VisitRequest,
  visitOf,
} from './visit-events.ts'

const NO_SETTLEMENT = refuse('settlement-not-found', 'The visit has no such settlement.', {
  errors: [{ pointer: '/settlementId', code: 'unknown' }],
})

export interface CancelSettlementRequest extends VisitRequest {
  readonly settlementId: string
  readonly reason?: string
}

/** 结算撤销: the exact negation of one of the visit's settlements; its lines are unsettled again. */
export async function cancelSettlement(
  ports: VisitPorts,
  request: CancelSettlementRequest,
): Promise<Booked<ReversalAnswer> | Refusal> {
  const key = keyOf(request)
  const position = positionOf(request.settlementId)
  const read = await visitOf(ports, request)
  const original = position === undefined ? undefined : ports.ledger.entry(position)
  if (
    isRefusal(read) ||
    position === undefined ||
    original?.kind !== 'settlement' ||
    billIn(original).visit?.[0] !== read.guard.subject
  ) {
    // The same request would have found it: what the id booked was another one.
    if ((await ports.ledger.findKey(key)) !== undefined) return idReused()
    return isRefusal(read) ? read : NO_SETTLEMENT
  }
  const booked = await bookReversal(ports, { ...request, position }, key, 'ordinary')
  if (isRefusal(booked)) return booked
  return { answer: reversalAnswer(ports, request, booked.position), replayed: booked.replayed }
}

export interface UndoMessageRequest extends VisitMessage {
  /** The message whose answer was lost, and what it was sent to do. */
  readonly originalRequestId: string
  readonly originalOperation: string
  /** Whom the sender takes for the patient. */
  readonly personId?: string
  readonly reason?: string
}

/**
 * 冲正 of a settlement, a purchase or the opening of a visit, by message: undone, or blocked when
 * it has not come yet. Every message that was answered with a settlement undoes it.
 */
export function undoMessage(
  ports: VisitPorts,
  request: UndoMessageRequest,
): Promise<ReversedMessage | Refusal> {
  const { requester, originalRequestId, originalOperation } = request
  const original = messageKey(requester, `visit/${originalOperation}`, originalRequestId)
  const key = keyOf(request)
  return reverseUnder(ports, request, key, [original], (held, position) =>
    undoEntry(ports, request, key, held, position),
  )
}

async function undoEntry(
  ports: VisitPorts,
  request: UndoMessageRequest,
  key: MessageKey,
  held: Entry,
  position: number,
): Promise<ReversedMessage | Refusal> {
  const { personId } = request
  const settlement = settlementOf(held, position)
  if (settlement !== undefined) {
    const { subjects } = entryAt(ports, settlement)
    if (personId !== undefined && !subjects.includes(personSubject(personId))) {
      return otherPerson('settlement-not-found')
    }
    return reverseBooked(ports, request, key, settlement)
  }
  const { event } = unpackEvent(held)
  if (event.type !== 'opened') {
    return refuse('visit-kind', 'Only openings and settlements are undone by message.')
  }
  if (personId !== undefined && personId !== event.personId) return otherPerson('visit-unknown')
  const opening = { ...request, visitId: visitId(position) }
  const undone = await changeUnder(ports, opening, key, (visit) => cancel(visit, 'by-message'))
  if (!isRefusal(undone)) {
    const { replayed } = undone
    return { answer: { outcome: 'reversed' }, replayed, again: replayed }
  }
  const read = await visitOf(ports, opening)
  const before = !isRefusal(read) && read.visit.cancelled === 'by-message'
  if (undone.refused !== 'visit-cancelled' || !before) return undone
  return { answer: { outcome: 'reversed' }, replayed: false, again: true }
}

function otherPerson(code: 'settlement-not-found' | 'visit-unknown'): Refusal {
  return refuse(code, 'The message was about another person.', {
    errors: [{ pointer: '/personId', code: 'mismatch' }],
  })
}
