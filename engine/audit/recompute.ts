import { dayOfReads, unpackReads } from '../access/reads.ts'
import { dayBegins, dayEnds } from '../calendar/china-time.ts'
import { readsIn } from '../counter/settlement-record.ts'
import { accumulated, type Entry, type EntryKind } from '../ledger/entry.ts'
import { Folding } from '../ledger/folding.ts'
import type { Hash, JournalStore, LedgerCodec, StateStore } from '../ledger/ports.ts'
import { Chain, type RowFault, rowsOf, type Sound } from '../ledger/verify.ts'
import { unpackEvent } from '../visit/event-form.ts'
import { isVisit } from '../visit/visit.ts'
import type { Faults } from './fault.ts'

export interface RecomputePorts {
  readonly journal: Pick<JournalStore, 'read' | 'readAfter'>
  readonly codec: LedgerCodec
  readonly hash: Hash
  /** Empty: whatever the entries make, from the first one on, goes here. */
  readonly states: StateStore
  readonly faults: Faults
}

export interface RecomputeOptions {
  /** The last position to be read. */
  readonly until: number
  /** Positions, in ascending order, at which it pauses besides. */
  readonly stops: readonly number[]
}

/** What the journal holds, as far as its chain is sound. */
export interface Recomputed {
  readonly sound: Sound
  /** False when the walk ended before `until`. */
  readonly whole: boolean
  readonly entries: Readonly<Partial<Record<EntryKind, number>>>
  readonly persons: number
  readonly subjects: number
  readonly keys: number
}

const ENTRIES_PER_BATCH = 10_000

const ROW_FAULTS: Readonly<Record<RowFault, string>> = {
  missing: 'the row is not there',
  unreadable: 'the row cannot be read from the file',
  hash: 'the row is not the one that was booked: its hash does not follow from the row before and its body',
  body: 'the body cannot be unpacked',
  columns: 'the keys or subjects beside the body are not those in it',
}

/**
 * Walks the chain and makes everything that is derived from the journal once more, by nothing but the
 * fold; on the way every entry is held against the states before it. Pauses now and then, with
 * `states` complete up to the position that it yields. A fault of the chain ends the walk, since
 * nothing after it can be relied on.
 */
export function* recompute(
  ports: RecomputePorts,
  { until, stops }: RecomputeOptions,
): Generator<Sound, Recomputed> {
  const { journal, codec, hash, states, faults } = ports
  const chain = new Chain(codec, hash)
  const pauses = new Set(stops)
  const entries: Partial<Record<EntryKind, number>> = {}
  const counts = { persons: 0, subjects: 0, keys: 0 }
  let folding = new Folding(states)
  let folded = 0
  const ended = (whole: boolean): Recomputed => ({ sound: chain.sound, whole, entries, ...counts })
  if (pauses.has(0)) yield chain.sound
  for (const row of rowsOf(journal, until)) {
    const position = chain.sound.position + 1
    const entry = chain.follow(row)
    if (typeof entry === 'string') {
      faults.add(position, entry, ROW_FAULTS[entry])
      return ended(false)
    }
    entries[entry.kind] = (entries[entry.kind] ?? 0) + 1
    counts.keys += entry.keys.length
    for (const subject of entry.subjects) {
      if (folding.state(subject).version > 0) continue
      counts.subjects += 1
      if (subject.startsWith('person/')) counts.persons += 1
    }
    checkEntry(ports, entry, position, folding)
    const broken = fold(folding, entry, position)
    if (broken !== undefined) {
      faults.add(position, 'fold', broken)
      return ended(false)
    }
    if (position - folded < ENTRIES_PER_BATCH && position < until && !pauses.has(position)) continue
    folding.apply(chain.sound)
    folding = new Folding(states)
    folded = position
    yield chain.sound
  }
  return ended(true)
}

/** Why the entry cannot follow those before it. */
function fold(folding: Folding, entry: Entry, position: number): string | undefined {
  for (const key of entry.keys) {
    const before = folding.key(key)
    if (before !== undefined) return `one of its message keys was consumed at ${before} already`
  }
  try {
    folding.add(entry, position)
    return undefined
  } catch {
    // The error would name the subject.
    return 'it cannot be folded: a sum of it is no exact integer'
  }
}

function checkEntry(ports: RecomputePorts, entry: Entry, position: number, folding: Folding) {
  const { faults } = ports
  if (entry.kind === 'settlement') checkReads(entry, position, folding, faults)
  if (entry.reverses !== undefined) checkReversal(ports, entry, position, folding)
  if (entry.kind === 'visit-event') checkVisitEvent(entry, position, folding, faults)
  if (entry.kind === 'data-read') checkDataRead(entry, position, folding, faults)
}

/** Every sum that a decision read must be what the entries before it make. */
function checkReads(entry: Entry, position: number, folding: Folding, faults: Faults): void {
  for (const { subject, accumulator, value } of readsIn(entry)) {
    const held = accumulated(folding.state(subject), accumulator)
    if (held === value) continue
    const [whose] = subject.split('/')
    const what = `it was decided on ${value} in ${accumulator} of the ${whose}; the entries before make ${held}`
    faults.add(position, 'reads', what)
    return
  }
}

/** A reversal takes back exactly what its settlement added, once. */
function checkReversal(
  { journal, codec, faults }: RecomputePorts,
  entry: Entry,
  position: number,
  folding: Folding,
): void {
  const of = entry.reverses!
  const row = of < position ? journal.read(of) : undefined
  const original = row === undefined ? undefined : codec.decodeEntry(row.body)
  if (original?.kind !== 'settlement' || form(entry, -1) !== form(original, 1)) {
    faults.add(position, 'reversal', `it does not take back what ${of} added`)
  }
  if (entry.subjects.some((subject) => folding.state(subject).reversedBy.has(of))) {
    faults.add(position, 'reversal', `${of} is reversed once more`)
  }
}

function form({ subjects, deltas, sums }: Entry, sign: 1 | -1): string {
  const added = deltas.map((it) => `${it.subject} ${it.accumulator} ${0 + sign * it.amount}`)
  const { totalFen = 0, fundFen = 0, accountFen = 0 } = sums ?? {}
  const day = [totalFen, fundFen, accountFen].map((amount) => 0 + sign * amount)
  return JSON.stringify([[...subjects].sort(), added.sort(), day])
}

/** The events of a visit name each other backwards. */
function checkVisitEvent(entry: Entry, position: number, folding: Folding, faults: Faults): void {
  const [subject] = entry.subjects
  const before = subject === undefined ? 0 : folding.state(subject).record
  try {
    if (subject !== undefined && isVisit(subject) && unpackEvent(entry).previous === before) return
    faults.add(position, 'visit', `it does not follow the event of its visit at ${before}`)
  } catch (error) {
    faults.add(position, 'visit', (error as Error).message)
  }
}

/** Reads are of the day that their subject names, and the entries of a subject name each other backwards. */
function checkDataRead(entry: Entry, position: number, folding: Folding, faults: Faults): void {
  const [subject = ''] = entry.subjects
  try {
    const { reads, previous } = unpackReads(entry)
    const before = folding.state(subject).record
    if (previous !== before) {
      faults.add(position, 'data-read', `it does not follow the reads of its day at ${before}`)
    }
    const day = dayOfReads(subject)
    const isOfDay = (at: number) => day !== undefined && dayBegins(day) <= at && at < dayEnds(day)
    if (!reads.every(({ at }) => isOfDay(at))) {
      faults.add(position, 'data-read', 'it keeps reads of another day than its own')
    }
  } catch (error) {
    faults.add(position, 'data-read', (error as Error).message)
  }
}
