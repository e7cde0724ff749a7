import { BALANCE } from '../adjudicate/accumulators.ts'
import { accountSubject } from '../adjudicate/snapshot.ts'
import { chinaTime } from '../calendar/china-time.ts'
import { reversalId, settlementId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import {
  accumulated,
  type Delta,
  type Entry,
  type MessageKey,
  type Subject,
  type SubjectState,
} from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import { isVisit } from '../visit/visit.ts'
import { type DecisionAnswer, negatedSums, traceAnswer } from './answer.ts'
import { type Booked, entryAt, idReused, mayTouch, settlementAt, shed } from './booked.ts'
import { type Dependents, dependentsOf } from './dependents.ts'
import { keyHolder, messageKey } from './message-keys.ts'
import type { BookingRequest, CounterPorts } from './ports.ts'
import { billIn } from './settlement-record.ts'

export interface ReverseRequest extends BookingRequest {
  /** Where the journal keeps the settlement. */
  readonly position: number
  readonly reason?: string
}

/** `ordinary`: by settlement id. `by-message`: 冲正. `rebill`: with a replacement. */
export type ReversalWay = 'ordinary' | 'by-message' | 'rebill'

/** What the journal keeps of a reversal besides the negated deltas. */
export interface ReversalRecord {
  readonly requestId: string
  readonly way: ReversalWay
  readonly reason: string | null
  /** Later live settlements that leaned on the reversed one, as they were when it was booked. */
  readonly dependents: readonly number[]
  /** The accumulators of theirs that the reversal changed. */
  readonly moved: readonly string[]
  /** What the patient's own account holds after it, where the settlement looked. */
  readonly balanceFen?: number
}

export type ReversalAnswer = Pick<
  DecisionAnswer,
  | 'requestId'
  | 'policy'
  | 'scheme'
  | 'benefitYear'
  | 'personVersion'
  | 'amounts'
  | 'funds'
  | 'lines'
  | 'trace'
  | 'clearing'
> & {
  readonly reversalId: string
  readonly status: 'reversed'
  readonly reversalOf: string
  readonly reversedAt: string
  readonly reason?: string
  readonly dependents: Dependents
}

/** 撤销: books the exact negation of a settlement, in its benefit year. */
export async function reverse(
  ports: CounterPorts,
  request: ReverseRequest,
): Promise<Booked<ReversalAnswer> | Refusal> {
  const key = messageKey(request.requester, 'reversal', request.requestId)
  const booked = await bookReversal(ports, request, key, 'ordinary')
  if (isRefusal(booked)) return booked
  return { answer: reversalAnswer(ports, request, booked.position), replayed: booked.replayed }
}

/** Books the reversal, or finds it booked under the same id; its position. */
export async function bookReversal(
  ports: CounterPorts,
  request: ReverseRequest,
  key: MessageKey,
  way: ReversalWay,
): Promise<{ position: number; replayed: boolean } | Refusal> {
  for (;;) {
    const prepared = await prepareReversal(ports, request, [key], way)
    if (isRefusal(prepared)) {
      const known = await ports.ledger.findKey(key)
      return known === undefined ? prepared : heldBy(ports, request, key, known)
    }
    const { entry, guards } = prepared
    const result = await ports.ledger.append({ entries: [entry], guards })
    if (result.outcome === 'appended') return { position: result.firstPosition, replayed: false }
    if (result.outcome === 'known') return heldBy(ports, request, key, result.position)
    if (result.outcome === 'shed') return shed(result)
  }
}

function heldBy(
  ports: CounterPorts,
  request: ReverseRequest,
  key: MessageKey,
  position: number,
): { position: number; replayed: boolean } | Refusal {
  const holder = keyHolder(entryAt(ports, position), key, request)
  return holder === 'same' ? { position, replayed: true } : idReused()
}

/** The entry that negates a settlement, and the guards under which it may be booked. */
export async function prepareReversal(
  ports: CounterPorts,
  request: ReverseRequest,
  keys: readonly MessageKey[],
  way: ReversalWay,
): Promise<{ entry: Entry; guards: Guard[] } | Refusal> {
  const { ledger } = ports
  const original = ledger.entry(request.position)
  if (original?.kind !== 'settlement' || !mayTouch(request, original)) {
    return refuse('settlement-not-found', 'There is no such settlement.')
  }
  if (way === 'rebill' && original.subjects.some(isVisit)) {
    return refuse('visit-not-rebilled', 'The settlement is of a visit: cancel it and settle again.')
  }
  const guards: Guard[] = []
  const deltas = original.deltas.map((delta) => ({ ...delta, amount: 0 - delta.amount }))
  const account = accountSubject(billIn(original).claim.personId)
  let balanceFen: number | undefined
  for (const subject of original.subjects) {
    const { state, asOf } = await ledger.load(subject)
    guards.push({ subject, position: asOf })
    if (subject === account) balanceFen = balanceWith(deltas, account, state)
    const reversal = state.reversedBy.get(request.position)
    if (reversal === undefined) continue
    return refuse('already-reversed', `It was reversed by ${reversalId(reversal)}.`, {
      more: { reversedBy: reversalId(reversal) },
    })
  }
  const { positions, moved } = await dependentsOf(ports, request.position, original)
  const { totalFen, fundFen, accountFen, institutionId } = original.sums!
  const record: ReversalRecord = {
    requestId: request.requestId,
    way,
    reason: request.reason ?? null,
    dependents: positions,
    moved,
    ...(balanceFen === undefined ? {} : { balanceFen }),
  }
  const entry: Entry = {
    kind: 'reversal',
    bookedAt: ports.now(),
    source: request.requester.id,
    keys,
    requestHash: request.requestHash,
    subjects: original.subjects,
    deltas,
    reverses: request.position,
    sums: {
      institutionId,
      requestId: request.requestId,
      totalFen: 0 - totalFen,
      fundFen: 0 - fundFen,
      accountFen: 0 - accountFen,
    },
    content: record,
  }
  return { entry, guards }
}

function balanceWith(deltas: readonly Delta[], account: Subject, state: SubjectState): number {
  let balance = accumulated(state, BALANCE)
  for (const { subject, accumulator, amount } of deltas) {
    if (subject === account && accumulator === BALANCE) balance += amount
  }
  return balance
}

/** The reversal at `position` as the requester may see it. */
export function reversalAnswer(
  ports: CounterPorts,
  { requester }: Pick<BookingRequest, 'requester'>,
  position: number,
): ReversalAnswer {
  const entry = entryAt(ports, position)
  const { requestId, reason, dependents, moved } = entry.content as ReversalRecord
  const { record } = settlementAt(ports, entry.reverses!)
  const { decision } = record
  const { packId, packHash, knownAt, scheme, benefitYear } = decision
  const reversedAt = chinaTime(entry.bookedAt)
  const visible = dependents.filter((at) => mayTouch({ requester }, entryAt(ports, at)))
  return {
    reversalId: reversalId(position),
    requestId,
    status: 'reversed',
    reversalOf: settlementId(entry.reverses!),
    policy: { pack: packId, hash: packHash, knownAt: chinaTime(knownAt) },
    scheme,
    benefitYear,
    personVersion: position,
    ...negatedSums(decision),
    trace: decision.trace.map((step) => traceAnswer(packId, step)),
    clearing: { ...decision.clearing, clearingMonth: reversedAt.slice(0, 7) },
    ...(reason === null ? {} : { reason }),
    dependents: {
      count: dependents.length,
      moved,
      settlementIds: visible.map(settlementId),
    },
    reversedAt,
  }
}
