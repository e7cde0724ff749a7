import type { Server } from 'node:http'

/** Never returns: this thread does nothing any more, until the process ends. */
export function holdStill(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
}

/**
 * Cuts all connections, and has the thread hold still once it has said so. Still to be read, they
 * would be in the same round of its events in which the thread is stopped.
 */
export function holdServerStill(server: Server): void {
  server.close()
  server.closeAllConnections()
  setImmediate(holdStill)
}
