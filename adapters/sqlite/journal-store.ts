import { statSync } from 'node:fs'
import type { Row } from '../../engine/ledger/entry.ts'
import type { JournalStore } from '../../engine/ledger/ports.ts'
import { sameBytes } from '../../engine/ledger/verify.ts'
import { bytesOf, sm3 } from '../codec/sm3.ts'
import { namingFile } from './named-errors.ts'
import { checkpoint, openFile } from './open.ts'

export interface JournalOptions {
  readonly path: string
  readonly readonly?: boolean
  /** Whether `read` holds each row against its hash: for whoever answers with it, or takes it back. */
  readonly checked?: boolean
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
  const { path, readonly = false, checked = false } = options
  const db = openFile({ kind: 'journal', path, readonly })
  const selectHead = db.prepare<[], { position: number; hash: Uint8Array }>(
    'SELECT position, hash FROM entry ORDER BY position DESC LIMIT 1',
  )
  const selectOne = db.prepare<[number], Stored>('SELECT * FROM entry WHERE position = ?')
  const selectAfter = db.prepare<[number, number], Stored>(
    'SELECT * FROM entry WHERE position > ? ORDER BY position LIMIT ?',
  )
  const selectHash = db
    .prepare<[number], Uint8Array>('SELECT hash FROM entry WHERE position = ?')
    .pluck()
  const insert = db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)')
  const naming = <T>(work: () => T): T => namingFile('journal', path, work)

  let last = naming(head).position
  const isInPlace = readonly ? () => true : placeOf([path, `${path}-wal`])
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
    if (!isInPlace()) {
      throw new Error(
        `${path}, or the log beside it, was moved or deleted while it is open: what is booked ends where nobody finds it`,
      )
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

  function read(position: number): Row | undefined {
    const stored = selectOne.get(position)
    if (stored === undefined) return undefined
    const row = rowOf(stored)
    const before = checked ? (selectHash.get(position - 1) ?? new Uint8Array(32)) : undefined
    if (before === undefined || sameBytes(row.hash, sm3(bytesOf(before), row.body))) return row
    throw new Error(
      `${path}: row ${position} is not as it was written; see \`yizhan verify\`, and restore a backup`,
    )
  }

  return {
    head: () => naming(head),
    append: (rows) => naming(() => append(rows)),
    read: (position) => naming(() => read(position)),
    readAfter: (position, limit) => naming(() => selectAfter.all(position, limit).map(rowOf)),
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

/** Tells later whether the files are those that have these names now. */
function placeOf(paths: readonly string[]): () => boolean {
  const inodes = () => paths.map((path) => statSync(path, { throwIfNoEntry: false })?.ino)
  const before = inodes()
  return () => inodes().every((inode, at) => inode === before[at])
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
