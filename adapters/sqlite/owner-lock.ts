import { join } from 'node:path'
import Database from 'better-sqlite3'
import { namingFile } from './named-errors.ts'

/** Another process owns the folder. */
export class FolderOwnedError extends Error {
  override readonly name = 'FolderOwnedError'
}

export interface OwnerLock {
  release(): void
}

/**
 * Makes this process the owner of a data folder, or throws an error that names the folder and the
 * process that owns it. The lock is an open write transaction on a small file of its own: the
 * system drops it when the process dies, however it dies, and readers of the ledger never meet it.
 * Nothing else may open that file in this process: closing it would drop the lock.
 */
export function ownFolder(folder: string, pid: number): OwnerLock {
  const path = join(folder, 'owner.sqlite')
  return namingFile('owner', path, () => own(folder, path, pid))
}

function own(folder: string, path: string, pid: number): OwnerLock {
  const db = new Database(path, { timeout: 0 })
  try {
    db.exec('BEGIN IMMEDIATE')
    db.exec('CREATE TABLE IF NOT EXISTS owner (pid INTEGER NOT NULL) STRICT; DELETE FROM owner')
    db.prepare('INSERT INTO owner VALUES (?)').run(pid)
    // The pid must be committed to be read by others; whoever comes in between is the owner.
    db.exec('COMMIT')
    db.exec('BEGIN IMMEDIATE')
  } catch (error) {
    const holder = isBusy(error) ? holderOf(db) : undefined
    db.close()
    if (!isBusy(error)) throw error
    throw new FolderOwnedError(`${folder} is owned by process ${holder ?? '(starting)'}`, {
      cause: error,
    })
  }
  return { release: () => void db.close() }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')
}

function holderOf(db: Database.Database): number | undefined {
  try {
    return db.prepare<[], number>('SELECT pid FROM owner').pluck().get()
  } catch {
    return undefined
  }
}
