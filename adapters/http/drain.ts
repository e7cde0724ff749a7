import type { Readable } from 'node:stream'

/** What of a body that is refused anyway is still read: no longer, and no more than this. */
const DRAIN_MS = 2_000
const DRAIN_BYTES = 16 * 1024 * 1024

/**
 * Reads and discards the rest of a body. A connection that is closed while its client still sends
 * is reset, and the client would see that in place of the answer.
 */
export function drain(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (body.readableEnded || body.destroyed) return resolve()
    let left = DRAIN_BYTES
    const count = (chunk: Buffer) => {
      left -= chunk.length
      if (left < 0) done()
    }
    const timer = setTimeout(done, DRAIN_MS)
    function done(): void {
      clearTimeout(timer)
      body.off('data', count).off('end', done).off('close', done)
      resolve()
    }
    // The error listener stays: after it nobody else is there to hear of a client that leaves.
    body.on('data', count).on('end', done).on('close', done).on('error', done)
    body.resume()
  })
}
