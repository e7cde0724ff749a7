import { adjudicate } from '../adjudicate/adjudicate.ts'
import { personSubject } from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { settlementId, visitId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import { type PackedPart, packPart, unpackEvent, unpackPart } from '../visit/event-form.ts'
import { linesFault } from '../visit/upload.ts'
import {
  type Particulars,
  type Visit,
  type VisitEvent,
  type VisitInfo,
  type VisitLine,
  visitSubject,
} from '../visit/visit.ts'
import {
  type Again,
  type AskedPart,
  asOf,
  type Bill,
  type BillOfPart,
  billOf,
  purchaseBill,
  type Terms,
} from '../visit/visit-bill.ts'
import { type Booked, type Booking, book, earlier, settlementAt } from './booked.ts'
import { packGuards } from './drug-packs.ts'
import { gather } from './gather.ts'
import { strangersFault } from './open-visit.ts'
import type { BookingRequest } from './ports.ts'
import { referred } from './referred.ts'
import { settlementEntry } from './settle.ts'
import type { SettlementRecord } from './settlement-record.ts'
import type { VisitRead } from './visit-book.ts'
import {
  eventEntry,
  keyOf,
  type OfVisit,
  type VisitMessage,
  type VisitPorts,
  type VisitRequest,
  visitOf,
} from './visit-events.ts'

/** Which part of a visit is to be settled, and what the message says besides the visit. */
export interface AskedBill {
  readonly part: AskedPart
  readonly terms: Terms
  /** What the message says besides, which decides nothing: kept with the settlement. */
  readonly particulars?: Particulars
}

/** A part of a visit as it would be settled now. */
export interface QuotedBill extends BillOfPart {
  readonly visitId: string
  readonly decision: Decision
  /** The version of the person's year that decided. */
  readonly personVersion: number
}

/** A part of a visit as it was settled. */
export interface SettledBill extends BillOfPart {
  readonly visitId: string
  readonly settlementId: string
  /** Where the journal keeps it, and when it was booked, ms since 1970. */
  readonly position: number
  readonly bookedAt: number
  /** The id of the message that booked it, which may be an earlier one than the one that asks. */
  readonly requestId: string
  readonly decision: Decision
  readonly particulars: Particulars
}

/** 预结算 of unsettled lines: computes and changes nothing. */
export async function quoteVisit(
  ports: VisitPorts,
  request: OfVisit & AskedBill,
): Promise<QuotedBill | Refusal> {
  const read = await visitOf(ports, request)
  if (isRefusal(read)) return read
  const bill = billOf(read.visit, request.part, request.terms)
  if (isRefusal(bill)) return bill
  if ('again' in bill) {
    const id = settlementId(bill.again.position)
    return refuse('visit-settled', `It is settled by ${id}.`, { more: { settlementId: id } })
  }
  const quoted = await quoteBill(ports, bill)
  return isRefusal(quoted) ? quoted : { visitId: visitId(read.visit.position), ...quoted }
}

async function quoteBill(
  ports: VisitPorts,
  { part, packs, ...bill }: Bill,
): Promise<Omit<QuotedBill, 'visitId'> | Refusal> {
  const sold = await packGuards(ports, bill.claim.institutionId, packs)
  if (isRefusal(sold)) return sold
  const { claim } = await referred(ports, bill.claim)
  const { snapshot } = await gather(ports, claim)
  const decision = adjudicate(claim, snapshot, ports.policy())
  if (isRefusal(decision)) return ofLines(decision, claim)
  const personVersion = snapshot.states.get(personSubject(claim.personId))?.version ?? 0
  return { claim, part, decision, personVersion }
}

/**
 * 结算 of unsettled lines, guarded by all that the decision read and by the visit: where lines or
 * records moved in between, it is decided again on what they are now. Lines that are settled
 * already are answered with the standing settlement if the claim is the same.
 */
export function settleVisit(
  ports: VisitPorts,
  request: VisitRequest & AskedBill,
): Promise<Booked<SettledBill> | Refusal> {
  return settleUnder(ports, request, async () => {
    const read = await visitOf(ports, request)
    if (isRefusal(read)) return read
    const bill = billOf(read.visit, request.part, request.terms)
    if (isRefusal(bill)) return bill
    if ('again' in bill) return { read, bill, opening: [], guards: [] }
    const { claim, guards } = await referred(ports, bill.claim)
    const { particulars = {} } = request
    return { read, bill: { ...bill, claim }, opening: [], guards, particulars }
  })
}

export interface PurchaseRequest extends VisitMessage {
  readonly personId: string
  readonly info: VisitInfo
  readonly lines: readonly VisitLine[]
  readonly particulars?: Particulars
  readonly terms: Terms
  /**
   * The same of two messages that say the same but for message id and time of sending: the second
   * is answered with the purchase of the first.
   */
  readonly sameness: string
}

/** 药店结算: a visit that is opened, loaded and settled in one. */
export function settlePurchase(
  ports: VisitPorts,
  request: PurchaseRequest,
): Promise<Booked<SettledBill> | Refusal> {
  const { requester, personId, info, lines, particulars = {}, terms, sameness } = request
  const opened = {
    type: 'opened',
    kind: 'purchase',
    personId,
    institutionId: requester.id,
    info,
    lines,
    particulars,
  } as const satisfies VisitEvent
  return settleUnder(ports, request, async () => {
    const fault = (await strangersFault(ports, request)) ?? purchaseFault(lines)
    if (fault !== undefined) return fault
    const read = await ports.visits.read(visitSubject(`${requester.id}/purchase/${sameness}`))
    const [standing] = read.visit?.settlements ?? []
    if (standing !== undefined) return { read, bill: { again: standing }, opening: [], guards: [] }
    const bill = purchaseBill(opened, terms)
    if (isRefusal(bill)) return bill
    const entry = await eventEntry(ports, request, [], read, opened)
    if (isRefusal(entry)) return entry
    const { claim, guards } = await referred(ports, bill.claim)
    return { read, bill: { ...bill, claim }, opening: [entry.entry], guards }
  })
}

/** What a purchase is quoted at (药店预结算). */
export async function quotePurchase(
  ports: VisitPorts,
  request: Pick<PurchaseRequest, 'requester' | 'personId' | 'info' | 'lines' | 'terms'>,
): Promise<Omit<QuotedBill, 'visitId'> | Refusal> {
  const { requester, lines, terms } = request
  const fault = (await strangersFault(ports, request)) ?? purchaseFault(lines)
  if (fault !== undefined) return fault
  const bill = purchaseBill({ ...request, institutionId: requester.id }, terms)
  return isRefusal(bill) ? bill : quoteBill(ports, bill)
}

/**
 * How the policy would split lines that are about to be uploaded, on a bill of their own: in the visit's
 * kind of care, of a stay from its admission to the last of them.
 */
export async function quoteLines(
  ports: VisitPorts,
  {
    kind,
    personId,
    institutionId,
    info,
    dischargedOn,
  }: Pick<Visit, 'kind' | 'personId' | 'institutionId' | 'info' | 'dischargedOn'>,
  lines: readonly VisitLine[],
): Promise<{ readonly claim: Claim; readonly decision: Decision } | Refusal> {
  const fault = linesFault(lines)
  if (fault !== undefined) return fault
  const { begunOn, ...stated } = info
  const charges = lines.map(({ line }) => line.servedOn ?? begunOn).sort()
  const latest = charges.at(-1) ?? begunOn
  // A stay that begins after its last line is told which line that is.
  const last = kind === 'stay' && latest < begunOn ? begunOn : latest
  const dates =
    kind === 'stay'
      ? { admittedOn: begunOn, dischargedOn: dischargedOn ?? last }
      : { servedOn: last }
  const uploaded = lines.map(({ line }) => line)
  const charged = kind === 'stay' ? uploaded : asOf(uploaded, last)
  const bill: Claim = { personId, institutionId, ...stated, ...dates, lines: charged }
  const { claim } = await referred(ports, bill)
  const { snapshot } = await gather(ports, claim)
  const decision = adjudicate(claim, snapshot, ports.policy())
  if (!isRefusal(decision)) return { claim, decision }
  const refusal = ofLines(decision, claim)
  // How long a stay lasts is not known yet: only the day of admission bounds its lines.
  const isBounded = kind !== 'stay' || dischargedOn !== undefined
  if (isBounded || refusal.refused !== 'line-date-outside-care') return refusal
  return { ...refusal, more: { ...refusal.more, careTo: undefined } }
}

/** A refusal of a bill with the numbers of its lines at fault: a sender does not know our order. */
function ofLines(refusal: Refusal, { lines }: Claim): Refusal {
  const lineIds = (refusal.errors ?? []).flatMap(({ pointer }) => {
    const [, node, at] = pointer.split('/')
    const line = node === 'lines' ? lines[Number(at)] : undefined
    return line === undefined ? [] : [line.lineId]
  })
  return lineIds.length === 0 ? refusal : { ...refusal, more: { ...refusal.more, lineIds } }
}

function purchaseFault(lines: readonly VisitLine[]): Refusal | undefined {
  const returned = lines.findIndex(({ returns }) => returns !== undefined)
  if (returned < 0) return linesFault(lines)
  return refuse('return-invalid', 'A purchase has nothing to return yet.', {
    errors: [{ pointer: `/lines/${returned}/returns`, code: 'unknown' }],
  })
}

/** What is to be booked: a bill with what opens its visit, or the settlement that stands. */
interface Prepared {
  readonly read: VisitRead
  readonly bill: Bill | Again
  readonly opening: readonly Entry[]
  /** Of what was looked up for the bill. */
  readonly guards: readonly Guard[]
  /** Kept with the settlement; a purchase has them in its opening. */
  readonly particulars?: Particulars
}

function settleUnder(
  ports: VisitPorts,
  request: VisitMessage,
  prepare: () => Promise<Prepared | Refusal>,
): Promise<Booked<SettledBill> | Refusal> {
  const key = keyOf(request)
  return ports.inWork.run(key, async () => {
    for (;;) {
      const outcome = await attempt(ports, request, key, prepare)
      if (outcome !== 'moved') return outcome
    }
  })
}

async function attempt(
  ports: VisitPorts,
  request: VisitMessage,
  key: MessageKey,
  prepare: () => Promise<Prepared | Refusal>,
): Promise<Booked<SettledBill> | Refusal | 'moved'> {
  const prepared = await prepare()
  const booking = isRefusal(prepared) ? prepared : await bookingOf(ports, request, key, prepared)
  const answerIn = (entry: Entry, position: number) =>
    settledBillAt(ports, settlementOf(entry, position)!)
  if (isRefusal(booking)) return (await earlier(ports, request, key, answerIn)) ?? booking
  return book(ports, request, key, answerIn, booking)
}

async function bookingOf(
  ports: VisitPorts,
  request: BookingRequest,
  key: MessageKey,
  { read, bill, opening, guards: found, particulars }: Prepared,
): Promise<Booking<SettledBill> | Refusal> {
  if ('again' in bill) return bindingTo(ports, request, key, read, bill.again.position)
  const { claim, part, packs } = bill
  const sold = await packGuards(ports, claim.institutionId, packs)
  if (isRefusal(sold)) return sold
  const { snapshot, guards: claims } = await gather(ports, claim)
  const decision = adjudicate(claim, snapshot, ports.policy())
  if (isRefusal(decision)) return ofLines(decision, claim)
  const guards = [...claims, read.guard, ...found, ...sold]
  // A purchase is opened by the entry before.
  const opened = opening.length > 0 ? 0 : read.visit!.position
  const visit = packPart(read.guard.subject, opened, part, packs, particulars)
  const gathered = { snapshot, guards }
  const asked = Object.assign({}, request, { claim })
  const entry = settlementEntry(ports, asked, key, gathered, decision, { visit })
  return {
    entries: [...opening, entry],
    guards,
    answer(first) {
      const position = first + opening.length
      const { requestId } = request
      const answer = settledBill(position, entry.bookedAt, visit, { requestId, claim, decision })
      return { answer, replayed: false }
    },
  }
}

/** Binds the message to the settlement that stands, so that its undoing finds it. */
async function bindingTo(
  ports: VisitPorts,
  request: BookingRequest,
  key: MessageKey,
  read: VisitRead,
  settlement: number,
): Promise<Booking<SettledBill> | Refusal> {
  const event = { type: 'settled-before', settlement } as const
  const prepared = await eventEntry(ports, request, [key], read, event)
  if (isRefusal(prepared)) return prepared
  const { entry, guards } = prepared
  const answer = () => ({ answer: settledBillAt(ports, settlement), replayed: true })
  return { entries: [entry], guards, answer }
}

/** The settlement that an entry is, or that its message was answered with. */
export function settlementOf(entry: Entry, position: number): number | undefined {
  if (entry.kind === 'settlement') return position
  if (entry.kind !== 'visit-event') return undefined
  const { event } = unpackEvent(entry)
  return event.type === 'settled-before' ? event.settlement : undefined
}

/** A visit's settlement as its row keeps it. */
export function settledBillAt(ports: VisitPorts, position: number): SettledBill {
  const { entry, record } = settlementAt(ports, position)
  if (record.visit === undefined) throw new Error(`settlement ${position} is of no visit`)
  return settledBill(position, entry.bookedAt, record.visit, record)
}

function settledBill(
  position: number,
  bookedAt: number,
  visit: PackedPart,
  { requestId, claim, decision }: Pick<SettlementRecord, 'requestId' | 'claim' | 'decision'>,
): SettledBill {
  const [, opening, , , , particulars = {}] = visit
  return {
    visitId: visitId(opening === 0 ? position - 1 : opening),
    settlementId: settlementId(position),
    position,
    bookedAt,
    requestId,
    claim,
    part: unpackPart(visit),
    decision,
    particulars,
  }
}
