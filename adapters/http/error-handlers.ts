import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import { UnknownOutcomeError } from '../../engine/ledger/ports.ts'
import { impersonalPointer } from '../telemetry/impersonal.ts'
import { allFaults } from './all-faults.ts'
import type { AnyApp } from './any-fastify.ts'
import { bodyTooLarge, RequestRefused } from './body-parsers.ts'
import { drain } from './drain.ts'
import { NO_ROUTE, sendProblem } from './problem.ts'

/** Whatever goes wrong leaves as a problem document with a code; the reason of a fault goes to the log. */
export function addErrorHandlers(app: AnyApp): void {
  app.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const refusal = refusalOf(error, request)
    if (refusal.refused === 'internal-error' || refusal.refused === 'outcome-unknown') {
      request.log.error({ requestId: request.id, err: error }, 'a request failed')
    }
    if (refusal.refused !== 'body-too-large') return sendProblem(request, reply, refusal)
    return drain(request.raw).then(() => sendProblem(request, reply, refusal))
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(request, reply, NO_ROUTE),
  )
}

function refusalOf(error: FastifyError, request: FastifyRequest): Refusal {
  if (error instanceof RequestRefused) return error.refusal
  if (error instanceof UnknownOutcomeError) {
    return refuse(
      'outcome-unknown',
      'Ask again with the same message id: it is booked at most once.',
    )
  }
  if (error.validation !== undefined) return invalidRequest(error, request)
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(request.routeOptions.bodyLimit)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return refuse('unsupported-content-type', 'Send application/json or application/msgpack.')
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return refuse('malformed-json', 'The body is empty or shorter than announced.')
  }
  if (error.statusCode === 404) return refuse('not-found', 'There is nothing here.')
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return refuse('invalid-request', 'The request could not be read.')
  }
  return refuse('internal-error', 'Nothing is known to have been booked; ask by message id.')
}

/** An address that the router could not even read: no hook runs, and the address is not repeated. */
export function frameworkError(
  _error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  reply.header('x-request-id', request.id).header('server-timing', 'parse;dur=0.00, work;dur=0.00')
  sendProblem(request, reply, refuse('not-found', 'The address cannot be read.'))
}

/** The schema's findings as pointers; values are never repeated, they may be personal. */
function invalidRequest(error: FastifyError, request: FastifyRequest): Refusal {
  const errors = allFaults(request, error).map(({ instancePath, keyword, params }) => {
    const member = (params['missingProperty'] ?? params['additionalProperty']) as string | undefined
    const tail =
      member === undefined ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
    // So may be the name of a field that should not be there.
    return { pointer: impersonalPointer(`${instancePath}${tail}`), code: CODES[keyword] ?? keyword }
  })
  const where = errors.map(({ pointer, code }) => `${pointer || '/'}: ${code}`).join(', ')
  const context = error.validationContext ?? 'body'
  return refuse('invalid-request', `The ${context} does not have the required form: ${where}.`, {
    errors,
  })
}

const CODES: Readonly<Record<string, string>> = {
  required: 'missing',
  additionalProperties: 'unknown-field',
  type: 'wrong-type',
  enum: 'not-one-of-the-values',
  anyOf: 'not-one-of-the-forms',
  pattern: 'wrong-form',
  format: 'wrong-form',
  minimum: 'too-small',
  maximum: 'too-large',
  minLength: 'too-short',
  maxLength: 'too-long',
  minItems: 'too-few',
  maxItems: 'too-many',
}
