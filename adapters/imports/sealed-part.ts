import { closeSync, createReadStream, openSync, readSync, rmSync, statSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { isSealed, type Sealing, sealedWith } from '../codec/sealing.ts'
import type { ByteSource } from '../tabular/byte-source.ts'

/**
 * What was received of a file. It may lie in the data folder for as long as its sender likes, so it is
 * sealed, in a form of which any part can be written and read alone.
 */
export interface SealedPart extends ByteSource {
  /** Puts what follows behind it, brought to no disk: whoever loses it sends it again. */
  append(part: Uint8Array): Promise<void>
}

/** The longest head that a file may have. */
const HEAD_MAX = 64

/** The part at a path: empty when there is no file yet, or one that cannot be gone on with. */
export function sealedPart(path: string, sealing: Sealing): SealedPart {
  const found = headOf(path, sealing)
  if (found === undefined) rmSync(path, { force: true })
  const head = found ?? sealing.newFileHead()
  const size = found === undefined ? 0 : statSync(path).size - head.length
  return {
    size,
    read(from = 0, until) {
      const file = createReadStream(path, {
        start: head.length + from,
        ...(until === undefined ? {} : { end: head.length + until - 1 }),
      })
      let offset = from
      const opened = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          sealing.turnPart(head, offset, chunk)
          offset += chunk.length
          done(undefined, chunk)
        },
      })
      file.once('error', (error) => opened.destroy(error))
      opened.once('close', () => file.destroy())
      return file.pipe(opened)
    },
    async append(part) {
      const sealed = new Uint8Array(part)
      sealing.turnPart(head, size, sealed)
      const bytes = found === undefined ? Buffer.concat([head, sealed]) : sealed
      await appendFile(path, bytes, { mode: 0o600 })
    },
  }
}

/** Nothing where the key is not at hand any more: nobody could read what follows. */
function headOf(path: string, sealing: Sealing): Uint8Array | undefined {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return undefined
  const bytes = Buffer.alloc(HEAD_MAX)
  const handle = openSync(path, 'r')
  try {
    const read = bytes.subarray(0, readSync(handle, bytes))
    if (!isSealed(read)) return undefined
    const head = Uint8Array.from(read.subarray(0, sealedWith(read).head))
    sealing.turnPart(head, 0, new Uint8Array(0))
    return head
  } catch {
    return undefined
  } finally {
    closeSync(handle)
  }
}
