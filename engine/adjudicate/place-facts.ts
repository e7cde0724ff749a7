import type { WorkingCalendar } from '../calendar/calendar.ts'
import { dayNumber } from '../calendar/civil-days.ts'
import { workingDayNumber } from '../calendar/working-days.ts'
import type { CareDates, Claim } from '../claim/claim.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Derived, Plan } from '../policy/compile.ts'
import type { Stage } from '../policy/facts.ts'
import type { Value } from '../policy/table.ts'
import { inForce, inForceOn, type PersonRecord } from '../registry/records.ts'
import { addAttributes, attributesOn, districtOf } from './person-facts.ts'
import { lookUp, type PersonWorkings, type Workings } from './workings.ts'

/** Sets what is known of the place and the days of care, and what the claim states. */
export function addPlaceFacts({ claim, dates, snapshot, pack, facts }: Workings): void {
  const institution = snapshot.institution!
  const level = inForceOn(institution.levels, dates.admission)
  const careDistrict = districtOf(pack, institution.district)
  const { homeDistrict, scheme } = facts
  const sameDistrict = homeDistrict === careDistrict
  const nights = dayNumber(dates.discharge) - dayNumber(dates.admission)
  facts.institutionKind = institution.kind
  facts.level = level?.level ?? 0
  facts.deductibleLevel = level?.deductibleLevel ?? level?.level ?? 0
  facts.designated = snapshot.manual?.designated ?? true
  facts.inCity = pack.districts.has(careDistrict)
  facts.sameProvince = homeDistrict.slice(0, 2) === careDistrict.slice(0, 2)
  facts.sameDistrict = sameDistrict
  facts.sameZone =
    sameDistrict ||
    pack.zones.some(
      ({ schemes, districts }) =>
        schemes.includes(scheme) &&
        districts.includes(homeDistrict) &&
        districts.includes(careDistrict),
    )
  facts.days = Math.max(1, nights)
  facts.careDays = nights + 1
  facts.chosenInstitution =
    snapshot.manual === undefined && hasChosen(snapshot.person!, claim, dates)
  addAttributes(facts, pack.attributes.institution, attributesOn(institution, dates.admission))
  addAttributes(facts, pack.attributes.claim, claim.attributes)
}

function hasChosen(
  { chosenInstitutions = [] }: PersonRecord,
  { institutionId, careType }: Claim,
  { admission }: CareDates,
): boolean {
  return chosenInstitutions.some(
    (chosen) =>
      chosen.institutionId === institutionId &&
      inForce(chosen, admission) &&
      (chosen.careTypes?.includes(careType) ?? true),
  )
}

/** Works out the pack's derived facts of a stage, as far as the plan asks for them. */
export function addDerivedFacts(
  workings: PersonWorkings,
  { derived }: Pick<Plan, 'derived'>,
  stage: Stage,
): Refusal | undefined {
  for (const one of derived) {
    if (one.stage !== stage) continue
    const value = one.over === undefined ? derivedValue(workings, one) : overDiseases(workings, one)
    if (typeof value === 'object') return value
    workings.facts[one.fact] = value
  }
  return undefined
}

function derivedValue(workings: PersonWorkings, { table }: Derived): Value | Refusal {
  const row = lookUp(workings, 'derived-fact', table)
  return isRefusal(row) ? row : row['value']!
}

/** The table read for each disease that the person is registered with; the numbers combined. */
function overDiseases(workings: PersonWorkings, derived: Derived): number | Refusal {
  const { facts, snapshot, dates } = workings
  const { diseaseCode } = facts
  const registered = (snapshot.person?.registrations ?? []).filter(
    (one) => one.kind === derived.over && inForce(one, dates.admission),
  )
  let result = 0
  for (const code of new Set(registered.map((one) => one.diseaseCode))) {
    facts.diseaseCode = code
    const value = derivedValue(workings, derived)
    facts.diseaseCode = diseaseCode
    if (typeof value === 'object') return value
    result = derived.combine === 'most' ? Math.max(result, Number(value)) : result + Number(value)
  }
  return result
}

/** Sets what is known of the approval; the working days only where the plan asks for them. */
export function addApprovalFacts(
  workings: Workings,
  { asks }: Plan,
  calendar: WorkingCalendar | undefined,
): Refusal | undefined {
  const { snapshot, facts, dates } = workings
  const { approval } = snapshot
  if (workings.claim.approvalId === undefined || approval === undefined) return undefined
  facts.approval = approval.kind
  facts.rescue = approval.rescue === true
  // Registered by then: there are no days to be counted.
  if (!asks.has('reportDays') || approval.registeredOn <= dates.admission) return undefined
  if (calendar === undefined) {
    return refuse('calendar-missing', 'No calendar of working days is loaded.')
  }
  const number = workingDayNumber(calendar, dates.admission, approval.registeredOn)
  if (isRefusal(number)) return number
  facts.reportDays = number
  return undefined
}
