import { admit } from '../adjudicate/admit.ts'
import { type CivilDate, type Claim, careDates } from '../claim/claim.ts'
import { settlementId, visitPositionOf } from '../claim/ids.ts'
import { isRefusal, type OutcomeCode } from '../claim/outcomes.ts'
import type { Guard } from '../ledger/ports.ts'
import { type ApprovalRecord, inForce } from '../registry/records.ts'
import { finalSettlement } from '../visit/visit.ts'
import { filingsOf, type StandingFiling } from './filings-of.ts'
import { gather } from './gather.ts'
import { RecordReading } from './record-reading.ts'
import type { VisitPorts } from './visit-events.ts'

export interface Referred {
  readonly claim: Claim
  readonly guards: readonly Guard[]
}

/**
 * The claim with what stands in the records for its person on the day of admission; a visit's messages
 * name none of it. First what institutions filed and the agency has not taken back: the referral to
 * this institution, and the stay that it was made from where that makes a transfer. Without one, an
 * approval that the agency registered.
 * `guards`: that nothing of this came since, which would be decided again.
 */
export async function referred(ports: VisitPorts, claim: Claim): Promise<Referred> {
  const on = careDates(claim)?.admission
  if (on === undefined || claim.approvalId !== undefined) return { claim, guards: [] }
  const { standing, guard } = await filingsOf(ports, claim.personId)
  const reading = new RecordReading(ports)
  const referral = await referralTo(reading, standing, claim, on)
  const approvalId = referral?.approvalId ?? (await registered(reading, claim, on))?.approvalId
  const guards = [guard, ...reading.guards]
  if (approvalId === undefined) return { claim, guards }
  const agreed = { ...claim, approvalId }
  const fromVisit = referral?.fromVisit
  const stay = fromVisit === undefined ? undefined : await settledStay(ports, fromVisit)
  if (stay === undefined || claim.transferFrom !== undefined) return { claim: agreed, guards }
  const transferred = { ...agreed, transferFrom: stay }
  const { snapshot } = await gather(ports, transferred)
  const admitted = admit(transferred, snapshot, ports.policy())
  const isNone = isRefusal(admitted) && NO_TRANSFER.has(admitted.refused)
  return { claim: isNone ? agreed : transferred, guards }
}

/** The referral that was filed last of those whose approvals, as the agency has them now, cover the claim. */
async function referralTo(
  reading: RecordReading,
  standing: readonly StandingFiling[],
  claim: Claim,
  on: CivilDate,
): Promise<{ readonly approvalId: string; readonly fromVisit?: string | undefined } | undefined> {
  for (const { approvalId, filing } of standing.toReversed()) {
    if (filing.type !== 'referral' || approvalId === undefined) continue
    const approval = await reading.record('approval', approvalId)
    const [covering] = await coveringOf(
      reading,
      approval === undefined ? [] : [approval],
      claim,
      on,
    )
    if (covering !== undefined) return { approvalId, fromVisit: filing.fromVisit }
  }
  return undefined
}

/**
 * The approval that names this institution, or else its district; of several, the one that was registered
 * last. A report of an emergency is of the admission on its first day alone: who is admitted later is
 * no emergency for it.
 */
async function registered(
  reading: RecordReading,
  claim: Claim,
  on: CivilDate,
): Promise<ApprovalRecord | undefined> {
  const all = await reading.approvalsOf(claim.personId)
  const fitting = (await coveringOf(reading, all, claim, on)).filter(
    (one) =>
      (one.institutionId ?? one.district) !== undefined &&
      (one.kind !== 'emergency-report' || one.from === on),
  )
  const rank = ({ institutionId: named, registeredOn, approvalId }: ApprovalRecord) =>
    `${named === undefined ? 0 : 1} ${registeredOn} ${approvalId}`
  return fitting.sort((one, other) => (rank(one) < rank(other) ? 1 : -1))[0]
}

/** Those that a claim of this institution may point at. */
async function coveringOf(
  reading: RecordReading,
  approvals: readonly ApprovalRecord[],
  { institutionId }: Claim,
  on: CivilDate,
): Promise<ApprovalRecord[]> {
  if (approvals.length === 0) return []
  const district = (await reading.record('institution', institutionId))?.district
  return approvals.filter(
    (one) =>
      one.withdrawn !== true &&
      inForce(one, on) &&
      (one.institutionId ?? institutionId) === institutionId &&
      (one.district ?? district) === district,
  )
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
