import { createHash } from 'node:crypto'
import type { Hash } from '../../engine/ledger/ports.ts'

/** SM3 (GB/T 32905): 32 bytes over the concatenation of the parts. */
export const sm3: Hash = (...parts) => {
  const hash = createHash('sm3')
  for (const part of parts) hash.update(part)
  return bytesOf(hash.digest())
}

/** The same bytes as a plain Uint8Array: a Buffer never equals one, whatever it holds. */
export function bytesOf(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}
