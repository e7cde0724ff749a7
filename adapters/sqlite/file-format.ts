import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import Database from 'better-sqlite3'

/** What an SQLite file says of itself: whose it is, and which version of their tables it has. */
export interface FileFormat {
  readonly application: number
  readonly version: number
}

/** The first page of every SQLite file begins with it. */
const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100
const VERSION_AT = 60
const APPLICATION_AT = 68

/**
 * Reads it and leaves everything as it is: a connection, also one that only reads, would make files
 * beside. Where a write-ahead log was left behind the newest header may be in there, and SQLite has to
 * look. Nothing when there is no such file.
 */
export function fileFormat(path: string): FileFormat | undefined {
  if (!existsSync(path)) return undefined
  if (!hasLog(path)) return headerOf(path)
  const db = new Database(path, { readonly: true })
  try {
    return formatOf(db)
  } finally {
    db.close()
  }
}

export function formatOf(db: Database.Database): FileFormat {
  return {
    application: db.pragma('application_id', { simple: true }) as number,
    version: db.pragma('user_version', { simple: true }) as number,
  }
}

/** Whoever closes a file in order empties its write-ahead log. */
export function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
}

/** Nothing of an empty file, or of one that is not SQLite's: it says so itself when it is opened. */
function headerOf(path: string): FileFormat | undefined {
  const header = Buffer.alloc(HEADER_BYTES)
  const file = openSync(path, 'r')
  try {
    readSync(file, header, 0, HEADER_BYTES, 0)
  } finally {
    closeSync(file)
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined
  return {
    application: header.readInt32BE(APPLICATION_AT),
    version: header.readInt32BE(VERSION_AT),
  }
}
