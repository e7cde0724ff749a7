import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../../engine/claim/outcomes.ts'
import type { AnyApp } from './any-fastify.ts'
import { PROBLEM_TYPE, problemOf, RETRY_AFTER_SECONDS, sendProblem } from './problem.ts'

/** How long, and how much, a client that was cut may still send before its socket is destroyed. */
const LINGER_MS = 1_000
const LINGER_BYTES = 16 * 1024 * 1024

const LATE = refuse('invalid-request', 'The request did not arrive in time.')

/** What Node keeps on the socket of a connection: the answer in work, and the request being read. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
}

/**
 * Refuses what was told that it is late and arrives after all: Node reads on until the socket is
 * destroyed, and whoever was refused shall not be booked. To be added before anything is done with a
 * complete body.
 */
export function refuseWhatWasCut(app: AnyApp): void {
  app.addHook('preValidation', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (!request.raw.socket.writableEnded) return done()
    return void sendProblem(request, reply, LATE)
  })
}

/** `expect` with anything but `100-continue`: Node would refuse it without a word. */
export function ignoreExpectations({ server }: AnyApp): void {
  const goOn = (...of: [IncomingMessage, ServerResponse]) => server.emit('request', ...of)
  server.on('checkExpectation', goOn)
}

/**
 * Answers what Node's parser cuts before any route could see it — broken or oversized headers, bad
 * chunks, requests that come too slowly — in the form of every other refusal, and closes.
 */
export function clientErrors(
  nextRequestId: () => string,
  stoodStill: () => boolean,
): (error: NodeJS.ErrnoException, socket: Socket) => void {
  /** Sockets that were answered, and how much they had sent by then. */
  const cut = new WeakMap<Socket, number>()
  const answer = (error: NodeJS.ErrnoException, socket: HttpSocket): void => {
    const readBefore = cut.get(socket)
    if (readBefore !== undefined) {
      // The parser complains about all that still comes: it is discarded, within limits.
      if (socket.bytesRead - readBefore > LINGER_BYTES) socket.destroy()
      return
    }
    // A pool that opened it ahead would read a farewell as the answer to its first request. After a
    // standstill nobody knows: a request may lie here unread, and 503 is an answer to it.
    const neverUsed = socket.bytesRead === 0 && !stoodStill()
    const text = neverUsed ? undefined : rawProblem(error.code, nextRequestId, stoodStill)
    if (text === undefined || !socket.writable) return void socket.destroy()
    const inWork = socket._httpMessage
    if (inWork?.req.complete) {
      // What is broken came after a whole request: that one is owed its own answer first.
      inWork.once('close', () => answer(error, socket))
      return
    }
    // Half an answer, or all of it, has been sent to this very request: a second one is none.
    const answered = inWork ? inWork.headersSent : socket.parser?.incoming?.complete === false
    if (answered) return void socket.destroy()
    cut.set(socket, socket.bytesRead)
    // Destroyed at once, with bytes unread, the socket would be reset before the client has read.
    socket.end(text)
    setTimeout(() => socket.destroy(), LINGER_MS).unref()
  }
  return answer
}

/** The whole answer as text; nothing for faults of the network, where nobody reads it. */
function rawProblem(
  code: string | undefined,
  nextRequestId: () => string,
  stoodStill: () => boolean,
): string | undefined {
  const late = code === 'ERR_HTTP_REQUEST_TIMEOUT'
  if (!late && !code?.startsWith('HPE_')) return undefined
  const id = nextRequestId()
  const isOurs = late && stoodStill()
  const status = isOurs ? 503 : late ? 408 : 400
  const refusal = isOurs
    ? refuse('overloaded', 'The engine stood still; send the request once more.')
    : late
      ? LATE
      : refuse('invalid-request', detailOf(code))
  const body = JSON.stringify({ ...problemOf(refusal, id), status })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    'server-timing: parse;dur=0.00, work;dur=0.00',
    ...(isOurs ? [`retry-after: ${RETRY_AFTER_SECONDS}`] : []),
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function detailOf(code: string | undefined): string {
  if (code === 'HPE_HEADER_OVERFLOW') return 'The header is larger than the limit.'
  return 'The request is not well-formed HTTP/1.1.'
}
