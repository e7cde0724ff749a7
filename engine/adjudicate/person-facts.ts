import { dayIn, dayNumber, monthIn, yearIn } from '../calendar/civil-days.ts'
import type { CareDates, CivilDate, Claim } from '../claim/claim.ts'
import type { Pack } from '../policy/compile.ts'
import { type Facts, noFacts } from '../policy/facts.ts'
import type { AttributeSource } from '../policy/pack.ts'
import {
  type Attribute,
  type DiseaseRegistration,
  type Insurance,
  inForce,
  type PersonRecord,
} from '../registry/records.ts'

/** What is known of a person before any care; the facts of care are still at their "none". */
export function personFacts(
  person: PersonRecord,
  insurance: Insurance,
  pack: Pack,
  { admission: on, discharge }: CareDates,
  claim?: Pick<Claim, 'careType' | 'diseaseCode'>,
): Facts {
  const { registrations = NONE } = person
  const registered = registrations.filter((span) => inForce(span, on))
  const diseaseCode = claim?.diseaseCode ?? 'none'
  const facts = noFacts()
  facts.scheme = insurance.scheme
  facts.careType = claim?.careType ?? 'none'
  facts.homeDistrict = districtOf(pack, insurance.homeDistrict)
  facts.grade = insurance.grade ?? 0
  facts.employment = insurance.employment ?? 'none'
  facts.category = categoryOn(person, pack, on)
  facts.categoryAtDischarge = categoryOn(person, pack, discharge)
  facts.employmentAtDischarge = insuranceOn(person, discharge)?.employment ?? facts.employment
  facts.sex = person.sex
  facts.age = fullYears(person.bornOn, on)
  facts.entry = insurance.entry ?? 'continued'
  facts.daysToRegister = Math.max(
    0,
    dayNumber(insurance.registeredOn ?? insurance.from) - dayNumber(person.bornOn),
  )
  const first = firstOfChain(person, insurance)
  const { yearsBefore = 0 } = first
  facts.yearsInsured = Math.max(0, fullYears(first.from, on)) + yearsBefore
  facts.monthsInsured = Math.max(0, fullMonths(first.from, on)) + 12 * yearsBefore
  facts.yearsBroken = insurance.brokenYears ?? 0
  facts.brokenYears = Math.max(0, (insurance.brokenYears ?? 0) - (insurance.boughtBackYears ?? 0))
  facts.diseaseCode = diseaseCode
  facts.registeredAs = registeredAs(registered, diseaseCode, claim?.careType)
  if (registered.length > 0) {
    facts.chronicDiseases = diseases(registered, 'chronic')
    facts.specialDiseases = diseases(registered, 'special')
    facts.twoDiseases = diseases(registered, 'two-diseases')
  }
  facts.careGrade = (person.careAssessments ?? []).find((span) => inForce(span, on))?.careGrade ?? 0
  addAttributes(facts, pack.attributes.person, attributesOn(person, on))
  return facts
}

const NONE: readonly never[] = []

function diseases(
  registered: readonly DiseaseRegistration[],
  kind: DiseaseRegistration['kind'],
): number {
  return new Set(registered.filter((one) => one.kind === kind).map((one) => one.diseaseCode)).size
}

/** The first in the pack's ranking of the categories that the person has then. */
function categoryOn({ categories }: PersonRecord, pack: Pack, on: CivilDate): string {
  if (categories.length === 0) return 'none'
  const held = categories.filter((span) => inForce(span, on))
  const first = pack.categories.find((ranked) => held.some(({ category }) => category === ranked))
  return first ?? 'none'
}

/**
 * The insurance in force. Where there are several, one that is paid up goes before the others, and
 * then the one that began last: whoever takes a job has left the residents' scheme.
 */
export function insuranceOn(person: PersonRecord, on: string): Insurance | undefined {
  let latest: Insurance | undefined
  for (const one of person.insurances) {
    if (!inForce(one, on)) continue
    if (latest === undefined || goesBefore(one, latest)) latest = one
  }
  return latest
}

/**
 * The insurance that care of that day is decided by: the one in force, or a newborn's first, which may
 * cover from birth. The waiting table says whether it does.
 */
export function insuranceForCare(person: PersonRecord, on: string): Insurance | undefined {
  return insuranceOn(person, on) ?? insuranceFromBirth(person, on)
}

function insuranceFromBirth({ bornOn, insurances }: PersonRecord, on: string) {
  if (on < bornOn) return undefined
  return insurances.find(({ entry, from }) => entry === 'newborn' && on < from)
}

function goesBefore(one: Insurance, other: Insurance): boolean {
  const paidUp = one.status === 'paid-up'
  return paidUp === (other.status === 'paid-up') ? one.from > other.from : paidUp
}

/** The code under which a pack knows a district. */
export function districtOf({ districtAliases }: Pack, code: string): string {
  return districtAliases.get(code) ?? code
}

/** What a register keeps of a person or an institution on a day. */
export function attributesOn(
  { attributes }: { readonly attributes?: readonly Attribute[] },
  on: CivilDate,
): readonly Attribute[] | undefined {
  return attributes?.filter((one) => inForce(one, on))
}

/** The pack's own facts that records keep or claims state, each at its "none" without a value. */
export function addAttributes(
  facts: Facts,
  declared: readonly (readonly [string, AttributeSource])[],
  held: readonly Pick<Attribute, 'name' | 'value'>[] | undefined,
): void {
  for (const [name, values] of declared) {
    const value = held?.find((one) => one.name === name)?.value
    facts[name] = value ?? (values === 'integer' ? 0 : 'none')
  }
}

/** One disease may be registered as several; the kind of care says which is meant. */
function registeredAs(
  registered: readonly DiseaseRegistration[],
  diseaseCode: string,
  careType: string | undefined,
): string {
  if (registered.length === 0) return 'none'
  const kinds = registered.filter((one) => one.diseaseCode === diseaseCode).map(({ kind }) => kind)
  const first = careType === 'outpatient-special' ? 'special' : 'chronic'
  return kinds.includes(first) ? first : (kinds[0] ?? 'none')
}

/** Full years between two civil dates. */
export function fullYears(from: CivilDate, on: CivilDate): number {
  return Math.floor(fullMonths(from, on) / 12)
}

/** Full months between two civil dates. */
function fullMonths(from: CivilDate, on: CivilDate): number {
  const months = 12 * (yearIn(on) - yearIn(from)) + monthIn(on) - monthIn(from)
  return dayIn(on) < dayIn(from) ? months - 1 : months
}

/** The earliest stretch of insurance in the scheme that leads to this one without a gap. */
function firstOfChain(person: PersonRecord, insurance: Insurance): Insurance {
  let first = insurance
  for (;;) {
    const before = person.insurances.find(
      (one) => one.scheme === first.scheme && one.until === first.from && one.status === 'paid-up',
    )
    if (before === undefined) return first
    first = before
  }
}
