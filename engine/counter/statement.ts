import { personSubject } from '../adjudicate/snapshot.ts'
import { dayBegins, dayEnds } from '../calendar/china-time.ts'
import type { CivilDate } from '../claim/claim.ts'
import { reversalId, settlementId, visitId } from '../claim/ids.ts'
import type { Booking } from '../ledger/ports.ts'
import { entryAt } from './booked.ts'
import type { CounterPorts, Requester } from './ports.ts'
import type { ReversalRecord, ReversalWay } from './reverse.ts'
import { billIn, type Sorted, sortedBy } from './settlement-record.ts'

/** A booking with what sorts it into statements; a reversal is cleared as what it negates was. */
export interface StatementRow extends Booking, Sorted {
  /** As it was answered: `S…`, or `R…` of a reversal. */
  readonly id: string
  /** The settlement that it is or negates. */
  readonly settlementId: string
  readonly personId: string
  /** Of a settlement of a visit. */
  readonly visitId?: string
  /** How it was reversed, on whatever day, or reverses; absent of a settlement that stands. */
  readonly refunded?: ReversalWay
}

export interface StatementPorts extends Pick<CounterPorts, 'ledger'> {
  /** Others' turn: a month of a large hospital takes seconds to read. */
  pause(): Promise<void>
}

/** So many rows are read at once, within a few milliseconds. */
const AT_ONCE = 16

/**
 * The bookings of an institution on the days `from` to `to` in China, both included, in their order:
 * whichever way they came.
 */
export async function* statement(
  ports: StatementPorts,
  requester: Requester,
  { from, to }: { readonly from: CivilDate; readonly to: CivilDate },
): AsyncGenerator<StatementRow> {
  const bookings = await ports.ledger.bookings(requester.id, dayBegins(from), dayEnds(to))
  for (const [nth, booking] of bookings.entries()) {
    if (nth % AT_ONCE === AT_ONCE - 1) await ports.pause()
    yield await rowOf(ports, booking)
  }
}

async function rowOf({ ledger }: StatementPorts, booking: Booking): Promise<StatementRow> {
  const { position, reversal } = booking
  const settled = reversal ? entryAt({ ledger }, position).reverses! : position
  const original = entryAt({ ledger }, settled)
  const { claim, visit } = billIn(original)
  const { state } = await ledger.load(personSubject(claim.personId))
  return {
    ...booking,
    ...sortedBy(original),
    id: reversal ? reversalId(position) : settlementId(position),
    settlementId: settlementId(settled),
    personId: claim.personId,
    ...(visit === undefined ? {} : { visitId: visitId(visit[1] === 0 ? settled - 1 : visit[1]) }),
    ...refundedBy({ ledger }, reversal ? position : state.reversedBy.get(settled)),
  }
}

function refundedBy(
  ports: Pick<CounterPorts, 'ledger'>,
  reversal: number | undefined,
): Pick<StatementRow, 'refunded'> {
  if (reversal === undefined) return {}
  return { refunded: (entryAt(ports, reversal).content as ReversalRecord).way }
}
