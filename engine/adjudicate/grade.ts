import { monthsLater, nextMonth } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import type { GradeChange, Insurance } from '../registry/records.ts'
import { lookUp, note, type PersonWorkings } from './workings.ts'

/** A change that was handled and takes effect later. */
interface Waiting {
  readonly to: number
  readonly from: CivilDate
}

/**
 * Step 3: the tier in force on admission. Changes are applied in the order in which they were
 * handled; the pack says for each when it takes effect, and what a second one does to a waiting one.
 */
export function gradeInForce(
  workings: PersonWorkings,
  { gradeChange }: Pick<Plan, 'gradeChange'>,
  insurance: Insurance,
): number | Refusal {
  const registered = insurance.grade ?? 0
  const changes = insurance.gradeChanges ?? []
  if (gradeChange === undefined || changes.length === 0) return registered
  const on = workings.dates.admission
  let grade = registered
  let waiting: Waiting | undefined
  for (const change of [...changes].sort((a, b) => (a.handledOn < b.handledOn ? -1 : 1))) {
    if (change.handledOn > on) break
    if (waiting !== undefined && waiting.from <= change.handledOn) {
      grade = waiting.to
      waiting = undefined
    }
    if (waiting !== undefined && gradeChange.second === 'refused') continue
    if (change.to === grade) {
      // Back to what is in force: there is nothing to wait for any more.
      waiting = undefined
      continue
    }
    const from = effectOf(workings, gradeChange.table, grade, change)
    if (typeof from === 'object' && from !== null) return from
    if (from === null) continue
    waiting = { to: change.to, from }
  }
  if (waiting !== undefined && waiting.from <= on) grade = waiting.to
  const waits = waiting !== undefined && waiting.from > on ? { waitsUntil: waiting.from } : {}
  note(workings, 'grade', { registered, changes: changes.length, ...waits }, { grade })
  return grade
}

/** The day on which a change takes effect; null where the pack does not allow it. */
function effectOf(
  workings: PersonWorkings,
  table: NonNullable<Plan['gradeChange']>['table'],
  fromGrade: number,
  { handledOn, to, condition = 'none' }: GradeChange,
): CivilDate | null | Refusal {
  const { gradeRanking } = workings.pack
  const rank = (grade: number) => (gradeRanking.length === 0 ? grade : gradeRanking.indexOf(grade))
  const direction = rank(to) < rank(fromGrade) ? 'up' : 'down'
  Object.assign(workings.facts, { fromGrade, toGrade: to, direction, condition })
  const row = lookUp(workings, 'grade-change', table, undefined, handledOn)
  if (isRefusal(row)) return row
  switch (row['effect']) {
    case 'refused':
      return null
    case 'at-once':
      return handledOn
    case 'next-month':
      return nextMonth(handledOn)
    case 'next-year':
      return monthsLater(`${handledOn.slice(0, 4)}-01-01`, 12)
    default:
      return monthsLater(handledOn, (row['waitMonths'] as number | undefined) ?? 0)
  }
}
