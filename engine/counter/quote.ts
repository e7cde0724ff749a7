import { adjudicate } from '../adjudicate/adjudicate.ts'
import { personSubject } from '../adjudicate/snapshot.ts'
import { endOfDay } from '../calendar/china-time.ts'
import type { Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type DecisionAnswer, quoteAnswer } from './answer.ts'
import { type Gathered, gather } from './gather.ts'
import type { CounterPorts } from './ports.ts'
import { termsOf } from './quote-terms.ts'

/**
 * 预结算: computes and changes nothing. Synchronous when everything is at hand. The quote id lets a
 * settlement be booked only as quoted, until the end of the day.
 */
export function quote(
  ports: CounterPorts,
  claim: Claim,
  claimHash: string,
): DecisionAnswer | Refusal | Promise<DecisionAnswer | Refusal> {
  const gathered = gather(ports, claim)
  return gathered instanceof Promise
    ? gathered.then((states) => quoteOn(ports, claim, claimHash, states))
    : quoteOn(ports, claim, claimHash, gathered)
}

function quoteOn(
  ports: CounterPorts,
  claim: Claim,
  claimHash: string,
  { snapshot }: Gathered,
): DecisionAnswer | Refusal {
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
  return quoteAnswer(decision, quoteId, version)
}
