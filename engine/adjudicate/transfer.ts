import { dayNumber } from '../calendar/civil-days.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Fen } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import { planFor } from '../policy/policy.ts'
import type { PreviousStay } from './snapshot.ts'
import { lookUp, type Workings } from './workings.ts'

/** What a stay after a transfer pays of the deductible. */
export interface TransferRule {
  readonly deductible: 'full' | 'difference' | 'none'
  /** Borne by the stays before it. */
  readonly borneFen: Fen
  /** It is the same admission as the stay before it, which was counted, and not a further one. */
  readonly sameStay: boolean
  readonly admissionNumber: number
}

/** The stay that the claim says the patient came from, held against what was booked. */
export function checkTransfer(workings: Workings, plan: Plan): Refusal | undefined {
  const { claim, snapshot, dates, facts } = workings
  if (claim.transferFrom === undefined) return undefined
  if (plan.transfer === undefined) return noRule(workings)
  const { previousStay } = snapshot
  const fault = (code: 'transfer-unknown' | 'transfer-mismatch', what: string) =>
    // The id is not repeated: whatever was typed there may be personal.
    refuse(code, `The stay transferred from ${what}.`, {
      errors: [{ pointer: '/transferFrom', code }],
    })
  if (previousStay === undefined || previousStay.personId !== claim.personId) {
    return fault('transfer-unknown', 'is no stay and no emergency care of this person')
  }
  if (previousStay.reversed) return fault('transfer-unknown', 'is reversed')
  if (dates.admission < previousStay.discharge) {
    return fault('transfer-mismatch', `ended on ${previousStay.discharge}, after this admission`)
  }
  const [diagnosis] = claim.diagnoses ?? []
  facts.transfer = directionOf(previousStay, facts.deductibleLevel)
  facts.daysSinceDischarge = dayNumber(dates.admission) - dayNumber(previousStay.discharge)
  facts.sameInstitution =
    snapshot.manual === undefined && claim.institutionId === previousStay.institutionId
  facts.sameDiagnosis = diagnosis !== undefined && diagnosis === previousStay.diagnosis
  return undefined
}

function directionOf(previousStay: PreviousStay, level: number): string {
  if (level === previousStay.deductibleLevel) return 'same'
  return level > previousStay.deductibleLevel ? 'upward' : 'downward'
}

/** The pack's rule for the transfer, once the area case is known. */
export function transferRule(workings: Workings, plan: Plan): TransferRule | undefined | Refusal {
  const { previousStay } = workings.snapshot
  if (workings.claim.transferFrom === undefined || previousStay === undefined) return undefined
  if (plan.transfer === undefined) return noRule(workings)
  const row = lookUp(workings, 'transfer', plan.transfer)
  if (isRefusal(row)) return row
  const within = row['withinDays'] as number | undefined
  const days = workings.facts.daysSinceDischarge
  if (within !== undefined && days > within) {
    return refuse(
      'transfer-mismatch',
      `The stay before ended ${days} days earlier; a transfer is within ${within}.`,
      { errors: [{ pointer: '/transferFrom', code: 'too-late' }] },
    )
  }
  return {
    deductible: row['deductible'] as TransferRule['deductible'],
    sameStay: row['sameStay'] === true && countsAsStay(workings, previousStay),
    borneFen: previousStay.deductibleFen,
    admissionNumber: previousStay.admissionNumber,
  }
}

/**
 * Emergency care without a stay is mostly not, nor is what another city counted: then the stay after it
 * is the one that counts.
 */
function countsAsStay({ pack }: Workings, { scheme, careType, city }: PreviousStay): boolean {
  const isCountedHere = city === '' || city === pack.id
  return isCountedHere && planFor(pack, scheme, careType)?.countsAsStay === true
}

function noRule({ pack }: Workings): Refusal {
  return refuse('no-rule-for-transfer', `The pack ${pack.id} has no rule for transfers.`, {
    errors: [{ pointer: '/transferFrom', code: 'no-rule' }],
  })
}
