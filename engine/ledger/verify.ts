import type { Row } from './entry.ts'
import type { Hash, JournalStore, LedgerCodec } from './ports.ts'

export interface JournalReport {
  /** The last position up to which everything is in order, and its hash: what to anchor elsewhere. */
  readonly sound: { readonly position: number; readonly hash: Uint8Array }
  /** The first fault; nothing when the whole journal is in order. */
  readonly fault?: {
    readonly position: number
    /** Its hash does not follow; it cannot be unpacked; or its columns contradict its body. */
    readonly kind: 'missing' | 'hash' | 'body' | 'columns'
  }
}

const ROWS_PER_READ = 1_000

/** Walks the chain from the first row to the last and compares every row with its hash. */
export function verifyJournal(
  journal: Pick<JournalStore, 'readAfter'>,
  codec: LedgerCodec,
  hash: Hash,
): JournalReport {
  let sound = { position: 0, hash: new Uint8Array(32) as Uint8Array }
  for (;;) {
    const rows = journal.readAfter(sound.position, ROWS_PER_READ)
    if (rows.length === 0) return { sound }
    for (const row of rows) {
      const position = sound.position + 1
      const kind = faultOf(row, position, hash(sound.hash, row.body), codec)
      if (kind !== undefined) return { sound, fault: { position, kind } }
      sound = { position, hash: row.hash }
    }
  }
}

function faultOf(row: Row, position: number, expected: Uint8Array, codec: LedgerCodec) {
  if (row.position !== position) return 'missing'
  if (row.hash.join() !== expected.join()) return 'hash'
  try {
    const { keys, subjects } = codec.decodeEntry(row.body)
    return keys.join('\n') === row.keys.join('\n') &&
      subjects.join('\n') === row.subjects.join('\n')
      ? undefined
      : 'columns'
  } catch {
    return 'body'
  }
}
