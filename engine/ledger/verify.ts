import type { Entry, Row } from './entry.ts'
import { type Hash, type JournalStore, type LedgerCodec, MissingKeyError } from './ports.ts'

/**
 * What is wrong with a row: it is not there, cannot be read or unpacked, its hash does not follow, or
 * its columns contradict its body.
 */
export type RowFault = 'missing' | 'unreadable' | 'hash' | 'body' | 'columns'

export interface Sound {
  readonly position: number
  readonly hash: Uint8Array
}

export interface JournalReport {
  /** The last position up to which everything is in order, and its hash: what to anchor elsewhere. */
  readonly sound: Sound
  /** The first fault; nothing when the whole journal is in order. */
  readonly fault?: { readonly position: number; readonly kind: RowFault }
}

const ROWS_PER_READ = 1_000

/** Walks the chain from the first row to the last and compares every row with its hash. */
export function verifyJournal(
  journal: Pick<JournalStore, 'readAfter'>,
  codec: LedgerCodec,
  hash: Hash,
): JournalReport {
  const chain = new Chain(codec, hash)
  for (const row of rowsOf(journal)) {
    const found = chain.follow(row)
    if (typeof found !== 'string') continue
    return { sound: chain.sound, fault: { position: chain.sound.position + 1, kind: found } }
  }
  return { sound: chain.sound }
}

/** All rows in their order; nothing in the place of one that cannot be read, and then it ends. */
export function* rowsOf(
  journal: Pick<JournalStore, 'readAfter'>,
  until = Number.POSITIVE_INFINITY,
): Generator<Row | undefined> {
  for (let last = 0; last < until; ) {
    const rows = readSome(journal, last, Math.min(ROWS_PER_READ, until - last))
    if (rows?.length === 0) return
    for (const row of rows ?? [undefined]) {
      yield row
      if (row === undefined) return
      last = row.position
    }
  }
}

/** One by one where the store cannot read them together, up to the one that it cannot read. */
function readSome(
  journal: Pick<JournalStore, 'readAfter'>,
  after: number,
  limit: number,
): readonly Row[] | undefined {
  try {
    return journal.readAfter(after, limit)
  } catch {
    return limit === 1 ? undefined : readSome(journal, after, 1)
  }
}

/** The chain as far as it was followed. */
export class Chain {
  readonly #codec: LedgerCodec
  readonly #hash: Hash
  sound: Sound = { position: 0, hash: new Uint8Array(32) }

  constructor(codec: LedgerCodec, hash: Hash) {
    this.#codec = codec
    this.#hash = hash
  }

  /** The entry of the next row, or what is wrong with it. Throws `MissingKeyError`: nobody knows. */
  follow(row: Row | undefined): Entry | RowFault {
    if (row === undefined) return 'unreadable'
    if (row.position !== this.sound.position + 1) return 'missing'
    if (!sameBytes(row.hash, this.#hash(this.sound.hash, row.body))) return 'hash'
    try {
      const entry = this.#codec.decodeEntry(row.body)
      if (entry.keys.join('\n') !== row.keys.join('\n')) return 'columns'
      if (entry.subjects.join('\n') !== row.subjects.join('\n')) return 'columns'
      // A codec may unpack it only when it is looked at; what nobody can read is no sound row.
      void entry.content
      this.sound = { position: row.position, hash: row.hash }
      return entry
    } catch (error) {
      if (error instanceof MissingKeyError) throw error
      return 'body'
    }
  }
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
