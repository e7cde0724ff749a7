import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'

const CHUNK_BYTES = 1024 * 1024

/**
 * Writes the write-ahead log of the database at `path` once more, byte for byte, and syncs it. Nobody
 * may be writing to it; readers do not notice.
 *
 * When a sync fails, Linux forgets that the pages were never written, but goes on to show them. Whoever
 * opens the file next reads commits that no disk holds, and what it appends behind them is lost with
 * them when the power goes, however often it syncs. So nothing is built on a log that was left behind
 * before it is certainly there. What the system does not show any more ends the log, as a torn commit
 * does.
 */
export function rewriteLog(path: string): void {
  const log = openSync(`${path}-wal`, 'r+')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    for (let at = 0; ; ) {
      const bytes = readSync(log, chunk, 0, chunk.length, at)
      if (bytes === 0) break
      at += writeSync(log, chunk, 0, bytes, at)
    }
    fsyncSync(log)
  } finally {
    closeSync(log)
  }
}
