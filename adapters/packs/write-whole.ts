import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

/** A reader sees the whole file or none, and so does whoever comes after a power cut. */
export function writeWhole(file: string, write: (writing: string) => void): void {
  const writing = `${file}.writing`
  write(writing)
  sync(writing)
  renameSync(writing, file)
  sync(dirname(file))
}

function sync(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
