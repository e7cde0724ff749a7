import { institutionSubject } from '../adjudicate/snapshot.ts'
import { visitId as idOf, visitPositionOf } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Delta, Entry, MessageKey, Subject } from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import { packEvent, unpackEvent } from '../visit/event-form.ts'
import { foldVisit } from '../visit/fold-visit.ts'
import {
  inHospitalSubject,
  placesOf,
  type Visit,
  type VisitEvent,
  type VisitEvents,
} from '../visit/visit.ts'
import { type Booked, book, earlier } from './booked.ts'
import { messageKey } from './message-keys.ts'
import type { BookingRequest, CounterPorts } from './ports.ts'
import { REGISTRY_SUBJECT } from './record-entry.ts'
import type { VisitBook, VisitRead } from './visit-book.ts'

export interface VisitPorts extends CounterPorts {
  readonly visits: VisitBook
}

/** A message about visits; the requester is the institution, whose visits alone it sees. */
export interface VisitMessage extends BookingRequest {
  /** What the sender calls what it does, such as a transaction number: an id may serve each once. */
  readonly operation: string
}

/** A message about a visit that is there. */
export interface OfVisit {
  readonly requester: BookingRequest['requester']
  readonly visitId: string
  /** Whom the sender takes for the patient. */
  readonly personId?: string
}

export interface VisitRequest extends VisitMessage, OfVisit {}

/** What a message made happen. */
export interface VisitChange {
  readonly visitId: string
  /** Where the journal keeps the event, and when it was booked, ms since 1970. */
  readonly position: number
  readonly bookedAt: number
  readonly event: VisitEvent
}

export function keyOf({ requester, operation, requestId }: VisitMessage): MessageKey {
  return messageKey(requester, `visit/${operation}`, requestId)
}

/** The visit as it stands, or `visit-unknown`: also of another institution or person. */
export async function visitOf(ports: VisitPorts, request: OfVisit): Promise<Opened | Refusal> {
  const unknown = refuse('visit-unknown', 'There is no such visit.')
  const position = visitPositionOf(request.visitId)
  const opening = position === undefined ? undefined : ports.visits.openingAt(position)
  const { requester, personId } = request
  if (opening === undefined || requester.role !== 'institution') return unknown
  if (opening.institutionId !== requester.id) return unknown
  if (personId !== undefined && personId !== opening.personId) {
    return { ...unknown, errors: [{ pointer: '/personId', code: 'mismatch' }] }
  }
  const read = await ports.visits.read(opening.subject)
  const visit = read.visit!
  // The same purchase may have been opened anew after it was cancelled.
  const current = visit.position === position ? visit : { ...visit, cancelled: 'ordinary' as const }
  return { ...read, visit: current }
}

export type Opened = Required<VisitRead>

/**
 * Books what `decide` makes of the visit, guarded by the visit; where that moved meanwhile, it is
 * decided again. A message that was booked before is answered as the first time.
 */
export function changeVisit(
  ports: VisitPorts,
  request: VisitRequest,
  decide: (visit: Visit) => VisitEvent | Refusal,
): Promise<Booked<VisitChange> | Refusal> {
  const key = keyOf(request)
  return ports.inWork.run(key, () => changeUnder(ports, request, key, decide))
}

/** The same under another key than the request's own, whose message is in work already. */
export async function changeUnder(
  ports: VisitPorts,
  request: BookingRequest & OfVisit,
  key: MessageKey,
  decide: (visit: Visit) => VisitEvent | Refusal,
): Promise<Booked<VisitChange> | Refusal> {
  for (;;) {
    const read = await visitOf(ports, request)
    const event = isRefusal(read) ? read : decide(read.visit)
    if (isRefusal(read) || isRefusal(event)) {
      return (await earlier(ports, request, key, changeIn)) ?? (event as Refusal)
    }
    const outcome = await bookEvent(ports, request, key, read, event)
    if (outcome !== 'moved') return outcome
  }
}

/** Appends an event, of which it is certain that it may happen; a refusal if the person lies elsewhere. */
export async function bookEvent(
  ports: VisitPorts,
  request: BookingRequest,
  key: MessageKey,
  read: VisitRead,
  event: VisitEvent,
): Promise<Booked<VisitChange> | Refusal | 'moved'> {
  const prepared = await eventEntry(ports, request, [key], read, event)
  if (isRefusal(prepared)) return (await earlier(ports, request, key, changeIn)) ?? prepared
  const { entry, guards } = prepared
  return book(ports, request, key, changeIn, {
    entries: [entry],
    guards,
    answer(position) {
      ports.visits.booked(read, entry, position)
      return { answer: changeIn(entry, position), replayed: false }
    },
  })
}

/** The entry of an event with the guards under which it may be booked. */
export async function eventEntry(
  ports: VisitPorts,
  request: BookingRequest,
  keys: readonly MessageKey[],
  { visit, last, guard }: VisitRead,
  event: VisitEvent,
): Promise<{ entry: Entry; guards: Guard[] } | Refusal> {
  const { subject } = guard
  const guards = [guard]
  const after = foldVisit(visit, subject, event, Number.MAX_SAFE_INTEGER)
  const [left, entered] = [placesOf(visit), placesOf(after)]
  const moved = (place: Subject, amount: number) => ({
    subject: place,
    accumulator: subject,
    amount,
  })
  const deltas: Delta[] = [
    ...left.filter((place) => !entered.includes(place)).map((place) => moved(place, -1)),
    ...entered.filter((place) => !left.includes(place)).map((place) => moved(place, 1)),
  ]
  if (entered.length > 0 && left.length === 0) {
    const elsewhere = await whereElse(ports, after)
    if (isRefusal(elsewhere)) return elsewhere
    guards.push(elsewhere)
  }
  const opening = event.type === 'opened' ? 0 : visit!.position
  const entry: Entry = {
    kind: 'visit-event',
    bookedAt: ports.now(),
    source: request.requester.id,
    keys,
    requestHash: keys.length === 0 ? new Uint8Array() : request.requestHash,
    subjects: [subject, ...deltas.map((delta) => delta.subject)],
    deltas,
    content: packEvent({ event, previous: last, opening }),
  }
  return { entry, guards }
}

/** The guard that the person lies nowhere else, or `in-hospital`, which names the institution. */
async function whereElse(ports: VisitPorts, visit: VisitEvents): Promise<Guard | Refusal> {
  const subject = inHospitalSubject(visit.personId)
  const { state, asOf } = await ports.ledger.load(subject)
  const [other] = state.accumulators.keys()
  if (other === undefined) return { subject, position: asOf }
  const { visit: stay } = await ports.visits.read(other)
  const { institutionId, info, position } = stay!
  const name = (await institutionOf(ports, institutionId))?.name
  return refuse('in-hospital', `The person is in hospital at ${institutionId}.`, {
    more: {
      institutionId,
      ...(name === undefined ? {} : { institutionName: name }),
      admittedOn: info.begunOn,
      // To whom it is no business of theirs, the place is enough.
      ...(institutionId === visit.institutionId ? { visitId: idOf(position) } : {}),
    },
  })
}

async function institutionOf({ ledger, records }: VisitPorts, id: string) {
  const [own, registry] = await Promise.all([
    ledger.load(institutionSubject(id)),
    ledger.load(REGISTRY_SUBJECT),
  ])
  return records.find('institution', id, own.state, registry.state)
}

/** What happened to a visit, as the entry says it. */
export function changeIn(entry: Entry, position: number): VisitChange {
  const { event, opening } = unpackEvent(entry)
  return { visitId: idOf(opening || position), position, bookedAt: entry.bookedAt, event }
}
