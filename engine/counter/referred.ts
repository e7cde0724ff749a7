import { admit } from '../adjudicate/admit.ts'
import { type Claim, careDates } from '../claim/claim.ts'
import { settlementId, visitPositionOf } from '../claim/ids.ts'
import { isRefusal, type OutcomeCode } from '../claim/outcomes.ts'
import { inForce } from '../registry/records.ts'
import { finalSettlement } from '../visit/visit.ts'
import { filingsOf } from './filings-of.ts'
import { gather } from './gather.ts'
import type { VisitPorts } from './visit-events.ts'

/**
 * The claim with what institutions filed for its person: the referral to this institution that is in
 * force on the day of admission, and the stay that it was made from where that makes a transfer. A
 * visit's messages name neither. Whoever books the claim guards person and approval with it, so that
 * a filing in between decides it again.
 */
export async function referred(ports: VisitPorts, claim: Claim): Promise<Claim> {
  const on = careDates(claim)?.admission
  if (on === undefined || claim.approvalId !== undefined) return claim
  const { standing } = await filingsOf(ports, claim.personId)
  const referral = standing.findLast(
    ({ filing }) =>
      filing.type === 'referral' &&
      filing.approval.institutionId === claim.institutionId &&
      inForce(filing.approval, on),
  )
  if (referral?.filing.type !== 'referral') return claim
  const { approvalId } = referral
  if (approvalId === undefined) return claim
  const agreed = { ...claim, approvalId }
  const { fromVisit } = referral.filing
  const stay = fromVisit === undefined ? undefined : await settledStay(ports, fromVisit)
  if (stay === undefined || claim.transferFrom !== undefined) return agreed
  const transferred = { ...agreed, transferFrom: stay }
  const { snapshot } = await gather(ports, transferred)
  const admitted = admit(transferred, snapshot, ports.policy())
  return isRefusal(admitted) && NO_TRANSFER.has(admitted.refused) ? agreed : transferred
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
