import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { isCatalogueImage } from '../../engine/policy/open-catalogue.ts'
import { writeWhole } from './write-whole.ts'

/*
 * The image of a catalogue in a file, so that a start need not read the rows again. The image is
 * followed by the SHA-256 of the content that it was built from (32 bytes) and by the CRC-32 of all
 * before (4 bytes). Whatever is wrong with such a file, it can be built again.
 */

const HASH_BYTES = 32
const TAIL_BYTES = HASH_BYTES + 4

/** Why a file does not give the image. */
export type SnapshotFault = 'missing' | 'damaged' | 'of another format'

export function writeSnapshot(file: string, hash: string, image: SharedArrayBuffer): void {
  const bytes = new Uint8Array(image)
  const tail = Buffer.alloc(TAIL_BYTES)
  tail.write(hash, 'hex')
  tail.writeUInt32LE(checksumOf(bytes, tail), HASH_BYTES)
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

/** The image of the catalogue with this hash. */
export function readSnapshot(
  file: string,
  hash: string,
): { readonly image: SharedArrayBuffer } | { readonly fault: SnapshotFault } {
  if (!existsSync(file)) return { fault: 'missing' }
  const handle = openSync(file, 'r')
  try {
    const size = fstatSync(handle).size - TAIL_BYTES
    if (size <= 0) return { fault: 'damaged' }
    const bytes = new Uint8Array(new SharedArrayBuffer(size))
    const tail = Buffer.alloc(TAIL_BYTES)
    for (let at = 0; at < size; ) at += readSync(handle, bytes, at, size - at, at)
    readSync(handle, tail, 0, TAIL_BYTES, size)
    const sound = tail.readUInt32LE(HASH_BYTES) === checksumOf(bytes, tail)
    if (!sound || tail.toString('hex', 0, HASH_BYTES) !== hash) return { fault: 'damaged' }
    return isCatalogueImage(bytes.buffer) ? { image: bytes.buffer } : { fault: 'of another format' }
  } finally {
    closeSync(handle)
  }
}

/** Of the image and of the hash behind it. */
function checksumOf(bytes: Uint8Array, tail: Buffer): number {
  return crc32(tail.subarray(0, HASH_BYTES), crc32(bytes))
}
