import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { AnyApp } from './any-fastify.ts'
import { mayTakeLong } from './long-work.ts'
import { sendProblem } from './problem.ts'

/** A request whose body has not been looked at. */
export interface LargeRequest {
  readonly id: string
  readonly method: 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Who was let in with it; whoever answers must find that out when it is absent. */
  readonly requester?: Requester
  /** Moves to whoever answers. */
  readonly body: ArrayBuffer
}

export interface LargeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ArrayBuffer
  /** The code of the refusal, if it is one. */
  readonly outcome?: string
  /** What metrics count it under. */
  readonly route?: string
}

/** Where claims of thousands of lines are read and decided, so that nobody waits behind them. */
export interface LargeBodies {
  /** Bodies over so many bytes go there. */
  readonly over: number
  /** Nothing when there are too many already. */
  answer(request: LargeRequest, requester: Requester): Promise<LargeAnswer | undefined>
}

/** A body that is handed on as it came. */
export class UnreadBody {
  readonly bytes: Buffer
  constructor(bytes: Buffer) {
    this.bytes = bytes
  }
}

/** What a route needs of the request besides its body. */
const HEADERS = ['authorization', 'content-type', 'accept'] as const
/** What of the other thread's answer is not this thread's own. */
const ANSWER_HEADERS = ['content-type', 'idempotency-replayed', 'retry-after'] as const

/** Sends unread bodies on, after the key and the role have been checked, and relays the answers. */
export function forwardUnreadBodies(app: AnyApp, largeBodies: LargeBodies): void {
  app.addHook('preValidation', async (request: FastifyRequest, reply: FastifyReply) => {
    const { body } = request
    if (!(body instanceof UnreadBody)) return
    request.checkedAt = performance.now()
    const headers = HEADERS.flatMap((name) => {
      const value = request.headers[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    const unread: LargeRequest = {
      id: request.id,
      method: 'POST',
      url: request.url,
      headers: Object.fromEntries(headers),
      requester: request.requester,
      body: ownBuffer(body.bytes),
    }
    mayTakeLong(request)
    const answer = await largeBodies.answer(unread, request.requester)
    if (answer === undefined) {
      const detail = 'Too many large claims are being decided; this attempt booked nothing.'
      return sendProblem(request, reply, refuse('overloaded', detail))
    }
    // Whoever answered has kept who was shown what.
    request.seen = []
    request.outcome = answer.outcome as FastifyRequest['outcome']
    reply.code(answer.status)
    for (const name of ANSWER_HEADERS) {
      const value = answer.headers[name]
      if (value !== undefined) reply.header(name, value)
    }
    return reply.send(Buffer.from(answer.body))
  })
}

/** The bytes in a buffer of their own, without copying where they have one already. */
export function ownBuffer({ buffer, byteOffset, byteLength }: Uint8Array): ArrayBuffer {
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength) {
    return buffer
  }
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
}
