import type { OutgoingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticate } from '../../engine/access/access.ts'
import { isRefusal, refuse } from '../../engine/claim/outcomes.ts'
import { type Admission, letGo, OVERLOADED, takeOn } from './admission.ts'
import type { AnswerText } from './answer-text.ts'
import type { AnyApp } from './any-fastify.ts'
import type { AppOptions } from './app-types.ts'
import { bearerKey } from './credentials.ts'
import { UnreadBody } from './large-bodies.ts'
import { tookLong } from './long-work.ts'
import { acceptsText, answerEncoding } from './negotiation.ts'
import { NO_ROUTE, sendProblem } from './problem.ts'
import { isAtCounter } from './route-access.ts'
import type { Turn } from './turn.ts'

type Done = (error?: Error) => void

/** What a closing server gives accepted requests and their readers before it cuts them. */
const CLOSE_GRACE_MS = 5_000

const NO_HOST = refuse('invalid-request', 'HTTP/1.1 demands the header host.')
const NO_KEY = refuse('unauthorized', 'Send the key as authorization: Bearer <key>.')

/** As Fastify names it for an object. */
const JSON_TYPE = 'application/json; charset=utf-8'

/**
 * What every request passes: key, role and room on the way in; id, timing and metrics on the way out.
 */
export function addGuards(
  app: AnyApp,
  { authenticate, signedRequests, metrics, counterOnly = false }: AppOptions,
  { turn, admission }: { readonly turn: Turn; readonly admission: Admission },
): void {
  let closing = false
  app.addHook('preClose', (done: Done) => {
    closing = true
    // Node stops looking for slow clients once it closes: one that drips would hold it for ever.
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref()
    done()
  })
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    request.arrivedAt = performance.now()
    reply.header('x-request-id', request.id)
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      return void sendProblem(request, reply, NO_HOST)
    }
    // Nobody is asked for a key there, and no body is read: it would be nobody's.
    if (request.is404 || (counterOnly && !isAtCounter(request))) {
      return void sendProblem(request, reply, NO_ROUTE)
    }
    const { roles, text } = request.routeOptions.config
    if (roles === undefined) return done()
    const { accept } = request.headers
    const encoding =
      text === undefined ? answerEncoding(accept) : acceptsText(accept, text) && 'json'
    if (!encoding) {
      const types = text ?? 'application/json or application/msgpack'
      return void sendProblem(request, reply, refuse('not-acceptable', `Accept ${types}.`))
    }
    request.answerEncoding = encoding
    const { authorization } = request.headers
    const key = bearerKey(authorization)
    const admit = (requester: Awaited<ReturnType<Authenticate>>) => {
      if (requester === undefined) return void sendProblem(request, reply, NO_KEY)
      if (isRefusal(requester)) return void sendProblem(request, reply, requester)
      if (!roles.includes(requester.role)) {
        const refusal = refuse('role-not-allowed', `This needs the role ${roles.join(' or ')}.`)
        return void sendProblem(request, reply, refusal)
      }
      // Before its body is read: whoever is shed shall cost as little as can be.
      if (!admission.admits(requester.id, request.arrivedAt)) {
        return void sendProblem(request, reply, OVERLOADED)
      }
      // Whoever signs has yet to prove it, with the body.
      if (request.claimed === undefined) request.requester = requester
      return done()
    }
    if (key === undefined && authorization !== undefined) {
      const { method, url: path } = request.raw as { method: string; url: string }
      const claimed = signedRequests.begin(authorization, { method, path })
      if (claimed === undefined || isRefusal(claimed)) return admit(claimed)
      request.claimed = claimed
      return admit(claimed.requester)
    }
    const requester = key === undefined ? undefined : authenticate(key)
    if (requester instanceof Promise) requester.then(admit, done)
    else admit(requester)
  })
  // Those without a body; the others entered when it was complete, or go elsewhere unread.
  app.addHook('preValidation', (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    const { requester, body } = request
    const isOurs = requester !== null && !(body instanceof UnreadBody)
    if (!isOurs || takeOn(admission, request)) return done()
    return void sendProblem(request, reply, OVERLOADED)
  })
  app.addHook('preHandler', (request: FastifyRequest, _reply: FastifyReply, done: Done) => {
    request.checkedAt = performance.now()
    done()
  })
  const addHeaders = (request: FastifyRequest, reply: FastifyReply) => {
    const now = performance.now()
    letGo(admission, request)
    tookLong(request)
    const checked = request.checkedAt === 0 ? now : request.checkedAt
    const parse = (checked - request.arrivedAt).toFixed(2)
    const work = (now - checked).toFixed(2)
    reply.header('server-timing', `parse;dur=${parse}, work;dur=${work}`)
    // A connection kept after its answer would hold the closing server until it times out.
    if (closing) reply.header('connection', 'close')
  }
  app.addHook('onSend', (request: FastifyRequest, reply: FastifyReply, payload: unknown, done) => {
    addHeaders(request, reply)
    done(null, payload)
  })
  app.decorateReply('sendText', function sendText(this: FastifyReply, text: AnswerText) {
    addHeaders(this.request, this)
    this.header('content-type', JSON_TYPE).header('content-length', text.length)
    const headers = this.getHeaders() as OutgoingHttpHeaders
    const { raw } = this.hijack()
    turn.send(() => raw.writeHead(raw.statusCode, headers).end(text, 'latin1'))
    return this
  })
  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done: Done) => {
    const seconds = (performance.now() - request.arrivedAt) / 1000
    const route = request.countedAs ?? request.routeOptions.url ?? 'unknown'
    metrics.answered(route, reply.statusCode, seconds, request.outcome)
    done()
  })
}
