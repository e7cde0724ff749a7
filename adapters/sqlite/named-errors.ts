import Database from 'better-sqlite3'

/** What to do about a file that is none any more, by its kind. */
const REMEDIES = {
  journal:
    '`yizhan verify` says how far it is sound; keep it, and restore a backup into another folder',
  state: 'stop the engine and remove it, the next start makes it again from the journal',
  registry: 'restore a backup into another folder, and import again what came since',
  owner: 'it holds nothing: remove it while no engine runs',
} as const

/** SQLite says what is wrong, and not with which file: the words are completed, the code stays. */
export function namingFile<T>(kind: keyof typeof REMEDIES, path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof Database.SqliteError && !error.message.startsWith(path)) {
      const remedy = isDamage(error) ? `; ${REMEDIES[kind]}` : ''
      error.message = `${path}: ${error.message}${remedy}`
    }
    throw error
  }
}

/** Whether SQLite has found the file at `path` to be none of its own, or not whole. */
export function isDamageOf(path: string, error: unknown): boolean {
  return error instanceof Database.SqliteError && isDamage(error) && error.message.startsWith(path)
}

function isDamage({ code }: { readonly code: string }): boolean {
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')
}
