import type { WorkingCalendar } from '../calendar/calendar.ts'
import type { CivilDate, Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import { type ApprovalRecord, type InstitutionRecord, inForce } from '../registry/records.ts'
import { addApprovalFacts, addDerivedFacts } from './place-facts.ts'
import { checkTransfer } from './transfer.ts'
import { lookUp, type Workings } from './workings.ts'

/** How the area case changes deductible and rate, with the reading of the clause's percentage. */
export interface Penalty {
  readonly deductibleIncreasePermyriad: number
  readonly deductibleReading: string
  /** What "points of the base" are points of, in fen; 0 where no reading needs it. */
  readonly deductibleBaseFen: number
  readonly rateDecreasePermyriad: number
  readonly rateReading: string
  /** Whether it changes anything. */
  readonly some: boolean
}

export const NO_PENALTY: Penalty = {
  deductibleIncreasePermyriad: 0,
  deductibleReading: 'relative',
  deductibleBaseFen: 0,
  rateDecreasePermyriad: 0,
  rateReading: 'points',
  some: false,
}

/**
 * Step 2: home and care district, zones, licence level and the approval record make the area case,
 * and the case says what not asking for consent costs.
 */
export function area(
  workings: Workings,
  plan: Plan,
  calendar: WorkingCalendar | undefined,
): Penalty | Refusal {
  const { claim, snapshot, dates, facts } = workings
  if (claim.approvalId !== undefined) {
    const { approval, institution } = snapshot
    const fault = approvalFault(claim, approval, institution, dates.admission)
    if (fault !== undefined) return fault
  }
  const unknown =
    addApprovalFacts(workings, plan, calendar) ?? addDerivedFacts(workings, plan, 'place')
  if (unknown !== undefined) return unknown
  const transfer = checkTransfer(workings, plan)
  if (transfer !== undefined) return transfer
  const excluded = entitlementFault(workings, plan) ?? settlementFault(workings, plan)
  if (excluded !== undefined) return excluded
  if (plan.areaCase !== undefined) {
    const areaCase = lookUp(workings, 'area-case', plan.areaCase)
    if (isRefusal(areaCase)) return areaCase
    facts.areaCase = areaCase['areaCase'] as string
  }
  return penaltyOf(workings, plan)
}

/** What the area case costs on the dates of `workings`: those of the stay, or of a part of it. */
export function penaltyOf(workings: Workings, plan: Plan): Penalty | Refusal {
  return plan.penalty === undefined ? NO_PENALTY : penalty(workings, plan.penalty)
}

const NOT_ENTITLED = {
  'disease-not-registered': 'The disease of the claim is not registered for this person.',
  'not-entitled': 'This person has no entitlement to this benefit.',
  'approval-required': 'This care needs an approval, and the claim points at none that counts.',
} as const

function entitlementFault(workings: Workings, { entitlement }: Plan): Refusal | undefined {
  if (entitlement === undefined) return undefined
  const row = lookUp(workings, 'entitlement', entitlement)
  if (isRefusal(row)) return row
  const code = row['entitlement'] as 'entitled' | keyof typeof NOT_ENTITLED
  return code === 'entitled' ? undefined : refuse(code, NOT_ENTITLED[code])
}

function settlementFault(workings: Workings, { settlement }: Plan): Refusal | undefined {
  if (settlement === undefined) return undefined
  const row = lookUp(workings, 'settlement', settlement)
  if (isRefusal(row)) return row
  if (row['settlement'] !== 'manual' || workings.facts.channel === 'agency') return undefined
  return refuse(
    'pay-first-claim-by-hand',
    'Care in this place is paid in full by the patient and claimed at the home agency.',
  )
}

function approvalFault(
  claim: Claim,
  approval: ApprovalRecord | undefined,
  institution: InstitutionRecord | undefined,
  admission: CivilDate,
): Refusal | undefined {
  const fault = (code: 'approval-unknown' | 'approval-mismatch', what: string) =>
    // The id is not repeated: whatever was typed there may be personal.
    refuse(code, `The approval ${what}.`, {
      errors: [{ pointer: '/approvalId', code }],
    })
  if (approval === undefined) return fault('approval-unknown', 'is not registered')
  if (approval.withdrawn === true) return fault('approval-unknown', 'was withdrawn')
  if (approval.personId !== claim.personId) {
    return fault('approval-mismatch', 'is for another person')
  }
  if (approval.institutionId !== undefined && approval.institutionId !== claim.institutionId) {
    return fault('approval-mismatch', `names ${approval.institutionId}, not ${claim.institutionId}`)
  }
  if (approval.district !== undefined && approval.district !== institution?.district) {
    return fault('approval-mismatch', `names the district ${approval.district}`)
  }
  if (!inForce(approval, admission)) {
    const until = approval.until === undefined ? '' : ` until ${approval.until}`
    return fault('approval-mismatch', `is for admissions from ${approval.from}${until}`)
  }
  return undefined
}

function penalty(workings: Workings, tables: NonNullable<Plan['penalty']>): Penalty | Refusal {
  const found = lookUp(workings, 'penalty', tables.table)
  if (isRefusal(found)) return found
  const deductibleIncreasePermyriad = found['deductibleIncreasePermyriad'] as number
  const rateDecreasePermyriad = found['rateDecreasePermyriad'] as number
  let { deductibleReading, deductibleBaseFen, rateReading } = NO_PENALTY
  if (deductibleIncreasePermyriad > 0) {
    workings.facts.parameter = 'deductible'
    const reading = lookUp(workings, 'reading', tables.readings)
    if (isRefusal(reading)) return reading
    deductibleReading = reading['reading'] as string
    deductibleBaseFen = (reading['baseFen'] as number | undefined) ?? 0
  }
  if (rateDecreasePermyriad > 0) {
    workings.facts.parameter = 'rate'
    const reading = lookUp(workings, 'reading', tables.readings)
    if (isRefusal(reading)) return reading
    rateReading = reading['reading'] as string
  }
  return {
    deductibleIncreasePermyriad,
    deductibleReading,
    deductibleBaseFen,
    rateDecreasePermyriad,
    rateReading,
    some: deductibleIncreasePermyriad > 0 || rateDecreasePermyriad > 0,
  }
}
