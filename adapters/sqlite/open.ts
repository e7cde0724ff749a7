import Database from 'better-sqlite3'
import { type FileKind, migrate } from './migrations.ts'
import { namingFile } from './named-errors.ts'

export interface OpenOptions {
  readonly kind: FileKind
  readonly path: string
  /** A reader never creates or migrates the file. */
  readonly readonly?: boolean
  /** How much of the file this connection may keep in memory, in KiB. */
  readonly cacheKib?: number
  /** Of a file that is thrown away after its process: nothing is written twice, nothing is waited for. */
  readonly scratch?: boolean
}

/** WAL databases written and checkpointed at once could be corrupted before this version. */
const SQLITE_VERSION_MIN = [3, 51, 3] as const
const BUSY_TIMEOUT_MS = 5_000

/** How hard a commit is: the journal is the truth, the states can be made again from it. */
const SYNCHRONOUS = { journal: { name: 'FULL', value: 2 }, state: { name: 'NORMAL', value: 1 } }
const NO_SYNCS = { name: 'OFF', value: 0 }

/**
 * Opens a ledger file with everything that keeps it safe, and refuses when any of it does not hold.
 * better-sqlite3 switches on SQLite's defensive mode by itself.
 */
export function openFile(options: OpenOptions): Database.Database {
  return namingFile(options.kind, options.path, () => open(options))
}

function open({ kind, path, readonly, cacheKib, scratch }: OpenOptions): Database.Database {
  const db = new Database(path, { readonly: readonly ?? false, timeout: BUSY_TIMEOUT_MS })
  try {
    refuseOldSqlite(db)
    db.pragma('trusted_schema = OFF')
    db.pragma('foreign_keys = ON')
    db.pragma('mmap_size = 0')
    if (cacheKib !== undefined) db.pragma(`cache_size = -${cacheKib}`)
    if (scratch === true) {
      // A lock for each read would take longer than the read.
      expectPragma(db, path, 'locking_mode = EXCLUSIVE', 'locking_mode', 'exclusive')
      expectPragma(db, path, 'journal_mode = MEMORY', 'journal_mode', 'memory')
    } else if (readonly !== true) {
      expectPragma(db, path, 'journal_mode = WAL', 'journal_mode', 'wal')
      // Checkpoints run when the owner of the file says so, never inside a commit.
      db.pragma('wal_autocheckpoint = 0')
      db.pragma(`journal_size_limit = ${WAL_BYTES_KEPT}`)
    }
    // Reopening a WAL file would silently leave NORMAL, so it is set and read back every time.
    const { name, value } = scratch === true ? NO_SYNCS : SYNCHRONOUS[kind]
    expectPragma(db, path, `synchronous = ${name}`, 'synchronous', value)
    migrate(db, kind, path, readonly === true)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** A WAL that outgrew this is cut back to it when it starts anew. */
const WAL_BYTES_KEPT = 64 * 1024 * 1024

/**
 * Copies the WAL back into the file. PASSIVE waits for nobody; TRUNCATE waits for readers up to
 * `waitMs`, and says false when it had to give up.
 */
export function checkpoint(
  db: Database.Database,
  mode: 'PASSIVE' | 'TRUNCATE',
  waitMs: number,
): boolean {
  db.pragma(`busy_timeout = ${waitMs}`)
  try {
    const [result] = db.pragma(`wal_checkpoint(${mode})`) as { busy: number }[]
    return result?.busy === 0
  } finally {
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`)
  }
}

function refuseOldSqlite(db: Database.Database): void {
  const version = db.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '0'
  const parts = version.split('.').map(Number)
  for (const [index, least] of SQLITE_VERSION_MIN.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least) {
      throw new Error(`SQLite ${version} is older than ${SQLITE_VERSION_MIN.join('.')}`)
    }
  }
}

function expectPragma(
  db: Database.Database,
  path: string,
  statement: string,
  name: string,
  expected: string | number,
): void {
  db.pragma(statement)
  const found = db.pragma(name, { simple: true })
  if (found !== expected) throw new Error(`${path}: ${name} is ${found}, not ${expected}`)
}
