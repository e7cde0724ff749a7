import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SECRET_FILE } from '../keys/secret.ts'

/**
 * Throws when a folder lacks a file that no engine ever was without: made anew in silence, an empty
 * journal would forget all that was acknowledged, and a new secret would let nobody in any more. To be
 * asked before anything is written or taken away.
 */
export function refuseIncomplete(
  folder: string,
  { journalPath, statePath }: { readonly journalPath: string; readonly statePath: string },
): void {
  const hasJournal = sizeOf(journalPath) > 0
  // The journal is made before the states, and its file has a page before it has a log.
  const left = [`${journalPath}-wal`, statePath].find((path) => sizeOf(path) > 0)
  if (!hasJournal && left !== undefined) {
    throw new Error(
      `${journalPath} is missing or empty, and ${left} shows that there was one: put it back, or ` +
        'restore a backup into another folder. Nothing was changed.',
    )
  }
  const secret = join(folder, SECRET_FILE)
  if (hasJournal && !existsSync(secret)) {
    throw new Error(
      `${secret} is missing: put it back, every backup of this folder has it. Only if there is none, ` +
        'make one of 32 random bytes, which voids all issued keys, passwords and quotes. Nothing was changed.',
    )
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
