import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ofThisProcess, removeAbandoned } from './abandoned.ts'

/**
 * A reader sees the whole file or none, and so does whoever comes after a power cut. Of several who
 * write it at once the last one counts; whoever fails leaves what was there before, and nothing else.
 */
export function writeWhole(file: string, write: (writing: string) => void): void {
  const writing = writingOf(file)
  try {
    write(writing)
    syncNow(writing)
    renameSync(writing, file)
  } catch (error) {
    rmSync(writing, { force: true })
    throw error
  }
  syncNow(dirname(file))
}

/**
 * The same for a file that is never written over: one that another process has made meanwhile stays.
 * Readable by its owner alone.
 */
export function makeOnce(file: string, bytes: string | Uint8Array): void {
  const writing = writingOf(file)
  try {
    writeFileSync(writing, bytes, { mode: 0o600 })
    syncNow(writing)
    // Unlike a rename it leaves alone what is there.
    linkSync(writing, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(writing, { force: true })
  }
  syncNow(dirname(file))
}

/** Where a file is written before it is there: no two writers share it. */
export function writingOf(file: string): string {
  removeAbandoned(`${file}.`, '.writing')
  return `${file}.${ofThisProcess()}-${randomBytes(4).toString('hex')}.writing`
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
