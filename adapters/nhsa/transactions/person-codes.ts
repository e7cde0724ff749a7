import { fullYears } from '../../../engine/adjudicate/person-facts.ts'
import type { CivilDate } from '../../../engine/claim/claim.ts'
import { type Facts, NO_FACTS } from '../../../engine/policy/facts.ts'
import { type Nhsa, nhsaCode } from '../../../engine/policy/nhsa.ts'
import type { Insurance, PersonRecord } from '../../../engine/registry/records.ts'

/** What the codes of a person without any care go by. */
export function personCodeFacts(person: PersonRecord, insurance: Insurance, on: CivilDate): Facts {
  return {
    ...NO_FACTS,
    scheme: insurance.scheme,
    employment: insurance.employment ?? 'none',
    age: fullYears(person.bornOn, on),
  }
}

/** 险种类型 of an insurance. */
export function insutypeOf(
  nhsa: Nhsa,
  person: PersonRecord,
  insurance: Insurance,
  on: CivilDate,
): string {
  return nhsaCode(nhsa, 'insutype', personCodeFacts(person, insurance, on))
}
