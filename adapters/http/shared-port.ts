import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TlsOptions } from 'node:tls'
import type { FastifyServerFactory } from 'fastify'

/** How slow a client may be, in milliseconds: on all connections, whoever opened the port. */
export const CONNECTION_LIMITS = {
  requestTimeout: 5_000,
  connectionTimeout: 6_000,
  keepAliveTimeout: 65_000,
} as const

/**
 * How many connections may wait to be accepted; the system's own limit (`somaxconn`) holds, too. With
 * fewer, a storm of new ones overflows the queue: their bytes are dropped, and clients send them again
 * after one second, three and seven.
 */
export const BACKLOG = 4_096

/** What the engine shows when it speaks TLS itself: PEM texts. */
export interface TlsFiles {
  readonly certificate: string
  readonly privateKey: string
}

/** TLS 1.2 and later; a client that does not finish its handshake is cut as other slow ones are. */
export function tlsOptions({ certificate, privateKey }: TlsFiles): TlsOptions {
  return {
    cert: certificate,
    key: privateKey,
    minVersion: 'TLSv1.2',
    handshakeTimeout: CONNECTION_LIMITS.connectionTimeout,
  }
}

/**
 * A server for a descriptor that other threads of the process accept on, too. Closing a descriptor
 * closes it for all of them, and its number would soon be another file's: so `close` ends this
 * server's connections and leaves the descriptor to the end of the process. Whoever closes the
 * port for good is the thread that opened it.
 */
export const serverOnSharedPort: FastifyServerFactory = (handler, options): Server => {
  const secure = options['https'] as (ServerOptions & TlsOptions) | null | undefined
  const server = secure
    ? createTlsServer(secure, handler)
    : createServer(options['http'] as ServerOptions, handler)
  server.keepAliveTimeout = CONNECTION_LIMITS.keepAliveTimeout
  server.requestTimeout = CONNECTION_LIMITS.requestTimeout
  server.setTimeout(CONNECTION_LIMITS.connectionTimeout)
  const sockets = new Set<Socket>()
  let closed: (() => void) | undefined
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) closed?.()
    })
  })
  server.close = (callback) => {
    closed = () => callback?.()
    server.closeIdleConnections()
    if (sockets.size === 0) closed()
    return server
  }
  return server
}

/** Where the threads of one engine listen. */
export type SharedPort =
  | { readonly host: string; readonly port: number; readonly reusePort: true }
  /** The number of the descriptor that the owner's thread opened; the host is not looked up. */
  | { readonly fd: number; readonly host: '127.0.0.1' }

/** Whether this Node lets every thread open the port for itself: from 22.12 and 23.1 on. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const REUSES_PORT =
  process.platform === 'linux' &&
  (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))

/** What the thread that opens a port for several has to ask for. */
export const OPEN_TO_OTHERS = REUSES_PORT ? { reusePort: true } : {}

/** Where others can listen beside `server`; throws where they cannot. */
export function sharedPortOf(server: Server): SharedPort {
  if (REUSES_PORT) {
    const { address, port } = server.address() as AddressInfo
    return { host: address, port, reusePort: true }
  }
  const { _handle: handle } = server as Server & { readonly _handle?: { readonly fd?: number } }
  const fd = handle?.fd ?? -1
  if (fd < 0) throw new Error('this system shares no port between threads: set threads to 1')
  return { fd, host: '127.0.0.1' }
}
