import type { ValidateFunction } from 'ajv'
import type { FastifyError, FastifyRequest } from 'fastify'
import { newAjv } from './validators.ts'

type Faults = NonNullable<FastifyError['validation']>

/** Of a larger body only the first fault is told: to look for all costs with every line of it. */
const LOOKED_THROUGH_BYTES = 4 * 1024
/** More faults than these help nobody. */
const TOLD_MAX = 20

const ajv = newAjv({ allErrors: true })

/** By the schema; made when something first fails it. */
const validators = new WeakMap<object, ValidateFunction>()

/**
 * All that is wrong with a request, where the route's validator has stopped at one fault: whoever
 * writes a client would otherwise send it once for each field.
 */
export function allFaults(
  request: FastifyRequest,
  { validation, validationContext }: FastifyError,
) {
  const first = validation ?? []
  if (validationContext !== 'body') return first
  const bytes = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY)
  const schema = request.routeOptions.schema?.body
  if (bytes > LOOKED_THROUGH_BYTES || typeof schema !== 'object' || schema === null) return first
  const validate = validators.get(schema) ?? ajv.compile(schema)
  validators.set(schema, validate)
  validate(request.body)
  const all = (validate.errors ?? []) as Faults
  // Kept by the validator otherwise, with what somebody sent.
  validate.errors = null
  return all.length === 0 ? first : all.slice(0, TOLD_MAX)
}
