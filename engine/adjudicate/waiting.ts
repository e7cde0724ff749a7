import { daysLater, monthsLater, nextMonth } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Plan } from '../policy/compile.ts'
import type { RowResult } from '../policy/table.ts'
import type { Insurance } from '../registry/records.ts'
import { units } from './figures.ts'
import { lookUp, note, type Workings } from './workings.ts'

/** Part of step 1: benefits of a new or interrupted insurance may begin later than it does. */
export function waitingPeriod(
  workings: Workings,
  { waiting }: Plan,
  insurance: Insurance,
): Refusal | undefined {
  const { admission } = workings.dates
  const fromBirth = admission < insurance.from
  if (waiting === undefined) return fromBirth ? notYetInsured(insurance, admission) : undefined
  const row = lookUp(workings, 'waiting', waiting)
  if (isRefusal(row)) return row
  if (fromBirth && row['fromBirth'] !== true) return notYetInsured(insurance, admission)
  if (row['fromBirth'] === true) return undefined
  const registeredOn = insurance.registeredOn ?? insurance.from
  const beginsOn = benefitsBegin(workings, row, registeredOn)
  if (beginsOn === registeredOn) return undefined
  note(workings, 'waiting-period', { registeredOn }, { beginsOn })
  if (admission >= beginsOn) return undefined
  return refuse('in-waiting-period', `Benefits begin on ${beginsOn}.`, { more: { beginsOn } })
}

function benefitsBegin(workings: Workings, row: RowResult, registeredOn: CivilDate): CivilDate {
  const each = (row['unitMonths'] as number | undefined) ?? 0
  const counted = (row['waitMonths'] as number) + each * units(workings, row)
  const least = (row['leastMonths'] as number | undefined) ?? 0
  const most = (row['mostMonths'] as number | undefined) ?? Number.POSITIVE_INFINITY
  const months = Math.min(most, Math.max(least, counted))
  const days = (row['waitDays'] as number | undefined) ?? 0
  const begins = daysLater(monthsLater(registeredOn, months), days)
  return row['toNextMonth'] === true ? nextMonth(begins) : begins
}

function notYetInsured({ scheme, from }: Insurance, on: CivilDate): Refusal {
  return refuse('not-insured', `Insured in ${scheme} from ${from}, not yet on ${on}.`)
}
