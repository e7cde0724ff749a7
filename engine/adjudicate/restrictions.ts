import type { ClaimLine } from '../claim/claim.ts'
import type { LineReason } from '../claim/decision.ts'
import { parseDecimal, QUANTITY_PLACES } from '../money/decimal.ts'
import type { Restrictions } from '../policy/catalogue.ts'
import { fullYears } from './person-facts.ts'
import type { Workings } from './workings.ts'

/**
 * The first of the restrictions of a catalogue row that the line does not meet, as a reason; such a line
 * is the patient's own pay (限定支付范围).
 */
export function restrictionNotMet(
  { claim, dates, facts, snapshot }: Workings,
  line: ClaimLine,
  restrictions: Restrictions,
): LineReason | undefined {
  const { sex, ageFrom, ageBelow, levels, careTypes, schemes, diagnoses } = restrictions
  const age = fullYears(snapshot.person!.bornOn, line.servedOn ?? dates.discharge)
  if (sex !== undefined && sex !== facts.sex) return 'restricted-by-sex'
  if (ageFrom !== undefined && age < ageFrom) return 'restricted-by-age'
  if (ageBelow !== undefined && age >= ageBelow) return 'restricted-by-age'
  if (levels !== undefined && !levels.includes(facts.level)) return 'restricted-by-level'
  if (careTypes !== undefined && !careTypes.includes(claim.careType)) {
    return 'restricted-by-care-type'
  }
  if (schemes !== undefined && !schemes.includes(facts.scheme)) return 'restricted-by-scheme'
  if (diagnoses !== undefined && !hasDiagnosis(claim.diagnoses ?? [], diagnoses)) {
    return 'restricted-by-diagnosis'
  }
  if (restrictions.hospitalApproval === true && line.hospitalApproved !== true) {
    return 'restricted-without-hospital-approval'
  }
  return supplyNotMet(line, restrictions.supplyDaysMax, restrictions.dailyQuantityMax)
}

function hasDiagnosis(diagnoses: readonly string[], prefixes: readonly string[]): boolean {
  return diagnoses.some((diagnosis) => prefixes.some((prefix) => diagnosis.startsWith(prefix)))
}

/** A line that does not say for how many days it is supplied is taken as one day's. */
function supplyNotMet(
  line: ClaimLine,
  supplyDaysMax: number | undefined,
  dailyQuantityMax: string | undefined,
): LineReason | undefined {
  const days = line.supplyDays ?? 1
  if (supplyDaysMax !== undefined && days > supplyDaysMax) return 'restricted-by-supply-days'
  if (dailyQuantityMax === undefined) return undefined
  const daily = parseDecimal(dailyQuantityMax, QUANTITY_PLACES)
  const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)
  if (daily === undefined || quantity === undefined) return undefined
  return quantity > daily * days ? 'restricted-by-daily-quantity' : undefined
}
