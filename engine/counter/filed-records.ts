import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import { haveCommonDay } from '../registry/check-record.ts'
import type { Dated, PersonRecord } from '../registry/records.ts'
import type { Filing } from './filing-form.ts'

/** What filings do to the record of their person; a referral is a record of its own. */
type FiledOfPerson = Exclude<Filing, { type: 'referral' }>

/** The person's record with what is filed; refused where the record has it already on some day. */
export function withFiled(person: PersonRecord, filing: FiledOfPerson): PersonRecord | Refusal {
  if (filing.type === 'disease') {
    const { registration } = filing
    const { registrations = [] } = person
    const { kind, diseaseCode } = registration
    const same = registrations.filter((one) => one.kind === kind && one.diseaseCode === diseaseCode)
    const fault = overlap(same, registration)
    return fault ?? { ...person, registrations: [...registrations, registration] }
  }
  const { chosen } = filing
  const { chosenInstitutions = [] } = person
  const same = chosenInstitutions.filter((one) => one.institutionId === chosen.institutionId)
  const fault = overlap(same, chosen)
  return fault ?? { ...person, chosenInstitutions: [...chosenInstitutions, chosen] }
}

function overlap(spans: readonly Dated[], filed: Dated): Refusal | undefined {
  const other = spans.find((span) => haveCommonDay(span, filed))
  if (other === undefined) return undefined
  const { from, until } = other
  return refuse('filing-overlaps', `The record has it from ${from}.`, {
    more: { from, ...(until === undefined ? {} : { until }) },
  })
}

/** The record without what was filed; nothing where it is not in there as it was filed. */
export function withoutFiled(person: PersonRecord, filing: Filing): PersonRecord | undefined {
  if (filing.type === 'disease') {
    const left = without(person.registrations, filing.registration)
    return left && { ...person, registrations: left }
  }
  if (filing.type === 'chosen-institution') {
    const left = without(person.chosenInstitutions, filing.chosen)
    return left && { ...person, chosenInstitutions: left }
  }
  return undefined
}

function without<T>(spans: readonly T[] | undefined, filed: T): T[] | undefined {
  const at = (spans ?? []).findIndex((span) => sameSpan(span, filed))
  return at < 0 ? undefined : spans!.toSpliced(at, 1)
}

function sameSpan(one: unknown, other: unknown): boolean {
  const form = (value: unknown) => JSON.stringify(Object.entries(value as object).sort())
  return form(one) === form(other)
}

/**
 * The record that takes the place of `now`, with those of the filings that `now` still has: what an
 * institution filed outlives it. What `record` says of the same on some day goes before.
 */
export function withStanding(
  record: PersonRecord,
  now: PersonRecord,
  standing: readonly { readonly filing: Filing }[],
): PersonRecord {
  let kept = record
  for (const { filing } of standing) {
    if (filing.type === 'referral' || withoutFiled(now, filing) === undefined) continue
    const changed = withFiled(kept, filing)
    if (!isRefusal(changed)) kept = changed
  }
  return kept
}
