import type { FastifyRequest } from 'fastify'
import { OUTCOMES, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { AnyReply } from './any-fastify.ts'
import type { ProblemBody } from './schemas.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const NO_ROUTE: Refusal = refuse('not-found', 'See /openapi.json for the routes.')

/** Seconds after which a shed request may be sent again. */
export const RETRY_AFTER_SECONDS = 1

/** The problem document (RFC 9457) of a refusal; `instance` is the id of the request. */
export function problemOf(refusal: Refusal, instance: string): ProblemBody {
  const { status, title, message } = OUTCOMES[refusal.refused]
  return {
    // A name, not an address: the list of codes is in the documents, not on the server.
    type: `urn:yizhan:outcome:${refusal.refused}`,
    title,
    status,
    detail: refusal.detail,
    code: refusal.refused,
    instance,
    message,
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
    ...refusal.more,
  }
}

/** Sends a refusal as `application/problem+json`. */
export function sendProblem(request: FastifyRequest, reply: AnyReply, refusal: Refusal): AnyReply {
  const problem = problemOf(refusal, request.id)
  const { status } = problem
  request.outcome = refusal.refused
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="yizhan"')
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  return reply
    .code(status)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify as (body: unknown) => string)
    .send(problem)
}
