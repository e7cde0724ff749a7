import type { TraceStep } from '../claim/decision.ts'
import { isRefusal, type OutcomeCode, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Fen } from '../money/fen.ts'
import { type Policy, packFor } from '../policy/policy.ts'
import type { PersonRecord } from '../registry/records.ts'
import { insuranceLapse } from './eligibility.ts'
import { amountFrom } from './figures.ts'
import { gradeInForce } from './grade.ts'
import { insuranceOn, personFacts } from './person-facts.ts'
import { addDerivedFacts } from './place-facts.ts'
import { lookUp, type PersonWorkings } from './workings.ts'

/** A month of the calendar, `YYYY-MM`. */
export type Month = string

/** What one account is credited with for one month, and which rows say so. */
export interface AccountCredit {
  readonly packId: string
  readonly packHash: string
  readonly scheme: string
  /** Above 0. */
  readonly amountFen: Fen
  readonly trace: readonly TraceStep[]
}

/** Why an account is credited with nothing for a month. */
export interface NoCredit {
  /**
   * A code of outcomes.ts; or `no-credits`: the pack credits no accounts of the scheme; or
   * `nothing-due`: the row says 0.
   */
  readonly passedOver: OutcomeCode | 'no-credits' | 'nothing-due'
}

/**
 * The credit of a person's account for a month (rules/REFERENCE.md, section 7): synchronous and
 * pure. Insurance, facts and row are those of the first day of the month.
 */
export function accountCredit(
  person: PersonRecord,
  month: Month,
  policy: Pick<Policy, 'packs'>,
): AccountCredit | NoCredit {
  const credit = creditOrRefusal(person, `${month}-01`, policy)
  return isRefusal(credit) ? { passedOver: credit.refused } : credit
}

function creditOrRefusal(
  person: PersonRecord,
  on: string,
  policy: Pick<Policy, 'packs'>,
): AccountCredit | NoCredit | Refusal {
  const insurance = insuranceOn(person, on)
  const lapse = insuranceLapse(insurance, on)
  if (insurance === undefined || lapse !== undefined) return lapse!
  const { scheme, homeDistrict } = insurance
  const live = packFor(policy, homeDistrict, on)
  if (live === undefined) {
    return refuse('no-pack', `No policy pack covers the district ${homeDistrict}.`)
  }
  const { pack } = live
  if (on < pack.covers.from || on >= pack.covers.until) {
    return refuse('no-rule-for-date', `The pack ${pack.id} has no values for ${on}.`)
  }
  const credits = pack.accountCredits.get(scheme)
  if (credits === undefined) return { passedOver: 'no-credits' }
  const dates = { admission: on, discharge: on }
  const workings: PersonWorkings = {
    dates,
    pack,
    facts: personFacts(person, insurance, pack, dates),
    trace: [],
    snapshot: { person },
  }
  const grade = gradeInForce(workings, credits, insurance)
  if (isRefusal(grade)) return grade
  workings.facts.grade = grade
  const underived = addDerivedFacts(workings, credits, 'person')
  if (underived !== undefined) return underived
  const row = lookUp(workings, 'account-credit', credits.table)
  if (isRefusal(row)) return row
  const amountFen = amountFrom(workings, row, 'creditFen', {})
  if (isRefusal(amountFen)) return amountFen
  if (amountFen === 0) return { passedOver: 'nothing-due' }
  return { packId: pack.id, packHash: pack.hash, scheme, amountFen, trace: workings.trace }
}

export function isPassedOver(credit: object): credit is NoCredit {
  return 'passedOver' in credit
}
