import type { FastifyRequest } from 'fastify'
import { OUTCOMES, type Refusal } from '../../engine/claim/outcomes.ts'
import type { AnyReply } from './any-fastify.ts'

/** Seconds after which a shed request may be sent again. */
const RETRY_AFTER_SECONDS = 1

/** Sends a refusal as `application/problem+json` (RFC 9457). */
export function sendProblem(request: FastifyRequest, reply: AnyReply, refusal: Refusal): AnyReply {
  const { status, title, message } = OUTCOMES[refusal.refused]
  request.outcome = refusal.refused
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="yizhan"')
  if (status === 503) reply.header('retry-after', String(RETRY_AFTER_SECONDS))
  return reply
    .code(status)
    .type('application/problem+json')
    .serializer(JSON.stringify as (body: unknown) => string)
    .send({
      type: `/docs/outcomes#${refusal.refused}`,
      title,
      status,
      detail: refusal.detail,
      code: refusal.refused,
      instance: request.id,
      message,
      ...(refusal.errors === undefined ? {} : { errors: refusal.errors }),
      ...refusal.more,
    })
}
