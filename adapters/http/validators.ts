import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import ajvFormats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'

/** Compiles the schemas of routes. They are ours: strict mode still refuses what it does not know. */
export function newAjv(options: Options = {}): Ajv {
  const made = new Ajv({ addUsedSchema: false, validateSchema: false, ...options })
  ajvFormats.default(made)
  return made
}

const ajv = newAjv()

/**
 * A check of a part of a request by its schema. It tells one fault, the first, and changes nothing
 * of what it is shown.
 */
export const compileAtOnce: FastifySchemaCompiler<object> = ({ schema }) => ajv.compile(schema)

/**
 * The same, compiled when the first request comes: of most routes a thread is never asked for one,
 * and to compile the schemas of all of them took a fifth of the CPU time of a start.
 */
export const compileWhenNeeded: FastifySchemaCompiler<object> = ({ schema }) => {
  let validate: ValidateFunction | undefined
  function check(data: unknown): boolean {
    validate ??= ajv.compile(schema)
    if (validate(data)) return true
    check.errors = validate.errors ?? null
    return false
  }
  check.errors = null as ErrorObject[] | null
  return check
}
