import type { FastifyRequest } from 'fastify'
import { type OutcomeCode, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import { parseJson } from '../codec/json-body.ts'
import { impersonal, impersonalPointer } from '../telemetry/impersonal.ts'
import { type Admission, OVERLOADED, takeOn } from './admission.ts'
import type { AnyApp } from './any-fastify.ts'
import { UnreadBody } from './large-bodies.ts'
import { parseMsgpack } from './msgpack-body.ts'
import { bodyEncoding } from './negotiation.ts'
import type { Turn } from './turn.ts'

/** A request that is refused before its route sees it. */
export class RequestRefused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.refusal = refusal
  }
}

/** What came is longer than the route takes. */
export function bodyTooLarge(limitBytes: number): Refusal {
  return refuse('body-too-large', `Send the bill in a smaller body: at most ${limitBytes} bytes.`)
}

/** What is packed is nowhere unpacked. */
export function codingFault({ headers }: FastifyRequest): RequestRefused | undefined {
  const coded = headers['content-encoding']
  if (coded === undefined || coded.trim().toLowerCase() === 'identity') return undefined
  return new RequestRefused(
    refuse('unsupported-content-type', 'Send the body as it is, without content-encoding.'),
  )
}

const DETAILS: Partial<Record<OutcomeCode, string>> = {
  'malformed-json': 'The body must be one JSON value in UTF-8.',
  'malformed-msgpack': 'The body must be one MessagePack value of JSON-like types.',
  'duplicate-key': 'A key stands twice in one object.',
  'nesting-too-deep': 'The body is nested more than 16 levels deep.',
}

/**
 * Both encodings of a body, checked before anything is built from them. One over `unreadOver` bytes
 * for a route that may be large is left as it is.
 */
export function addBodyParsers(
  app: AnyApp,
  {
    turn,
    admission,
    unreadOver = Number.POSITIVE_INFINITY,
  }: {
    readonly turn: Turn
    readonly admission: Admission
    readonly unreadOver?: number | undefined
  },
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      const encoding = bodyEncoding(request.headers['content-type'])
      if (encoding === undefined) {
        const sent = request.headers['content-type'] ?? 'none'
        return done(
          new RequestRefused(
            refuse(
              'unsupported-content-type',
              `Send application/json in UTF-8 or application/msgpack, not ${impersonal(sent.slice(0, 80))}.`,
            ),
          ),
        )
      }
      const coded = codingFault(request)
      if (coded !== undefined) return done(coded)
      if (body.length > unreadOver && request.routeOptions.config.large === true) {
        return done(null, new UnreadBody(body))
      }
      // Whoever signs in has proven nothing yet and takes no place from those who have.
      const isProven = request.requester !== null
      if (isProven && !takeOn(admission, request)) return done(new RequestRefused(OVERLOADED))
      turn.read(() => {
        const parsed = encoding === 'json' ? parseJson(body) : parseMsgpack(body)
        if (parsed.ok) return done(null, parsed.value)
        const { code, pointer } = parsed
        return done(
          new RequestRefused(
            refuse(code, DETAILS[code] ?? code, {
              ...(pointer === undefined
                ? {}
                : { errors: [{ pointer: impersonalPointer(pointer), code }] }),
            }),
          ),
        )
      })
    },
  )
}
