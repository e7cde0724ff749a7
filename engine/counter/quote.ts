import { adjudicate } from '../adjudicate/adjudicate.ts'
import { personSubject } from '../adjudicate/snapshot.ts'
import { endOfDay } from '../calendar/china-time.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type DecisionAnswer, quoteAnswer } from './answer.ts'
import { type Gathered, gather } from './gather.ts'
import type { CounterPorts } from './ports.ts'
import { termsOf } from './quote-terms.ts'

/** How a quote is written down: `quoteAnswer`, or the JSON of it. */
export type QuoteRendering<Answer> = (
  decision: Decision,
  quoteId: string,
  personVersion: number,
) => Answer

/**
 * 预结算: computes and changes nothing. Synchronous when everything is at hand. The quote id lets a
 * settlement be booked only as quoted, until the end of the day.
 */
export function quote<Answer = DecisionAnswer>(
  ports: CounterPorts,
  claim: Claim,
  claimHash: string,
  render: QuoteRendering<Answer> = quoteAnswer as QuoteRendering<Answer>,
): Answer | Refusal | Promise<Answer | Refusal> {
  const gathered = gather(ports, claim)
  return gathered instanceof Promise
    ? gathered.then((states) => quoteOn(ports, claim, claimHash, render, states))
    : quoteOn(ports, claim, claimHash, render, gathered)
}

function quoteOn<Answer>(
  ports: CounterPorts,
  claim: Claim,
  claimHash: string,
  render: QuoteRendering<Answer>,
  { snapshot }: Gathered,
): Answer | Refusal {
  const decision = adjudicate(claim, snapshot, ports.policy())
  if (isRefusal(decision)) return decision
  const quoteId = ports.quotes.seal(
    termsOf(decision, snapshot, {
      claimHash,
      institutionId: claim.institutionId,
      expiresAt: endOfDay(ports.now()),
    }),
  )
  const version = snapshot.states.get(personSubject(claim.personId))?.version ?? 0
  return render(decision, quoteId, version)
}
