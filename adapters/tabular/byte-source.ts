import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'

/** The bytes of a file, whatever form it is kept in. */
export interface ByteSource {
  readonly size: number
  /** Those from `from` on, up to but without `until`; all when absent. */
  read(from?: number, until?: number): Readable
}

/** A file as it lies there; nothing when it is none. */
export function plainFile(path: string): ByteSource | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isFile() !== true) return undefined
  const { size } = stats
  return {
    size,
    read: (start = 0, until) =>
      createReadStream(path, { start, ...(until === undefined ? {} : { end: until - 1 }) }),
  }
}
