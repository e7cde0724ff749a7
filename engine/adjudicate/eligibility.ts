import { type CareDates, type CareType, type Claim, careDates } from '../claim/claim.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import { type LivePack, type Policy, packFor, planFor } from '../policy/policy.ts'
import {
  type Agreement,
  type InstitutionRecord,
  type Insurance,
  inForce,
} from '../registry/records.ts'
import { benefitYearOf } from './benefit-year.ts'
import { attributeFault } from './claim-attributes.ts'
import { gradeInForce } from './grade.ts'
import { insuranceForCare, personFacts } from './person-facts.ts'
import { addDerivedFacts, addPlaceFacts } from './place-facts.ts'
import { personSubject, type Snapshot } from './snapshot.ts'
import { waitingPeriod } from './waiting.ts'
import { lookUp, usageTime, type Workings } from './workings.ts'

/** Step 1: may this person settle this care at this institution, and under which plan? */
export function eligibility(
  claim: Claim,
  snapshot: Snapshot,
  policy: Policy,
): { workings: Workings; plan: Plan; live: LivePack; insurance: Insurance } | Refusal {
  const dates = careDates(claim)
  const misdated = datesFault(claim, dates)
  if (dates === undefined || misdated !== undefined) {
    return refuse(
      'care-dates-invalid',
      'A stay has admittedOn and a dischargedOn not before it; care of one day has servedOn alone.',
      misdated,
    )
  }
  const { person, institution } = snapshot
  if (person === undefined) {
    return refuse('person-unknown', 'No such person is registered.', at('/personId', 'unknown'))
  }
  if (institution === undefined) {
    return refuse(
      'institution-unknown',
      `${claim.institutionId} is not registered.`,
      at('/institutionId', 'unknown'),
    )
  }
  const insurance = insuranceForCare(person, dates.admission)
  const lapse = insuranceLapse(insurance, dates.admission)
  if (insurance === undefined || lapse !== undefined) return lapse!
  if (snapshot.manual === undefined) {
    const agreement = agreementFault(institution, claim, dates.admission)
    if (agreement !== undefined) return agreement
  }

  const live = packFor(policy, insurance.homeDistrict, dates.discharge)
  if (live === undefined) {
    return refuse('no-pack', `No policy pack covers the district ${insurance.homeDistrict}.`)
  }
  const { pack } = live
  const { from, until } = pack.covers
  if (dates.admission < from || dates.discharge >= until) {
    const outside = dates.admission < from ? dates.admission : firstFrom(until, dates)
    return refuse(
      'no-rule-for-date',
      `The pack ${pack.id} covers care from ${from} until ${until}, not ${outside}.`,
      { more: { on: outside, from, until } },
    )
  }
  const plan = planFor(pack, insurance.scheme, claim.careType)
  if (plan === undefined) {
    return refuse(
      'care-type-not-covered',
      `The pack ${pack.id} has no plan for ${claim.careType} in the scheme ${insurance.scheme}.`,
      at('/careType', 'not-covered'),
    )
  }
  const misstated = attributeFault(claim, pack)
  if (misstated !== undefined) return misstated
  const facts = personFacts(person, insurance, pack, dates, claim)
  const benefitYear = benefitYearOf(dates.discharge, 1)
  const workings: Workings = {
    claim,
    dates,
    pack,
    facts,
    trace: [],
    snapshot,
    benefitYear,
    startsInMonth: 1,
    time: usageTime(pack, benefitYear, 1, dates, facts),
    subject: personSubject(claim.personId),
    reads: [],
  }
  workings.facts.channel = snapshot.manual === undefined ? 'counter' : 'agency'
  const grade = gradeInForce(workings, plan, insurance)
  if (isRefusal(grade)) return grade
  workings.facts.grade = grade
  const underived = addDerivedFacts(workings, plan, 'person')
  if (underived !== undefined) return underived
  const notJoined = participationFault(workings, plan)
  if (notJoined !== undefined) return notJoined
  const waits = waitingPeriod(workings, plan, insurance)
  if (waits !== undefined) return waits
  addPlaceFacts(workings)
  return { workings, plan, live, insurance }
}

/** The first of the dates that is on `until` or later. */
function firstFrom(until: string, { admission, discharge }: CareDates): string {
  return admission >= until ? admission : discharge
}

function participationFault(workings: Workings, plan: Plan): Refusal | undefined {
  if (plan.participation === undefined) return undefined
  const joined = lookUp(workings, 'participation', plan.participation)
  if (isRefusal(joined)) return joined
  if (joined['joined'] === true) return undefined
  const { homeDistrict, scheme } = workings.facts
  return refuse(
    'district-not-joined',
    `${homeDistrict} is not pooled for the scheme ${scheme} on that date.`,
  )
}

/** Visits and purchases are of one day; a stay has a day of admission and one of discharge. */
export const CARE_OF_ONE_DAY: ReadonlySet<CareType> = new Set([
  'outpatient',
  'outpatient-chronic',
  'outpatient-special',
  'pharmacy',
])

/** Which date of the claim is not as its kind of care has it, or nothing. */
function datesFault(
  { careType, admittedOn, dischargedOn, servedOn }: Claim,
  dates: CareDates | undefined,
): ReturnType<typeof at> | undefined {
  if (dates === undefined) {
    if (servedOn !== undefined) return at('/servedOn', 'beside-a-stay')
    if (admittedOn === undefined && dischargedOn === undefined) {
      return at(CARE_OF_ONE_DAY.has(careType) ? '/servedOn' : '/admittedOn', 'missing')
    }
    if (admittedOn === undefined) return at('/admittedOn', 'missing')
    if (dischargedOn === undefined) return at('/dischargedOn', 'missing')
    return at('/dischargedOn', 'before-admission')
  }
  if (careType === 'inpatient') {
    return servedOn === undefined ? undefined : at('/servedOn', 'care-is-a-stay')
  }
  return CARE_OF_ONE_DAY.has(careType) && dates.admission !== dates.discharge
    ? at('/dischargedOn', 'care-of-one-day')
    : undefined
}

/** Why nothing is paid by this insurance on that day, or nothing. */
export function insuranceLapse(insurance: Insurance | undefined, on: string): Refusal | undefined {
  if (insurance === undefined) return refuse('not-insured', `Not insured in any scheme on ${on}.`)
  if (insurance.status === 'in-arrears') {
    return refuse('in-arrears', `Contributions to ${insurance.scheme} are in arrears on ${on}.`)
  }
  if (insurance.status === 'suspended') {
    return refuse(
      'insurance-suspended',
      `The insurance in ${insurance.scheme} is suspended on ${on}.`,
    )
  }
  return undefined
}

/** An agreement in force on admission covers the stay to its end. */
function agreementFault(
  institution: InstitutionRecord,
  claim: Claim,
  on: string,
): Refusal | undefined {
  let suspended: Agreement | undefined
  for (const agreement of institution.agreements) {
    if (!inForce(agreement, on) || !agreement.careTypes.includes(claim.careType)) continue
    if (agreement.status === 'in-force') return undefined
    suspended ??= agreement
  }
  if (suspended !== undefined) {
    return refuse(
      'agreement-suspended',
      `The agreement of ${institution.institutionId} for ${claim.careType} is suspended since ${suspended.from}.`,
    )
  }
  return refuse(
    'institution-not-designated',
    `${institution.institutionId} has no agreement for ${claim.careType} on ${on}.`,
  )
}

function at(pointer: string, code: string) {
  return { errors: [{ pointer, code }] }
}
