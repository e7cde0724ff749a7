import { personSubject } from '../adjudicate/snapshot.ts'
import { daysLater } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { reversalId, visitId } from '../claim/ids.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import {
  admittedPrefix,
  admittedSubject,
  inHospitalSubject,
  type Visit,
  type VisitEvents,
} from '../visit/visit.ts'
import { mayTouch } from './booked.ts'
import { visitOperation } from './message-keys.ts'
import type { Requester } from './ports.ts'
import { type SettledBill, settledBillAt } from './settle-visit.ts'
import { billIn } from './settlement-record.ts'
import { type OfVisit, type VisitPorts, visitOf } from './visit-events.ts'

/** The visit as it stands, with its lines and live settlements. */
export async function findVisit(ports: VisitPorts, request: OfVisit): Promise<Visit | Refusal> {
  const read = await visitOf(ports, request)
  return isRefusal(read) ? read : read.visit
}

/** A stay that lasts. */
export interface InHospital {
  readonly visitId: string
  readonly stay: VisitEvents
}

/** Where the person lies now, whichever institution asks: one stay, or none. */
export async function inHospital(
  ports: VisitPorts,
  personId: string,
): Promise<InHospital | undefined> {
  const { state } = await ports.ledger.load(inHospitalSubject(personId))
  const [subject] = state.accumulators.keys()
  if (subject === undefined) return undefined
  const { visit } = await ports.visits.read(subject)
  return { visitId: visitId(visit!.position), stay: visit! }
}

/** A settlement with what the message that booked it was sent to do. */
export interface FoundSettlement extends SettledBill {
  readonly operation: string
  /** Of one that was reversed, by message or otherwise: the reversal's id. */
  readonly reversedBy?: string
}

/** Which settlements are looked for; all where nothing is said. */
export interface Sought {
  readonly visitId?: string
  readonly operation?: string
  /** Booked not before and not after, ms since 1970. */
  readonly from?: number
  readonly until?: number
}

/** More than these help nobody: whoever finds so many asks for a shorter time. */
const FOUND_MAX = 100

/**
 * The stays at this institution that last, of those admitted from `from` to `to`, both included, in
 * the order of admission days.
 */
export async function staysHere(
  ports: VisitPorts,
  { id }: Requester,
  from: CivilDate,
  to: CivilDate,
): Promise<InHospital[]> {
  const prefix = admittedPrefix(id)
  const stays: InHospital[] = []
  for (let after = admittedSubject(id, daysLater(from, -1)); ; ) {
    const days = await ports.ledger.subjects(prefix, after, DAYS_AT_ONCE)
    for (const day of days) {
      if (day > admittedSubject(id, to)) return stays
      const { state } = await ports.ledger.load(day)
      for (const subject of state.accumulators.keys()) {
        const { visit } = await ports.visits.read(subject)
        stays.push({ visitId: visitId(visit!.position), stay: visit! })
      }
    }
    const last = days.at(-1)
    if (last === undefined) return stays
    after = last
  }
}

const DAYS_AT_ONCE = 100

/**
 * The settlements of a person's visits here, reversed ones too, the last first: for a cashier who lost
 * both the answer and the message id.
 */
export async function settlementsOf(
  ports: VisitPorts,
  requester: Requester,
  personId: string,
  sought: Sought = {},
): Promise<FoundSettlement[]> {
  const { state } = await ports.ledger.load(personSubject(personId))
  const found: FoundSettlement[] = []
  for (const position of [...state.live, ...state.reversedBy.keys()].sort((a, b) => b - a)) {
    if (found.length === FOUND_MAX) break
    const entry = ports.ledger.entry(position)
    if (entry?.kind !== 'settlement' || !mayTouch({ requester }, entry)) continue
    const { bookedAt } = entry
    if (bookedAt < (sought.from ?? bookedAt) || bookedAt > (sought.until ?? bookedAt)) continue
    const { claim, visit } = billIn(entry)
    // A year also names the settlements of others whom its account paid for.
    if (visit === undefined || claim.personId !== personId) continue
    const operation = visitOperation(entry.keys[0]!)!
    if (sought.operation !== undefined && sought.operation !== operation) continue
    const bill = settledBillAt(ports, position)
    if (sought.visitId !== undefined && sought.visitId !== bill.visitId) continue
    const reversal = state.reversedBy.get(position)
    const undone = reversal === undefined ? {} : { reversedBy: reversalId(reversal) }
    found.push({ operation, ...bill, ...undone })
  }
  return found
}
