import type { Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import type { LivePack, Policy } from '../policy/policy.ts'
import { area, type Penalty } from './area.ts'
import { type BenefitYears, benefitYears } from './benefit-year.ts'
import { eligibility } from './eligibility.ts'
import type { Snapshot } from './snapshot.ts'
import { type TransferRule, transferRule } from './transfer.ts'
import { inYear, type Workings } from './workings.ts'

/** A claim that may be settled: under which plan, in which year, with which penalty. */
export interface Admitted {
  readonly workings: Workings
  readonly plan: Plan
  readonly live: LivePack
  readonly penalty: Penalty
  readonly years: BenefitYears
  readonly transfer: TransferRule | undefined
}

/** Steps 1 to 3: everything about person, place and time that is known before the bill is read. */
export function admit(claim: Claim, snapshot: Snapshot, policy: Policy): Admitted | Refusal {
  const eligible = eligibility(claim, snapshot, policy)
  if (isRefusal(eligible)) return eligible
  const { plan, live } = eligible
  const years = benefitYears(eligible.workings, plan)
  if (isRefusal(years)) return years
  const workings = inYear(eligible.workings, years.year, years.startsInMonth)
  const penalty = area(workings, plan, policy.calendar)
  if (isRefusal(penalty)) return penalty
  const transfer = transferRule(workings, plan)
  if (isRefusal(transfer)) return transfer
  return { workings, plan, live, penalty, years, transfer }
}
