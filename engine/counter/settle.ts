import { adjudicate } from '../adjudicate/adjudicate.ts'
import { personSubject, type Snapshot } from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import { subjectsOfPart } from '../visit/event-form.ts'
import { type DecisionAnswer, settlementAnswer } from './answer.ts'
import { type Booked, book, earlier, settlementAt } from './booked.ts'
import { type Gathered, gather } from './gather.ts'
import { messageKey } from './message-keys.ts'
import type { BookingRequest, CounterPorts } from './ports.ts'
import { quoteMoved } from './quote-moved.ts'
import { keepsTerms, type QuoteTerms, recordVersions } from './quote-terms.ts'
import { packSettlement, type SettlementRecord } from './settlement-record.ts'

export interface SettleRequest extends BookingRequest {
  readonly claim: Claim
  /** Hash of the claim alone: what a quote is compared by; empty without a quote id. */
  readonly claimHash: string
  readonly quoteId?: string
}

/** How a settlement is written down: `settlementAnswer`, or the JSON of it. */
export type SettlementRendering<Answer> = (
  decision: Decision,
  requestId: string,
  position: number,
  bookedAt: number,
) => Answer

/** After so many conflicts a subject's settlements wait for their turn. */
const ATTEMPTS_BEFORE_QUEUE = 3

/**
 * 结算, and 手工报销 where the claim says so: computes and books, in one durable commit guarded by the states it read. Where those moved
 * in between, the decision is made again; the conflict never reaches the client.
 */
export async function settle<Answer = DecisionAnswer>(
  ports: CounterPorts,
  request: SettleRequest,
  render: SettlementRendering<Answer> = settlementAnswer as SettlementRendering<Answer>,
): Promise<Booked<Answer> | Refusal> {
  const operation = request.claim.manual === undefined ? 'settlement' : 'manual-claim'
  const key = messageKey(request.requester, operation, request.requestId)
  return ports.inWork.run(key, () => settleAlone(ports, request, key, render))
}

async function settleAlone<Answer>(
  ports: CounterPorts,
  request: SettleRequest,
  key: MessageKey,
  render: SettlementRendering<Answer>,
): Promise<Booked<Answer> | Refusal> {
  for (let attempt = 0; attempt < ATTEMPTS_BEFORE_QUEUE; attempt++) {
    const outcome = await attemptToSettle(ports, request, key, render)
    if (outcome !== 'moved') return outcome
  }
  const subject = personSubject(request.claim.personId)
  return ports.ledger.inTurn([subject], async () => {
    let outcome = await attemptToSettle(ports, request, key, render)
    while (outcome === 'moved') outcome = await attemptToSettle(ports, request, key, render)
    return outcome
  })
}

async function attemptToSettle<Answer>(
  ports: CounterPorts,
  request: SettleRequest,
  key: MessageKey,
  render: SettlementRendering<Answer>,
): Promise<Booked<Answer> | Refusal | 'moved'> {
  const gathering = gather(ports, request.claim)
  const gathered = gathering instanceof Promise ? await gathering : gathering
  const { snapshot, guards } = gathered
  const decision = decide(ports, request, snapshot)
  const answerIn = (_: Entry, position: number) => answerAt(ports, position, render)
  if (isRefusal(decision)) return (await earlier(ports, request, key, answerIn)) ?? decision

  const entry = settlementEntry(ports, request, key, gathered, decision)
  return book(ports, request, key, answerIn, {
    entries: [entry],
    guards,
    answer: (position) => ({
      answer: render(decision, request.requestId, position, entry.bookedAt),
      replayed: false,
    }),
  })
}

/** The answer to the settlement at `position`, out of its row. */
function answerAt<Answer>(
  ports: CounterPorts,
  position: number,
  render: SettlementRendering<Answer>,
): Answer {
  const { entry, record } = settlementAt(ports, position)
  return render(record.decision, record.requestId, position, entry.bookedAt)
}

function decide(
  ports: CounterPorts,
  request: SettleRequest,
  snapshot: Snapshot,
): Decision | Refusal {
  const terms = quotedTerms(ports, request)
  if (terms !== undefined && 'refused' in terms) return terms
  const decision = adjudicate(request.claim, snapshot, ports.policy())
  if (isRefusal(decision) || terms === undefined || keepsTerms(terms, decision)) return decision
  return quoteMoved(ports, terms, request.claim, snapshot, decision)
}

function quotedTerms(
  ports: CounterPorts,
  { quoteId, claimHash, claim }: SettleRequest,
): QuoteTerms | Refusal | undefined {
  if (quoteId === undefined) return undefined
  const terms = ports.quotes.open(quoteId)
  if (terms === undefined || ports.now() >= terms.expiresAt) {
    return refuse('quote-unknown', 'The quoteId was not issued here or has expired.', {
      errors: [{ pointer: '/quoteId', code: 'unknown' }],
    })
  }
  if (terms.claimHash !== claimHash || terms.institutionId !== claim.institutionId) {
    return refuse('quote-mismatch', 'The quoteId was issued for another claim.', {
      errors: [{ pointer: '/quoteId', code: 'mismatch' }],
    })
  }
  return terms
}

/** The journal entry that books a decision. */
export function settlementEntry(
  ports: CounterPorts,
  request: BookingRequest & { readonly claim: Claim },
  key: MessageKey | undefined,
  { snapshot, guards }: Gathered,
  decision: Decision,
  { replaces, visit }: Pick<SettlementRecord, 'replaces' | 'visit'> = {},
): Entry {
  const { requestId, requestHash, requester, claim } = request
  const { totalFen, fundFen, accountFen } = decision.amounts
  // Also what was only read: whoever reverses an entry looks there for those that leaned on it.
  const touched = new Set([personSubject(claim.personId)])
  for (const { subject } of decision.deltas) touched.add(subject)
  for (const { subject } of decision.reads) touched.add(subject)
  for (const subject of visit === undefined ? [] : subjectsOfPart(visit)) touched.add(subject)
  return {
    kind: 'settlement',
    bookedAt: ports.now(),
    source: requester.id,
    keys: key === undefined ? [] : [key],
    requestHash: key === undefined ? new Uint8Array() : requestHash,
    subjects: guards.map(({ subject }) => subject).filter((subject) => touched.has(subject)),
    deltas: decision.deltas,
    sums: { institutionId: claim.institutionId, requestId, totalFen, fundFen, accountFen },
    content: packSettlement({
      requestId,
      claim,
      decision,
      records: recordVersions(snapshot),
      ...(replaces === undefined ? {} : { replaces }),
      ...(visit === undefined ? {} : { visit }),
    }),
  }
}
