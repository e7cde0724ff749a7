import type { FastifyInstance, FastifyReply } from 'fastify'

/**
 * Fastify's types carry the logger, the type provider and the route's schemas as parameters. Code
 * that serves every route names them all at once here.
 */
// biome-ignore lint/suspicious/noExplicitAny: whatever the parameters are
export type AnyApp = FastifyInstance<any, any, any, any, any>
// biome-ignore lint/suspicious/noExplicitAny: whatever the parameters are
export type AnyReply = FastifyReply<any, any, any, any, any, any, any, any>
