import { statSync } from 'node:fs'
import type { Row } from '../../engine/ledger/entry.ts'
import type { JournalStore } from '../../engine/ledger/ports.ts'
import { bytesOf } from '../codec/sm3.ts'
import { checkpoint, openFile } from './open.ts'

export interface JournalOptions {
  readonly path: string
  readonly readonly?: boolean
  /** The writer cuts a WAL back that has outgrown this. */
  readonly walBytesMax?: number
}

export interface SqliteJournal extends JournalStore {
  /** Copies what readers allow back into the file; waits for nobody. */
  checkpoint(): void
  /** Copies everything back and empties the WAL; false when a reader stood in the way. */
  truncate(): boolean
  /** Size of the write-ahead log. */
  walBytes(): number
}

interface Stored {
  position: number
  keys: string
  subjects: string
  body: Uint8Array
  hash: Uint8Array
}

const WAL_BYTES_MAX = 64 * 1024 * 1024
const COMMITS_PER_LOOK = 64
/** A commit may wait this long for a WAL to be emptied, once per so many bytes. */
const TRUNCATE_WAIT_MS = 100

/** The journal in a SQLite file: a commit is on the disk when `append` returns. */
export function openJournal(options: JournalOptions): SqliteJournal {
  const { path } = options
  const readonly = options.readonly ?? false
  const db = openFile({ kind: 'journal', path, readonly })
  const selectHead = db.prepare<[], { position: number; hash: Uint8Array }>(
    'SELECT position, hash FROM entry ORDER BY position DESC LIMIT 1',
  )
  const selectOne = db.prepare<[number], Stored>('SELECT * FROM entry WHERE position = ?')
  const selectAfter = db.prepare<[number, number], Stored>(
    'SELECT * FROM entry WHERE position > ? ORDER BY position LIMIT ?',
  )
  const insert = db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')

  let last = head().position
  let commits = 0
  let walBytesAllowed = options.walBytesMax ?? WAL_BYTES_MAX

  function head(): { position: number; hash: Uint8Array } {
    const row = selectHead.get()
    if (row === undefined) return { position: 0, hash: new Uint8Array(32) }
    return { position: row.position, hash: bytesOf(row.hash) }
  }

  function append(rows: readonly Row[]): void {
    let next = last
    db.exec('BEGIN IMMEDIATE')
    try {
      for (const { position, keys, subjects, body, hash } of rows) {
        next += 1
        if (position !== next) {
          throw new RangeError(`entry ${position} cannot follow entry ${next - 1}`)
        }
        insert.run(position, keys.join('\n'), subjects.join('\n'), body, hash)
      }
      db.exec('COMMIT')
    } catch (error) {
      // A full disk has ended the transaction already; rolling back again would hide the cause.
      if (db.inTransaction) db.exec('ROLLBACK')
      throw error
    }
    last = next
    commits += 1
    if (commits % COMMITS_PER_LOOK === 0) cutWal()
  }

  /** The folding side's checkpoints keep the WAL small; this is for when they cannot keep up. */
  function cutWal(): void {
    const size = walBytes()
    if (size <= walBytesAllowed) return
    const max = options.walBytesMax ?? WAL_BYTES_MAX
    walBytesAllowed = checkpoint(db, 'TRUNCATE', TRUNCATE_WAIT_MS) ? max : size + max
  }

  function walBytes(): number {
    return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }

  return {
    head,
    append,
    read(position) {
      const row = selectOne.get(position)
      return row === undefined ? undefined : rowOf(row)
    },
    readAfter(position, limit) {
      return selectAfter.all(position, limit).map(rowOf)
    },
    checkpoint() {
      checkpoint(db, 'PASSIVE', 0)
    },
    truncate() {
      return checkpoint(db, 'TRUNCATE', TRUNCATE_WAIT_MS)
    },
    walBytes,
    close() {
      db.close()
    },
  }
}

function rowOf({ position, keys, subjects, body, hash }: Stored): Row {
  return {
    position,
    keys: keys === '' ? [] : keys.split('\n'),
    subjects: subjects === '' ? [] : subjects.split('\n'),
    body: bytesOf(body),
    hash: bytesOf(hash),
  }
}
