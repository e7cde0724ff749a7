import { statSync } from 'node:fs'
import { EMPTY_STATE } from '../../engine/ledger/entry.ts'
import type { Booking, FoldBatch, LedgerCodec, StateStore } from '../../engine/ledger/ports.ts'
import { bytesOf } from '../codec/sm3.ts'
import { compareStates, type StateDifference } from './compare-states.ts'
import { namingFile } from './named-errors.ts'
import { checkpoint, openFile } from './open.ts'

export interface StatesOptions {
  readonly path: string
  readonly codec: LedgerCodec
  readonly readonly?: boolean
  /** Made by one process for itself. */
  readonly scratch?: boolean
}

export interface SqliteStates extends StateStore {
  /** Copies what readers allow back into the file; waits for nobody. */
  checkpoint(): void
  /** Copies everything back and empties the WAL; false when a reader stood in the way. */
  truncate(): boolean
  /** Size of the write-ahead log. */
  walBytes(): number
  /** Where the file at `path` has anything otherwise than this one. */
  differencesIn(path: string): Generator<StateDifference>
}

interface StoredBooking extends Omit<Booking, 'reversal'> {
  reversal: number
}

const FOLDING_CACHE_KIB = 64 * 1024
const READING_CACHE_KIB = 8 * 1024
/** Whoever makes all states anew comes back to all of them, all the time. */
const SCRATCH_CACHE_KIB = 256 * 1024
const TRUNCATE_WAIT_MS = 1_000
/** Behind every character of a subject. */
const LAST_CHARACTER = '\u{10ffff}'

/** The folded store in a SQLite file. One folding side applies; any number of readers read. */
export function openStates(options: StatesOptions): SqliteStates {
  const { path, codec, readonly = false, scratch = false } = options
  const writing = scratch ? SCRATCH_CACHE_KIB : FOLDING_CACHE_KIB
  const cacheKib = readonly ? READING_CACHE_KIB : writing
  const db = openFile({ kind: 'state', path, readonly, cacheKib, scratch })
  const selectFolded = db.prepare<[], { position: number; hash: Uint8Array }>(
    'SELECT position, hash FROM folded',
  )
  // One statement is one snapshot: the state and the position belong together.
  const selectState = db.prepare<[string], { folded: number; body: Uint8Array | null }>(
    `SELECT folded.position AS folded, body
       FROM folded LEFT JOIN subject_state ON subject = ?`,
  )
  const selectKey = db
    .prepare<[string], number>('SELECT position FROM message_key WHERE key = ?')
    .pluck()
  const selectSubjects = db
    .prepare<[string, string, number], string>(
      `SELECT subject FROM subject_state
        WHERE subject > ? AND subject < ? ORDER BY subject LIMIT ?`,
    )
    .pluck()
  const selectBookings = db.prepare<[string, number, number], StoredBooking>(
    `SELECT position, booked_at AS bookedAt, request_id AS requestId, reversal,
            total_fen AS totalFen, fund_fen AS fundFen, account_fen AS accountFen
       FROM booking
      WHERE institution = ? AND booked_at >= ? AND booked_at < ?
      ORDER BY booked_at, position`,
  )
  const upsertState = db.prepare(
    `INSERT INTO subject_state VALUES (?, ?)
       ON CONFLICT (subject) DO UPDATE SET body = excluded.body`,
  )
  const insertKey = db.prepare('INSERT INTO message_key VALUES (?, ?)')
  const insertBooking = db.prepare('INSERT INTO booking VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const updateFolded = db.prepare('UPDATE folded SET position = ?, hash = ?')

  const apply = db.transaction(({ folded, states, keys, bookings }: FoldBatch) => {
    // In the order of the tables, so that neighbours are written while their page is at hand.
    for (const [subject, state] of inOrder(states))
      upsertState.run(subject, codec.encodeState(state))
    for (const [key, position] of inOrder(keys)) insertKey.run(key, position)
    for (const [institution, day] of inOrder(bookings)) {
      for (const booking of day) {
        const { bookedAt, position, requestId, totalFen, fundFen, accountFen } = booking
        const reversal = booking.reversal ? 1 : 0
        insertBooking.run(
          institution,
          bookedAt,
          position,
          requestId,
          reversal,
          totalFen,
          fundFen,
          accountFen,
        )
      }
    }
    updateFolded.run(folded.position, folded.hash)
  })

  const reset = db.transaction(() => {
    db.exec('DELETE FROM subject_state; DELETE FROM message_key; DELETE FROM booking')
    updateFolded.run(0, new Uint8Array(32))
  })

  const naming = <T>(work: () => T): T => namingFile('state', path, work)

  return {
    folded() {
      const { position, hash } = naming(() => selectFolded.get()!)
      return { position, hash: bytesOf(hash) }
    },
    state(subject) {
      const { folded, body } = naming(() => selectState.get(subject)!)
      return { state: body === null ? EMPTY_STATE : codec.decodeState(body), folded }
    },
    key(key) {
      return naming(() => selectKey.get(key))
    },
    subjects(prefix, after, limit) {
      const [, from] = [prefix, after].sort() as [string, string]
      return naming(() => selectSubjects.all(from, `${prefix}${LAST_CHARACTER}`, limit))
    },
    bookings(institutionId, from, until) {
      return naming(() => selectBookings.all(institutionId, from, until)).map((booking) => ({
        ...booking,
        reversal: booking.reversal === 1,
      }))
    },
    apply(batch) {
      naming(() => apply.immediate(batch))
    },
    reset() {
      reset.immediate()
    },
    checkpoint() {
      checkpoint(db, 'PASSIVE', 0)
    },
    truncate() {
      return checkpoint(db, 'TRUNCATE', TRUNCATE_WAIT_MS)
    },
    walBytes() {
      return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
    },
    differencesIn: (path) => compareStates(db, path, codec),
    close() {
      db.close()
    },
  }
}

function inOrder<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1))
}
