import { adjudicate } from '../adjudicate/adjudicate.ts'
import type { Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Entry, Subject, SubjectState } from '../ledger/entry.ts'
import { foldEntry } from '../ledger/fold.ts'
import type { Guard } from '../ledger/ports.ts'
import { type DecisionAnswer, settlementAnswer } from './answer.ts'
import { type Booked, book, earlier, settlementAt } from './booked.ts'
import { type Gathered, gather } from './gather.ts'
import { messageKey } from './message-keys.ts'
import type { CounterPorts } from './ports.ts'
import { previousStay } from './previous-stay.ts'
import {
  prepareReversal,
  type ReversalAnswer,
  type ReverseRequest,
  reversalAnswer,
} from './reverse.ts'
import { settlementEntry } from './settle.ts'

export interface RebillRequest extends ReverseRequest {
  readonly replacement: Claim
}

export interface RebillAnswer {
  readonly reversal: ReversalAnswer
  readonly settlement: DecisionAnswer
}

/**
 * Reverses a settlement and books its replacement in one atomic step. The replacement is decided
 * on the states as the reversal leaves them; if it is refused, nothing is booked.
 */
export async function rebill(
  ports: CounterPorts,
  request: RebillRequest,
): Promise<Booked<RebillAnswer> | Refusal> {
  const key = messageKey(request.requester, 'rebill', request.requestId)
  return ports.inWork.run(key, () => rebillAlone(ports, request, key))
}

async function rebillAlone(
  ports: CounterPorts,
  request: RebillRequest,
  key: string,
): Promise<Booked<RebillAnswer> | Refusal> {
  const answerIn = (_: Entry, position: number) => answerOf(ports, request, position)
  for (;;) {
    const prepared = await prepare(ports, request, key)
    if (isRefusal(prepared)) return (await earlier(ports, request, key, answerIn)) ?? prepared
    const outcome = await book(ports, request, key, answerIn, {
      ...prepared,
      answer: (first) => ({ answer: answerOf(ports, request, first), replayed: false }),
    })
    if (outcome !== 'moved') return outcome
  }
}

async function prepare(
  ports: CounterPorts,
  request: RebillRequest,
  key: string,
): Promise<{ entries: Entry[]; guards: Guard[] } | Refusal> {
  const { replacement } = request
  const reversal = await prepareReversal(ports, request, [key], 'rebill')
  if (isRefusal(reversal)) return reversal
  const gathered = await gather(ports, replacement)
  const after = withReversal(ports, replacement, gathered, reversal.entry)
  const decision = adjudicate(replacement, after.snapshot, ports.policy())
  if (isRefusal(decision)) return inReplacement(decision)
  const bill = { ...request, claim: replacement }
  const replaces = request.position
  const settlement = settlementEntry(ports, bill, undefined, after, decision, { replaces })
  return {
    entries: [reversal.entry, settlement],
    guards: [...reversal.guards, ...gathered.guards],
  }
}

/** The refusal of the replacement, with its pointers as the message has them. */
function inReplacement(refusal: Refusal): Refusal {
  const errors = refusal.errors?.map((error) => ({
    ...error,
    pointer: `/replacement${error.pointer}`,
  }))
  return errors === undefined ? refusal : { ...refusal, errors }
}

/**
 * The snapshot as it will be once the reversal is booked, at whatever position: the stay that it
 * takes back is none any more that the replacement could be a transfer from.
 */
function withReversal(
  ports: CounterPorts,
  replacement: Claim,
  gathered: Gathered,
  reversal: Entry,
): Gathered {
  const next = ports.ledger.status().head + 1
  const states = new Map<Subject, SubjectState>()
  for (const [subject, state] of gathered.snapshot.states) {
    const touched = reversal.subjects.includes(subject)
    states.set(subject, touched ? foldEntry(state, subject, reversal, next) : state)
  }
  const before = previousStay(ports, replacement, states)
  const snapshot = { ...gathered.snapshot, states }
  return {
    ...gathered,
    snapshot: before === undefined ? snapshot : { ...snapshot, previousStay: before },
  }
}

function answerOf(ports: CounterPorts, request: RebillRequest, position: number): RebillAnswer {
  const { entry, record } = settlementAt(ports, position + 1)
  return {
    reversal: reversalAnswer(ports, request, position),
    settlement: settlementAnswer(record.decision, record.requestId, position + 1, entry.bookedAt),
  }
}
