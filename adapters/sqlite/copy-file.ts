import Database from 'better-sqlite3'

const EVERYTHING = 0x7fff_ffff

/**
 * Copies a database while others write to it: what it was at one moment, whole. Writers of a file with
 * a write-ahead log do not notice. In one step, since a copy in several begins again with each commit
 * that comes in between.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const db = new Database(from, { readonly: true, fileMustExist: true })
  try {
    await db.backup(to, { progress: () => EVERYTHING })
  } finally {
    db.close()
  }
}
