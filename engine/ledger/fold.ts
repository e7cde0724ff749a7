import type { Entry, Subject, SubjectState } from './entry.ts'
import type { Booking } from './ports.ts'

/** What of an entry a state is made of. */
export type FoldedEntry = Pick<Entry, 'kind' | 'subjects' | 'deltas' | 'reverses'>

/**
 * The state of `subject` after `entry` at `position`, given its state before. Pure: the given state
 * is left as it was. Throws when the entry is not after the state (it would count twice) or when an
 * accumulator leaves the exact integers; both are bugs of ours.
 */
export function foldEntry(
  state: SubjectState,
  subject: Subject,
  entry: FoldedEntry,
  position: number,
): SubjectState {
  if (position <= state.version) {
    throw new RangeError(`entry ${position} is already in the state of ${subject}`)
  }
  const ofRecord = changesRecord(entry)
  return {
    version: position,
    booked: ofRecord ? state.booked : position,
    record: ofRecord && entry.subjects[0] === subject ? position : state.record,
    accumulators: foldDeltas(state, subject, entry),
    ...foldSettlements(state, entry, position),
  }
}

/** Whether the entry holds the record of its first subject; of a visit, the last that happened to it. */
function changesRecord({ kind }: Pick<Entry, 'kind'>): boolean {
  return OF_RECORDS.has(kind)
}

const OF_RECORDS: ReadonlySet<Entry['kind']> = new Set<Entry['kind']>([
  'registry-change',
  'import-activation',
  'visit-event',
  'filing',
  'settlement-list',
  'administrative-act',
  'data-read',
])

/** How the entry stands in its institution's day; nothing for entries without sums. */
export function bookingOf(entry: Entry, position: number): Booking | undefined {
  const { sums } = entry
  if (sums === undefined) return undefined
  return {
    position,
    bookedAt: entry.bookedAt,
    requestId: sums.requestId,
    reversal: entry.reverses !== undefined,
    totalFen: sums.totalFen,
    fundFen: sums.fundFen,
    accountFen: sums.accountFen,
  }
}

function foldDeltas(state: SubjectState, subject: Subject, entry: FoldedEntry) {
  let sums: Map<string, number> | undefined
  for (const delta of entry.deltas) {
    if (delta.subject !== subject) continue
    sums ??= new Map(state.accumulators)
    const sum = (sums.get(delta.accumulator) ?? 0) + delta.amount
    if (!Number.isSafeInteger(sum)) {
      throw new RangeError(`${subject} ${delta.accumulator} is no exact integer: ${sum}`)
    }
    if (sum === 0) sums.delete(delta.accumulator)
    else sums.set(delta.accumulator, sum)
  }
  return sums ?? state.accumulators
}

function foldSettlements(state: SubjectState, entry: FoldedEntry, position: number) {
  const { live, reversedBy } = state
  if (entry.reverses !== undefined) {
    const original = entry.reverses
    return {
      live: live.filter((settlement) => settlement !== original),
      reversedBy: new Map(reversedBy).set(original, position),
    }
  }
  if (entry.kind === 'settlement') return { live: [...live, position], reversedBy }
  return { live, reversedBy }
}
