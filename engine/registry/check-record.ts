import type { CivilDate } from '../claim/claim.ts'
import type {
  ApprovalRecord,
  Dated,
  InstitutionRecord,
  Insurance,
  PersonRecord,
} from './records.ts'

/** Something in a record that its form allows and its sense does not. */
export interface RecordFault {
  /** JSON pointer into the record. */
  readonly pointer: string
  readonly code: 'until-not-after-from' | 'overlap' | 'contradiction' | 'unequal-grade'
  /** What was expected, in a few words; never a value, which may be personal. */
  readonly expected: string
}

/** What is wrong with a person's record by itself; empty when it may be registered. */
export function checkPerson(person: PersonRecord): RecordFault[] {
  const { insurances, categories, accountSharedWith } = person
  const { registrations = [], careAssessments = [], attributes = [] } = person
  const { chosenInstitutions = [] } = person
  return [
    ...checkSpans('insurances', insurances, ({ scheme }) => scheme),
    ...insurances.flatMap((insurance, at) =>
      checkInsurance(insurance, person.bornOn, `/insurances/${at}`),
    ),
    ...checkSpans('categories', categories, ({ category }) => category),
    ...checkSpans('accountSharedWith', accountSharedWith, ({ personId }) => personId),
    ...accountSharedWith.flatMap(({ personId }, at) =>
      personId === person.personId
        ? [contradiction(`/accountSharedWith/${at}/personId`, 'another person')]
        : [],
    ),
    ...checkSpans(
      'registrations',
      registrations,
      ({ kind, diseaseCode }) => `${kind} ${diseaseCode}`,
    ),
    ...checkSpans('careAssessments', careAssessments, () => ''),
    ...checkSpans('chosenInstitutions', chosenInstitutions, ({ institutionId }) => institutionId),
    ...checkSpans('attributes', attributes, ({ name }) => name),
  ]
}

export function checkInstitution({
  levels,
  agreements,
  attributes = [],
}: InstitutionRecord): RecordFault[] {
  const perCareType = agreements.flatMap((agreement, at) =>
    agreement.careTypes.map((careType) => ({ ...agreement, careType, at })),
  )
  return [
    ...checkSpans('levels', levels, () => ''),
    ...agreements.flatMap((agreement, at) => checkUntil(agreement, `/agreements/${at}`)),
    ...overlaps(perCareType, ({ careType }) => careType).map(({ at }) =>
      overlap(`/agreements/${at}`),
    ),
    ...checkSpans('attributes', attributes, ({ name }) => name),
  ]
}

export function checkApproval(approval: ApprovalRecord): RecordFault[] {
  const faults = checkUntil(approval, '')
  const { kind, institutionId, district, rescue } = approval
  if (institutionId !== undefined && district !== undefined) {
    faults.push(contradiction('/district', 'an institution or a district, not both'))
  }
  if (institutionId === undefined && district === undefined && kind !== 'emergency-report') {
    faults.push(contradiction('/institutionId', 'an institution or a district'))
  }
  if (rescue !== undefined && kind !== 'emergency-report') {
    faults.push(contradiction('/rescue', 'only in an emergency report'))
  }
  return faults
}

function checkInsurance(insurance: Insurance, bornOn: CivilDate, at: string): RecordFault[] {
  const { from, until, grade, gradeChanges = [], entry, brokenYears, boughtBackYears } = insurance
  const faults: RecordFault[] = []
  if (from < bornOn) faults.push(contradiction(`${at}/from`, 'not before the birth'))
  if (gradeChanges.length > 0 && grade === undefined) {
    faults.push(contradiction(`${at}/grade`, 'the grade before the first change'))
  }
  let before: CivilDate | undefined
  for (const [index, { handledOn }] of gradeChanges.entries()) {
    const pointer = `${at}/gradeChanges/${index}/handledOn`
    if (handledOn < from || (until !== undefined && handledOn >= until)) {
      faults.push(contradiction(pointer, 'a day of the stretch'))
    }
    if (before !== undefined && handledOn <= before) {
      faults.push(contradiction(pointer, 'a day after the change before'))
    }
    before = handledOn
  }
  if (brokenYears !== undefined && entry !== 'interrupted') {
    faults.push(contradiction(`${at}/brokenYears`, 'only in an interrupted insurance'))
  }
  if ((boughtBackYears ?? 0) > (brokenYears ?? 0)) {
    faults.push(contradiction(`${at}/boughtBackYears`, 'at most the broken years'))
  }
  return faults
}

/** Each stretch ends after it begins, and no two of the same key overlap. */
function checkSpans<T extends Dated>(
  member: string,
  spans: readonly T[],
  key: (span: T) => string,
): RecordFault[] {
  const numbered = spans.map((span, at) => ({ ...span, at, key: key(span) }))
  return [
    ...numbered.flatMap((span) => checkUntil(span, `/${member}/${span.at}`)),
    ...overlaps(numbered, (span) => span.key).map(({ at }) => overlap(`/${member}/${at}`)),
  ]
}

function checkUntil({ from, until }: Dated, at: string): RecordFault[] {
  if (until === undefined || until > from) return []
  return [{ pointer: `${at}/until`, code: 'until-not-after-from', expected: 'a day after from' }]
}

/** The later one of each two stretches that overlap and have the same key. */
function overlaps<T extends Dated>(spans: readonly T[], key: (span: T) => string): T[] {
  const found: T[] = []
  for (const [index, span] of spans.entries()) {
    const earlier = spans.slice(0, index)
    if (earlier.some((other) => key(other) === key(span) && haveCommonDay(other, span)))
      found.push(span)
  }
  return found
}

/** Whether two stretches have a day in common. */
export function haveCommonDay(one: Dated, other: Dated): boolean {
  return (
    (other.until === undefined || one.from < other.until) &&
    (one.until === undefined || other.from < one.until)
  )
}

function overlap(pointer: string): RecordFault {
  return { pointer, code: 'overlap', expected: 'no day that an earlier stretch has, too' }
}

function contradiction(pointer: string, expected: string): RecordFault {
  return { pointer, code: 'contradiction', expected }
}
