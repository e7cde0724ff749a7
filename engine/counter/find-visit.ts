import { personSubject } from '../adjudicate/snapshot.ts'
import { civilDate, dayNumber } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { visitId } from '../claim/ids.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import {
  admittedPrefix,
  admittedSubject,
  inHospitalSubject,
  type Visit,
  type VisitEvents,
} from '../visit/visit.ts'
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
  for (let after = admittedSubject(id, civilDate(dayNumber(from) - 1)); ; ) {
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
