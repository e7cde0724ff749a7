import { chinaTime } from '../calendar/china-time.ts'
import { positionOf, settlementListId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, Subject } from '../ledger/entry.ts'
import { type Booked, book, earlier, entryAt } from './booked.ts'
import { findSettlement } from './find.ts'
import type { CounterPorts, Requester } from './ports.ts'
import { keyOf, type VisitPorts, type VisitRequest, visitOf } from './visit-events.ts'

/** A settlement list (医疗保障基金结算清单) for a settlement of the visit. */
export interface SettlementListRequest extends VisitRequest {
  readonly settlementId: string
  /** The list as it is to be kept: plain data, which its sender has checked. */
  readonly list: unknown
}

/** A list as the journal keeps it. */
export interface KeptList {
  readonly listId: string
  readonly settlementId: string
  readonly list: unknown
  readonly uploadedAt: string
}

/** The layout of the content; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

/**
 * Keeps a list in the place of the one before of the same settlement, which stays in the journal.
 * Guarded by the visit: of a settlement that is reversed meanwhile nothing is kept.
 */
export function keepSettlementList(
  ports: VisitPorts,
  request: SettlementListRequest,
): Promise<Booked<{ readonly listId: string }> | Refusal> {
  const key = keyOf(request)
  return ports.inWork.run(key, async () => {
    for (;;) {
      const read = await visitOf(ports, request)
      const position = positionOf(request.settlementId)
      const fault = isRefusal(read) ? read : listFault(ports, read.guard.subject, position)
      if (isRefusal(read) || fault !== undefined) {
        return (await earlier(ports, request, key, answerAt)) ?? fault!
      }
      if (!read.visit.settlements.some((one) => one.position === position)) {
        const reversed = refuse('settlement-list-of-reversed', 'The settlement was reversed.')
        return (await earlier(ports, request, key, answerAt)) ?? reversed
      }
      const entry: Entry = {
        kind: 'settlement-list',
        bookedAt: ports.now(),
        source: request.requester.id,
        keys: [key],
        requestHash: request.requestHash,
        subjects: [listSubject(request.settlementId)],
        deltas: [],
        content: [LAYOUT, position, request.list],
      }
      const outcome = await book(ports, request, key, answerAt, {
        entries: [entry],
        guards: [read.guard],
        answer: (first) => ({ answer: answerAt(entry, first), replayed: false }),
      })
      if (outcome !== 'moved') return outcome
    }
  })
}

/** The list that counts for a settlement, for whoever may see the settlement. */
export async function findSettlementList(
  ports: CounterPorts,
  requester: Requester,
  settlementId: string,
): Promise<KeptList | Refusal> {
  const settlement = await findSettlement(ports, requester, settlementId)
  if (isRefusal(settlement)) return settlement
  const list = await settlementListOf(ports, settlementId)
  return list ?? refuse('settlement-list-not-found', 'No list of this settlement was uploaded.')
}

/** The list that counts for a settlement, if one was uploaded. */
async function settlementListOf(
  ports: Pick<VisitPorts, 'ledger'>,
  settlementId: string,
): Promise<KeptList | undefined> {
  const { state } = await ports.ledger.load(listSubject(settlementId))
  if (state.record === 0) return undefined
  const { bookedAt, content } = entryAt(ports, state.record)
  const [layout, , list] = content as [number, number, unknown]
  if (layout !== LAYOUT) throw new Error(`a list is packed in an unknown layout: ${layout}`)
  return {
    listId: settlementListId(state.record),
    settlementId,
    list,
    uploadedAt: chinaTime(bookedAt),
  }
}

/** Its record is the list that was uploaded last. */
export function listSubject(settlementId: string): Subject {
  return `settlement-list/${settlementId}`
}

/** A settlement of another visit is unknown here. */
function listFault(
  ports: VisitPorts,
  visit: Subject,
  position: number | undefined,
): Refusal | undefined {
  const entry = position === undefined ? undefined : ports.ledger.entry(position)
  if (entry?.kind === 'settlement' && entry.subjects.includes(visit)) return undefined
  return refuse('settlement-not-found', 'There is no such settlement of this visit.')
}

function answerAt(_: Entry, position: number): { readonly listId: string } {
  return { listId: settlementListId(position) }
}
