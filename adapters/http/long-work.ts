import type { FastifyRequest } from 'fastify'

/**
 * For work of a thread at low priority (checking rules, hashing a password, a person's export): it
 * may take longer than a silent connection is kept; this one is.
 */
export function mayTakeLong({ raw: { socket } }: FastifyRequest): void {
  // Without a socket (a test that injects its requests) there is nothing to cut.
  if ('setTimeout' in socket) socket.setTimeout(0)
}
