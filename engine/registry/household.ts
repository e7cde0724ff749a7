import { haveCommonDay, type RecordFault } from './check-record.ts'
import { type Insurance, inForce, type PersonRecord } from './records.ts'

/** The attribute of a person who is at school; its value is `yes`. */
const STUDENT = 'student'

/**
 * The stretches of `person` whose tier differs from that of another member of the household in the
 * same scheme on the same day. Employees, students and newborns insure by themselves; a change of
 * the tier that the agency has handled since is its own decision and is not compared.
 */
export function unequalGrades(
  person: PersonRecord,
  members: readonly PersonRecord[],
): RecordFault[] {
  const others = members.filter(({ personId }) => personId !== person.personId)
  const compared = others.flatMap((other) =>
    other.insurances.filter((insurance) => isCompared(other, insurance)),
  )
  return person.insurances.flatMap((insurance, at): RecordFault[] => {
    if (!isCompared(person, insurance)) return []
    const unequal = compared.some(
      (other) =>
        other.scheme === insurance.scheme &&
        other.grade !== insurance.grade &&
        haveCommonDay(other, insurance),
    )
    if (!unequal) return []
    const pointer = `/insurances/${at}/grade`
    return [{ pointer, code: 'unequal-grade', expected: 'the grade of the household' }]
  })
}

function isCompared({ attributes = [] }: PersonRecord, insurance: Insurance): boolean {
  if (insurance.grade === undefined || insurance.employment !== undefined) return false
  if (insurance.entry === 'newborn') return false
  return !attributes.some(
    (attribute) =>
      attribute.name === STUDENT &&
      attribute.value === 'yes' &&
      (inForce(attribute, insurance.from) || inForce(insurance, attribute.from)),
  )
}
