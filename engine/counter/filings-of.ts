import type { Subject } from '../ledger/entry.ts'
import type { Guard, Ledger } from '../ledger/ports.ts'
import { entryAt } from './booked.ts'
import { type FilingEvent, unpackFiling } from './filing-form.ts'

export type Filed = Extract<FilingEvent, { type: 'filed' }>

/** A filing that nobody withdrew, and where the journal keeps it. */
export interface StandingFiling extends Filed {
  readonly position: number
}

/** A person's filings as of now, and the guard under which what is decided on them may be booked. */
export interface FilingsRead {
  /** In the order of filing. */
  readonly standing: readonly StandingFiling[]
  /** Position of the last event; 0 when there is none. */
  readonly last: number
  readonly guard: Guard
}

/** Follows the events back from the last one, which the state names. A person has few. */
export async function filingsOf(
  { ledger }: { readonly ledger: Pick<Ledger, 'peek' | 'load' | 'entry'> },
  personId: string,
): Promise<FilingsRead> {
  const subject = filingsSubject(personId)
  const { state, asOf } = ledger.peek(subject) ?? (await ledger.load(subject))
  const withdrawn = new Set<number>()
  const standing: StandingFiling[] = []
  for (let position = state.record; position !== 0; ) {
    const { event, previous } = unpackFiling(entryAt({ ledger }, position))
    if (event.type === 'withdrawn') withdrawn.add(event.filed)
    // A withdrawal comes after what it withdraws, and is met before it on the way back.
    if (event.type === 'filed' && !withdrawn.has(position)) standing.push({ ...event, position })
    position = previous
  }
  return {
    standing: standing.reverse(),
    last: state.record,
    guard: { subject, position: asOf },
  }
}

/** Every filing names it: whoever has read all persons' filings may book under its guard. */
export const FILINGS_SUBJECT = 'filings'

const OF_PERSON = `${FILINGS_SUBJECT}/`

/** What institutions filed for the person, whatever it is. */
function filingsSubject(personId: string): Subject {
  return `${OF_PERSON}${personId}`
}

/** Everybody for whom anything was filed, withdrawn or not. */
export async function* personsWithFilings({
  ledger,
}: {
  readonly ledger: Pick<Ledger, 'subjects'>
}): AsyncGenerator<string> {
  for (let after = OF_PERSON; ; ) {
    const subjects = await ledger.subjects(OF_PERSON, after, SUBJECTS_AT_ONCE)
    for (const subject of subjects) yield subject.slice(OF_PERSON.length)
    const last = subjects.at(-1)
    if (last === undefined) return
    after = last
  }
}

const SUBJECTS_AT_ONCE = 1_000

/** Those for whom something was filed or withdrawn after a position, up to another one. */
export function personsFiledForSince(
  { ledger }: { readonly ledger: Pick<Ledger, 'entry'> },
  after: number,
  upTo: number,
): Set<string> {
  const persons = new Set<string>()
  for (let position = after + 1; position <= upTo; position++) {
    const entry = ledger.entry(position)
    if (entry?.kind === 'filing') persons.add(entry.subjects[0]!.slice(OF_PERSON.length))
  }
  return persons
}
