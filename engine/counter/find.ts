import { positionOf, reversalId, reversalPositionOf, settlementId } from '../claim/ids.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { type DecisionAnswer, settlementAnswer } from './answer.ts'
import { entryAt, mayTouch, settlementAt } from './booked.ts'
import { claimKeys, lastUnder } from './message-keys.ts'
import type { CounterPorts, Requester } from './ports.ts'
import { billIn } from './settlement-record.ts'

const NOT_FOUND = refuse('settlement-not-found', 'There is no such settlement.')

/** A settlement as it was answered, and its `reversedBy` if it was reversed since. */
export async function findSettlement(
  ports: CounterPorts,
  requester: Requester,
  id: string,
): Promise<DecisionAnswer | Refusal> {
  const position = positionOf(id)
  return position === undefined ? NOT_FOUND : settlementSeen(ports, requester, position)
}

/**
 * The same by message id, for a terminal that lost the answer. Says that there is none only when
 * it is certain that nothing was booked.
 */
export async function findByRequestId(
  ports: CounterPorts,
  requester: Requester,
  requestId: string,
): Promise<DecisionAnswer | Refusal> {
  const last = await lastUnder(ports, requester, claimKeys(requester, requestId))
  if (last === undefined) return NOT_FOUND
  const { key, position } = last
  const { kind, keys } = entryAt(ports, position)
  if (keys[0] !== key) {
    return refuse('settlement-not-found', 'That message was reversed before it arrived.')
  }
  return settlementSeen(ports, requester, kind === 'reversal' ? position + 1 : position)
}

/** Where the journal keeps a reversal, by its id, and the settlement that it took back. */
export function findReversal(
  ports: Pick<CounterPorts, 'ledger'>,
  requester: Requester,
  id: string,
): { readonly position: number; readonly settlementId: string } | Refusal {
  const position = reversalPositionOf(id)
  const entry = position === undefined ? undefined : ports.ledger.entry(position)
  if (position === undefined || entry?.kind !== 'reversal') return NOT_FOUND
  const original = entryAt(ports, entry.reverses!)
  if (!mayTouch({ requester }, original)) return NOT_FOUND
  return { position, settlementId: settlementId(entry.reverses!) }
}

/** Whose settlement it is; of one that was found. */
export function patientOf(ports: Pick<CounterPorts, 'ledger'>, settlementId: string): string {
  return billIn(entryAt(ports, positionOf(settlementId)!)).claim.personId
}

async function settlementSeen(
  ports: CounterPorts,
  requester: Requester,
  position: number,
): Promise<DecisionAnswer | Refusal> {
  const original = ports.ledger.entry(position)
  if (original?.kind !== 'settlement' || !mayTouch({ requester }, original)) return NOT_FOUND
  const { entry, record } = settlementAt(ports, position)
  const answer = settlementAnswer(record.decision, record.requestId, position, entry.bookedAt)
  const [subject] = entry.subjects
  const { state } = await ports.ledger.load(subject!)
  const reversal = state.reversedBy.get(position)
  return reversal === undefined
    ? answer
    : Object.assign({}, answer, { reversedBy: reversalId(reversal) })
}
