import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { refuse } from '../../engine/claim/outcomes.ts'
import { PROBLEM_TYPE, problemOf, RETRY_AFTER_SECONDS } from './problem.ts'

/** How long, and how much, a client that was cut may still send before its socket is destroyed. */
const LINGER_MS = 1_000
const LINGER_BYTES = 16 * 1024 * 1024

/** What Node keeps on the socket of a connection: the answer in work, and the request being read. */
interface HttpSocket extends Socket {
  readonly _httpMessage?: ServerResponse | null
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null
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
    const text = rawProblem(error.code, nextRequestId, stoodStill)
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
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'The request did not arrive in time.'
  if (code === 'HPE_HEADER_OVERFLOW') return 'The header is larger than the limit.'
  return 'The request is not well-formed HTTP/1.1.'
}
