import type { FastifyRequest } from 'fastify'
import { CONNECTION_LIMITS } from './shared-port.ts'

const long = new WeakSet<FastifyRequest>()

/**
 * For work of a thread at low priority (checking rules, hashing a password, a person's export), of one
 * for large bodies, or in slices (a month of bookings, a catalogue): it may take longer than a silent
 * connection is kept; this one is.
 */
export function mayTakeLong(request: FastifyRequest): void {
  const { socket } = request.raw
  // Without a socket (a test that injects its requests) there is nothing to cut.
  if (!('setTimeout' in socket)) return
  long.add(request)
  socket.setTimeout(0)
}

/** Its answer is ready: from now on the client is who would be slow. */
export function tookLong(request: FastifyRequest): void {
  if (long.delete(request)) request.raw.socket.setTimeout(CONNECTION_LIMITS.connectionTimeout)
}
