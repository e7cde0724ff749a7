import type { RouteOptions } from 'fastify'
import type { TSchema } from 'typebox'
import type { TextType } from './negotiation.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { needsRolesOrIsPublic } from './route-access.ts'
import { ProblemBody } from './schemas.ts'

/** The encodings of bodies and of answers; both carry the same shape. */
const ENCODINGS = ['application/json', 'application/msgpack']

/** What a route of the contract answers: one shape in both encodings, or else a problem document. */
export function answers(schema: TSchema): object {
  return { 200: encoded('The answer', schema), default: PROBLEM }
}

/** The same for a route that books: 201 the first time, 200 the same again. */
export function bookings(schema: TSchema): object {
  return {
    200: {
      ...encoded('The first answer again', schema),
      headers: {
        'idempotency-replayed': {
          type: 'string',
          description: 'true, where it is the first answer',
        },
      },
    },
    201: encoded('Booked, and durable', schema),
    default: PROBLEM,
  }
}

/** The same for a route that puts something: 201 when it was not there before. */
export function changes(schema: TSchema): object {
  return {
    200: encoded('As it is now', schema),
    201: encoded('New, and durable', schema),
    default: PROBLEM,
  }
}

/** The same for a route that may only propose: 202, and nothing has changed yet. */
export function proposes(schema: TSchema, proposal: TSchema): object {
  return { ...answers(schema), 202: encoded('Proposed; another person approves it', proposal) }
}

/** The same for a route that makes something new every time. */
export function created(schema: TSchema): object {
  return { 201: encoded('New, and durable', schema), default: PROBLEM }
}

/** A text such as a page of HTML, or else a problem document. */
export function text(type: TextType, description: string): object {
  const content = { [type]: { schema: { type: 'string' } } }
  return { 200: { description, content }, default: PROBLEM }
}

/** An answer in JSON alone, outside the contract of the counter. */
export function plain(description: string, schema: TSchema): object {
  return { description, content: { 'application/json': { schema } } }
}

/**
 * What holds for every route of a kind. One of the contract, which is one that asks for a role,
 * takes its body in both encodings and no query that it does not name; any other needs no key.
 */
export function completeRoute({ url, config, schema }: RouteOptions): void {
  needsRolesOrIsPublic(url, config)
  if (schema === undefined) return
  if (config?.roles === undefined) {
    schema.security ??= []
    return
  }
  // Without `properties` the document would take the keywords themselves for parameters.
  schema.querystring ??= { type: 'object', properties: {}, additionalProperties: false }
  if (schema.body !== undefined) schema.consumes ??= ENCODINGS
  // What of a person the answer shows, and the auditor can list; see docs/audit.md.
  Object.assign(schema, { 'x-shows': config.shows })
}

function encoded(description: string, schema: TSchema): object {
  return {
    description,
    content: Object.fromEntries(ENCODINGS.map((type) => [type, { schema }])),
  }
}

const PROBLEM = {
  description: 'Refused or failed; `code` says why',
  content: { [PROBLEM_TYPE]: { schema: ProblemBody } },
}
