import type { WorkingCalendar } from '../calendar/calendar.ts'
import type { RecordBook } from '../counter/record-book.ts'
import type { Entry } from '../ledger/entry.ts'
import type { Catalogue } from '../policy/catalogue.ts'
import type { Pack } from '../policy/compile.ts'

/** An entry and where the journal keeps it. */
export interface Placed {
  readonly position: number
  readonly entry: Entry
}

/** What a replay needs of the world; it only reads. */
export interface ReplayPorts {
  /** The whole journal in its order, anew each time. */
  entries(): Iterable<Placed>
  entry(position: number): Entry | undefined
  readonly records: Pick<RecordBook, 'find'>
  /** The versions kept by hash; nothing when one is no longer there. */
  packByHash(hash: string): Pack | undefined
  catalogue(id: string, hash: string): Catalogue | undefined
  calendar(hash: string): WorkingCalendar | undefined
}

/** Something that a settlement was decided on and that cannot be had any more. */
export interface Missing {
  readonly missing: string
}

export function isMissing(outcome: object): outcome is Missing {
  return 'missing' in outcome
}
