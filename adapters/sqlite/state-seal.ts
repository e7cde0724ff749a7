import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'
import { writeWhole } from '../files/write-whole.ts'

/**
 * What stands beside a state file while nobody has it open: a checksum of all its bytes. The journal
 * has its chain; a bit of the states that turned over would otherwise be answered from until somebody
 * verifies. Whoever opens the file takes the seal away, so that one that stands is of this very file.
 */
const sealOf = (path: string) => `${path}.seal`

const AT_ONCE = 4 * 1024 * 1024

/**
 * To be called when the last connection is closed and the write-ahead log is gone. Throws where the disk
 * fails: everything is kept then, and the next start cannot tell whether a bit of the states turns over.
 */
export function sealStates(path: string): void {
  const sum = checksum(path)
  try {
    // Half a seal would be taken for that of another file, and the states made again.
    writeWhole(sealOf(path), (writing) => writeFileSync(writing, sum))
  } catch (error) {
    throw new Error(`${sealOf(path)}: ${(error as Error).message}`, { cause: error })
  }
}

/**
 * Takes the seal away. A file that is not as it was sealed is thrown away, as it can be made again,
 * and then this is true; without a seal (after a crash, say) nothing is known.
 */
export function breakSeal(path: string): boolean {
  const damaged = isDamaged(path)
  if (damaged) removeStates(path)
  rmSync(sealOf(path), { force: true })
  return damaged
}

/** For whoever makes them again from the journal. */
export function removeStates(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
}

/** Whether there is a seal and the file is not as it was sealed. */
export function isDamaged(path: string): boolean {
  const seal = sealOf(path)
  return existsSync(seal) && existsSync(path) && readFileSync(seal, 'utf8') !== checksum(path)
}

function checksum(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.allocUnsafe(AT_ONCE)
    let sum = 0
    let size = 0
    for (let read = readSync(file, bytes); read > 0; read = readSync(file, bytes)) {
      sum = crc32(bytes.subarray(0, read), sum)
      size += read
    }
    return `${size} ${sum.toString(16)}\n`
  } finally {
    closeSync(file)
  }
}
