import type Database from 'better-sqlite3'
import type { SubjectState } from '../../engine/ledger/entry.ts'
import type { LedgerCodec } from '../../engine/ledger/ports.ts'
import { bytesOf } from '../codec/sm3.ts'

/** Something that the state file has otherwise than the journal makes it. */
export interface StateDifference {
  readonly kind: 'state' | 'key' | 'booking'
  /** The row that it is about. */
  readonly position: number
  readonly what: string
}

interface States {
  readonly subject: string
  readonly made: Uint8Array | null
  readonly kept: Uint8Array | null
}

interface Positions {
  readonly made: number | null
  readonly kept: number | null
}

/** What was made and is not kept, or otherwise; then what is kept and was not made. */
const STATES = [
  `SELECT subject, made.body AS made, kept.body AS kept
     FROM main.subject_state made LEFT JOIN kept.subject_state kept USING (subject)
    WHERE kept.body IS NOT made.body`,
  `SELECT subject, NULL AS made, kept.body AS kept
     FROM kept.subject_state kept LEFT JOIN main.subject_state made USING (subject)
    WHERE made.body IS NULL`,
]
const KEYS = [
  `SELECT made.position AS made, kept.position AS kept
     FROM main.message_key made LEFT JOIN kept.message_key kept USING (key)
    WHERE kept.position IS NOT made.position`,
  `SELECT NULL AS made, kept.position AS kept
     FROM kept.message_key kept LEFT JOIN main.message_key made USING (key)
    WHERE made.position IS NULL`,
]
const BOOKINGS = [
  `SELECT made.position
     FROM main.booking made LEFT JOIN kept.booking kept USING (institution, booked_at, position)
    WHERE kept.request_id IS NOT made.request_id OR kept.reversal IS NOT made.reversal
       OR kept.total_fen IS NOT made.total_fen OR kept.fund_fen IS NOT made.fund_fen
       OR kept.account_fen IS NOT made.account_fen`,
  `SELECT kept.position
     FROM kept.booking kept LEFT JOIN main.booking made USING (institution, booked_at, position)
    WHERE made.request_id IS NULL`,
]

/**
 * Compares the states that were made anew with the file that is kept: every state, every message key
 * and every booking of an institution's day, in both directions. Once for a connection, which keeps hold
 * of the file.
 */
export function* compareStates(
  db: Database.Database,
  kept: string,
  codec: LedgerCodec,
): Generator<StateDifference> {
  db.prepare('ATTACH ? AS kept').run(kept)
  for (const row of rowsOf<States>(db, STATES)) {
    const difference = stateDifference(row, codec)
    if (difference !== undefined) yield difference
  }
  for (const positions of rowsOf<Positions>(db, KEYS)) yield keyDifference(positions)
  for (const { position } of rowsOf<{ position: number }>(db, BOOKINGS)) {
    yield { kind: 'booking', position, what: "its institution's day has it otherwise" }
  }
}

function* rowsOf<Found>(db: Database.Database, queries: readonly string[]): Generator<Found> {
  for (const query of queries) yield* db.prepare<[], Found>(query).iterate()
}

function keyDifference({ made, kept }: Positions): StateDifference {
  const whose = made === null ? 'no entry consumed' : `entry ${made} consumed`
  const what =
    kept === null
      ? 'a message key of the entry is not in the index'
      : `the index has a message key at ${kept} that ${whose}`
  return { kind: 'key', position: made ?? kept!, what }
}

/** Nothing when the two are packed in different forms but say the same. */
function stateDifference(
  { subject, made, kept }: States,
  codec: LedgerCodec,
): StateDifference | undefined {
  const expected = made === null ? undefined : codec.decodeState(bytesOf(made))
  const [whose = ''] = subject.split('/')
  const of = `the kept state of the ${whose}`
  if (kept === null) {
    return { kind: 'state', position: expected!.version, what: `${of} is not there` }
  }
  let found: SubjectState
  try {
    found = codec.decodeState(bytesOf(kept))
  } catch {
    return { kind: 'state', position: expected?.version ?? 0, what: `${of} cannot be unpacked` }
  }
  if (expected === undefined) {
    return { kind: 'state', position: found.version, what: `${of} is one that no entry made` }
  }
  const what = memberThatDiffers(expected, found, ['person', 'account'].includes(whose))
  if (what === undefined) return undefined
  return { kind: 'state', position: expected.version, what: `${of} has ${what}` }
}

/** Accumulators of other subjects may be named after persons. */
function memberThatDiffers(
  made: SubjectState,
  kept: SubjectState,
  named: boolean,
): string | undefined {
  for (const name of new Set([...made.accumulators.keys(), ...kept.accumulators.keys()])) {
    const one = kept.accumulators.get(name) ?? 0
    const other = made.accumulators.get(name) ?? 0
    if (one === other) continue
    return `${one}${named ? ` in ${name}` : ''}; the entries make ${other}`
  }
  for (const member of ['version', 'booked', 'record', 'live', 'reversedBy'] as const) {
    const [one, other] = [made[member], kept[member]].map((value) =>
      JSON.stringify(value instanceof Map ? [...value].sort() : value),
    )
    if (one !== other) return `another ${member} than the entries make`
  }
  return undefined
}
