import { personSubject } from '../adjudicate/snapshot.ts'
import { chinaDate } from '../calendar/china-time.ts'
import type { CivilDate } from '../claim/claim.ts'
import type { Entry } from '../ledger/entry.ts'

/** Which settlements are asked for: booked on the days `[from, until)`, there and for that person. */
export interface Scope {
  readonly from?: CivilDate
  readonly until?: CivilDate
  readonly institutionId?: string
  readonly personId?: string
}

export function isInScope({ from, until, institutionId, personId }: Scope, entry: Entry): boolean {
  if (institutionId !== undefined && entry.sums?.institutionId !== institutionId) return false
  if (personId !== undefined && !entry.subjects.includes(personSubject(personId))) return false
  if (from === undefined && until === undefined) return true
  const day = chinaDate(entry.bookedAt)
  return (from === undefined || from <= day) && (until === undefined || day < until)
}
