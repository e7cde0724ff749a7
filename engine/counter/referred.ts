import { admit } from '../adjudicate/admit.ts'
import { type Claim, careDates } from '../claim/claim.ts'
import { settlementId, visitPositionOf } from '../claim/ids.ts'
import { isRefusal, type OutcomeCode } from '../claim/outcomes.ts'
import type { Guard } from '../ledger/ports.ts'
import { inForce } from '../registry/records.ts'
import { finalSettlement } from '../visit/visit.ts'
import { filingsOf } from './filings-of.ts'
import { gather } from './gather.ts'
import type { VisitPorts } from './visit-events.ts'

export interface Referred {
  readonly claim: Claim
  readonly guards: readonly Guard[]
}

/**
 * The claim with what institutions filed for its person: the referral to this institution that is in
 * force on the day of admission, and the stay that it was made from where that makes a transfer. A
 * visit's messages name neither. `guards`: that no filing came since, which would be decided again.
 */
export async function referred(ports: VisitPorts, claim: Claim): Promise<Referred> {
  const on = careDates(claim)?.admission
  if (on === undefined || claim.approvalId !== undefined) return { claim, guards: [] }
  const { standing, guard } = await filingsOf(ports, claim.personId)
  const guards = [guard]
  const referral = standing.findLast(
    ({ filing }) =>
      filing.type === 'referral' &&
      filing.approval.institutionId === claim.institutionId &&
      inForce(filing.approval, on),
  )
  if (referral?.filing.type !== 'referral') return { claim, guards }
  const { approvalId } = referral
  if (approvalId === undefined) return { claim, guards }
  const agreed = { ...claim, approvalId }
  const { fromVisit } = referral.filing
  const stay = fromVisit === undefined ? undefined : await settledStay(ports, fromVisit)
  if (stay === undefined || claim.transferFrom !== undefined) return { claim: agreed, guards }
  const transferred = { ...agreed, transferFrom: stay }
  const { snapshot } = await gather(ports, transferred)
  const admitted = admit(transferred, snapshot, ports.policy())
  const isNone = isRefusal(admitted) && NO_TRANSFER.has(admitted.refused)
  return { claim: isNone ? agreed : transferred, guards }
}

/** A stay that is too long ago, or a city without a rule for transfers: a stay of its own. */
const NO_TRANSFER: ReadonlySet<OutcomeCode> = new Set([
  'transfer-unknown',
  'transfer-mismatch',
  'no-rule-for-transfer',
])

/** The settlement that ended the stay of a visit, whichever institution's it is. */
async function settledStay(ports: VisitPorts, id: string): Promise<string | undefined> {
  const position = visitPositionOf(id)
  const entry = position === undefined ? undefined : ports.ledger.entry(position)
  if (entry?.kind !== 'visit-event') return undefined
  const { visit } = await ports.visits.read(entry.subjects[0]!)
  const final = visit && finalSettlement(visit)
  return final && settlementId(final.position)
}
