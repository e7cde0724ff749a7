import { basename } from 'node:path'
import { watch } from 'chokidar'

export interface FileWatch {
  close(): Promise<void>
}

/** Editors write a file in several steps, and people save several files at once. */
const QUIET_MS = 250

/**
 * Calls back once after each burst of changes to files anywhere below the folders: edited, added,
 * removed, replaced by a rename. Hidden files and editors' backups do not count. `onError` hears of
 * folders that cannot be watched, of which nothing more will be noticed.
 */
export async function watchFiles(
  folders: readonly string[],
  onChange: () => unknown,
  onError: (error: unknown) => void,
): Promise<FileWatch> {
  let quiet: NodeJS.Timeout | undefined
  const watcher = watch([...folders], {
    ignoreInitial: true,
    ignored: (path) => /^\.|~$|\.writing$/.test(basename(path)) && !folders.includes(path),
  })
  watcher.on('all', () => {
    clearTimeout(quiet)
    quiet = setTimeout(onChange, QUIET_MS)
  })
  watcher.on('error', onError)
  await new Promise<void>((resolve) => watcher.once('ready', () => resolve()))
  return {
    async close() {
      clearTimeout(quiet)
      await watcher.close()
    },
  }
}
