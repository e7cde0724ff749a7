import { chinaTime } from '../calendar/china-time.ts'
import { dayNumber } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Subject } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'
import { dayOfReads, type KeptRead, READS_PREFIX, unpackReads } from './reads.ts'

/** Which reads are asked for; what is absent does not matter. */
export interface ReadsAsked {
  /** Days in China: the first one, and the first one that is not asked for. */
  readonly from: CivilDate
  readonly until: CivilDate
  /** Whose data was shown. */
  readonly personId?: string
  /** The institution or the member of staff that it was shown to. */
  readonly by?: string
  /** `next` of the page before; the last reads come first. */
  readonly after?: string
}

export interface ListedRead extends KeptRead {
  /** Of the entry that keeps it. */
  readonly position: number
}

/** Some of what was asked for; a page may be empty and still not the last. */
export interface Page<Row> {
  readonly rows: readonly Row[]
  /** Where the next page goes on; nothing when this is the last. */
  readonly next?: string
}

export interface ListPorts {
  readonly ledger: Pick<Ledger, 'subjects' | 'load' | 'entry'>
  /** Others' turn: a day of a city takes seconds to look through. */
  pause(): Promise<void>
}

/** A row as it is answered: its time is China's. */
export function rowAnswer<Row extends { readonly at: number }>({ at, ...row }: Row) {
  return { at: chinaTime(at), ...row }
}

const DAYS_MAX = 366
export const ROWS_MAX = 200
/** Reads that are looked at for one page, and without a pause. */
const LOOKED_MAX = 100_000
const AT_ONCE = 2_000
/** What an entry costs, in reads. */
const ENTRY = 20

/** Why the days cannot be asked for. */
export function daysFault(from: CivilDate, until: CivilDate): Refusal | undefined {
  const days = dayNumber(until) - dayNumber(from)
  if (days >= 1 && days <= DAYS_MAX) return undefined
  return refuse(
    'invalid-request',
    `\`until\` is the day after the last one: from \`from\` to \`until\` are 1 to ${DAYS_MAX} days.`,
    { errors: [{ pointer: '/until', code: 'out-of-range' }] },
  )
}

/**
 * Who was shown what of whom, the last first: each thread's entries of a day followed back from the
 * last one. Looks at so much for one page, in slices, and says where the next one goes on.
 */
export async function listReads(
  ports: ListPorts,
  { from, until, personId, by, after }: ReadsAsked,
): Promise<Page<ListedRead> | Refusal> {
  const fault = daysFault(from, until)
  if (fault !== undefined) return fault
  const begins = after === undefined ? undefined : placeOf(ports, after)
  const isAsked = begins === undefined || (from <= begins.day && begins.day < until)
  if ((after !== undefined && begins === undefined) || !isAsked) {
    return refuse('invalid-request', '`after` is not the `next` of such a list.', {
      errors: [{ pointer: '/after', code: 'wrong-form' }],
    })
  }
  const rows: ListedRead[] = []
  let looked = 0
  let pauseAt = AT_ONCE
  const days = await chainsOf(ports, from, until)
  for (const [day, chains] of [...days].reverse()) {
    if (begins !== undefined && day > begins.day) continue
    const place = begins?.day === day ? begins : await lastOf(ports, day, chains)
    let { ends, skip } = place
    while (ends.length > 0) {
      if (looked >= LOOKED_MAX) return { rows, next: placeText({ day, ends, skip }) }
      const position = Math.max(...ends)
      const { reads, previous } = unpackReads(ports.ledger.entry(position)!)
      const found = reads
        .filter((read) => personId === undefined || read.personId === personId)
        .filter((read) => by === undefined || read.by.id === by)
        .sort((one, other) => other.at - one.at)
      const shown = found.slice(skip, skip + ROWS_MAX - rows.length)
      for (const read of shown) rows.push({ position, ...read })
      skip += shown.length
      if (skip < found.length) return { rows, next: placeText({ day, ends, skip }) }
      skip = 0
      ends = ends.filter((end) => end !== position)
      if (previous > 0) ends.push(previous)
      looked += ENTRY + reads.length
      if (looked < pauseAt) continue
      pauseAt = looked + AT_ONCE
      await ports.pause()
    }
  }
  return { rows }
}

/** Where a list stands: of a day the last entries not done with yet, and the rows told of the last. */
interface Place {
  readonly day: CivilDate
  readonly ends: number[]
  readonly skip: number
}

const SUBJECTS_AT_ONCE = 1_000

/** The threads' chains of each day that has any, in the order of the days. */
async function chainsOf(
  { ledger }: ListPorts,
  from: CivilDate,
  until: CivilDate,
): Promise<Map<CivilDate, Subject[]>> {
  const days = new Map<CivilDate, Subject[]>()
  for (let after = `${READS_PREFIX}${from}`; ; ) {
    const subjects = await ledger.subjects(READS_PREFIX, after, SUBJECTS_AT_ONCE)
    for (const subject of subjects) {
      const day = dayOfReads(subject)!
      if (day >= until) return days
      days.set(day, [...(days.get(day) ?? []), subject])
    }
    const last = subjects.at(-1)
    if (last === undefined) return days
    after = last
  }
}

async function lastOf({ ledger }: ListPorts, day: CivilDate, chains: readonly Subject[]) {
  const views = await Promise.all(chains.map((subject) => ledger.load(subject)))
  return { day, ends: views.map(({ state }) => state.record), skip: 0 } satisfies Place
}

function placeText({ day, ends, skip }: Place): string {
  return `${day}.${ends.join('-')}.${skip}`
}

const PLACE = /^(\d{4}-\d{2}-\d{2})\.(\d{1,15}(?:-\d{1,15}){0,999})\.(\d{1,9})$/

function placeOf({ ledger }: ListPorts, text: string): Place | undefined {
  const [, day, ends, skip] = PLACE.exec(text) ?? []
  if (day === undefined) return undefined
  const positions = ends!.split('-').map(Number)
  const isOfDay = (position: number) => {
    const entry = ledger.entry(position)
    return entry?.kind === 'data-read' && dayOfReads(entry.subjects[0]!) === day
  }
  return positions.every(isOfDay) ? { day, ends: positions, skip: Number(skip) } : undefined
}
