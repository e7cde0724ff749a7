import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A reader sees the whole file or none, and so does whoever comes after a power cut. */
export function writeWhole(file: string, write: (writing: string) => void): void {
  const writing = `${file}.writing`
  write(writing)
  syncNow(writing)
  renameSync(writing, file)
  syncNow(dirname(file))
}

/** A file or folder is on the disk as it is now, for whoever must not hold up a thread. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The same at once. */
export function syncNow(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
