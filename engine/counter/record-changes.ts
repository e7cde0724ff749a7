import { chinaTime } from '../calendar/china-time.ts'
import { civilDate, dayNumber } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import type { Delta, Subject } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'
import { unpackRecord } from './record-entry.ts'

/**
 * Which records were changed one by one in a minute, so that whoever reviews them finds them by time:
 * the subject's accumulators are theirs, each counting its changes. Nothing is guarded by it.
 */
const PREFIX = 'changes/'

/** What an entry that changes a record adds to its minute. */
export function changeNoted(record: Subject, at: number): Delta {
  return {
    subject: PREFIX + minuteOf(at),
    accumulator: record,
    amount: 1,
  }
}

/** The minutes of the days in which records were changed, the last first; `until` is not one of them. */
export async function* minutesBackFrom(
  ledger: Pick<Ledger, 'subjects'>,
  from: CivilDate,
  until: CivilDate,
): AsyncGenerator<Subject> {
  for (let day = dayNumber(until) - 1; day >= dayNumber(from); day--) {
    const ofDay = PREFIX + civilDate(day)
    const minutes = await ledger.subjects(PREFIX, ofDay, MINUTES_A_DAY)
    yield* minutes.filter((minute) => minute.startsWith(ofDay)).reverse()
  }
}

const MINUTES_A_DAY = 1_440

/** Positions of the changes of a minute, in no order. */
export async function changedIn(
  ledger: Pick<Ledger, 'load' | 'entry'>,
  minute: Subject,
): Promise<number[]> {
  const { state } = await ledger.load(minute)
  const positions: number[] = []
  for (const record of state.accumulators.keys()) {
    const { state: changed } = await ledger.load(record)
    for (let position = changed.record; position > 0; ) {
      const entry = ledger.entry(position)!
      if (entry.kind !== 'registry-change') break
      const noted = PREFIX + minuteOf(entry.bookedAt)
      if (noted === minute) positions.push(position)
      if (noted < minute) break
      position = unpackRecord(entry).previous
    }
  }
  return positions
}

/** `yyyy-MM-ddTHH:mm` in China. */
function minuteOf(at: number): string {
  return chinaTime(at).slice(0, 'yyyy-MM-ddTHH:mm'.length)
}
