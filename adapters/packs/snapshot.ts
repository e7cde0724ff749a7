import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { writeWhole } from '../files/write-whole.ts'

/*
 * What was made of files with much work, kept for the next start. The bytes are followed by the key
 * (32 bytes), which says what they were made from, and by the CRC-32 of all before (4 bytes).
 * Whatever is wrong with such a file, it can be made again.
 */

const KEY_BYTES = 32
const TAIL_BYTES = KEY_BYTES + 4

/** Why a file does not give what was kept; `stale`: it was made from something else. */
export type SnapshotFault = 'missing' | 'damaged' | 'stale' | 'of another format'

/** `key`: a SHA-256 in hexadecimal. */
export function writeSnapshot(file: string, key: string, bytes: Uint8Array): void {
  const tail = Buffer.alloc(TAIL_BYTES)
  tail.write(key, 'hex')
  tail.writeUInt32LE(checksumOf(bytes, tail), KEY_BYTES)
  writeWhole(file, (writing) => {
    const handle = openSync(writing, 'w')
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at)
      writeSync(handle, tail)
    } finally {
      closeSync(handle)
    }
  })
}

/** What was kept under this key, in memory that threads can share. */
export function readSnapshot(
  file: string,
  key: string,
): { readonly kept: SharedArrayBuffer } | { readonly fault: SnapshotFault } {
  if (!existsSync(file)) return { fault: 'missing' }
  const handle = openSync(file, 'r')
  try {
    const size = fstatSync(handle).size - TAIL_BYTES
    if (size <= 0) return { fault: 'damaged' }
    const tail = Buffer.alloc(TAIL_BYTES)
    readSync(handle, tail, 0, TAIL_BYTES, size)
    const bytes = new Uint8Array(new SharedArrayBuffer(size))
    let read = 0
    while (read < size) read += readSync(handle, bytes, read, size - read, read)
    if (tail.readUInt32LE(KEY_BYTES) !== checksumOf(bytes, tail)) return { fault: 'damaged' }
    return tail.toString('hex', 0, KEY_BYTES) === key ? { kept: bytes.buffer } : { fault: 'stale' }
  } finally {
    closeSync(handle)
  }
}

/** Of the bytes and of the key behind them. */
function checksumOf(bytes: Uint8Array, tail: Buffer): number {
  return crc32(tail.subarray(0, KEY_BYTES), crc32(bytes))
}
