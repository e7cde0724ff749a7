import { personSubject } from '../adjudicate/snapshot.ts'
import { visitId } from '../claim/ids.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { inHospitalSubject, type Visit, type VisitEvents } from '../visit/visit.ts'
import { entryAt, mayTouch } from './booked.ts'
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

/**
 * The live settlements of a person's visits here, the last first: for a cashier who lost both the
 * answer and the message id.
 */
export async function settlementsOf(
  ports: VisitPorts,
  requester: Requester,
  personId: string,
): Promise<SettledBill[]> {
  const { state } = await ports.ledger.load(personSubject(personId))
  return [...state.live]
    .reverse()
    .filter((position) => {
      const entry = entryAt(ports, position)
      return mayTouch({ requester }, entry) && billIn(entry).visit !== undefined
    })
    .map((position) => settledBillAt(ports, position))
}
