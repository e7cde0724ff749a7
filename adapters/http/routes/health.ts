import { Type } from 'typebox'
import type { App, AppOptions } from '../app-types.ts'
import { plain } from '../responses.ts'
import { LiveBody, ReadyBody } from '../schemas.ts'

/**
 * Whether the process lives, whether it may be sent work, and its metrics. Balancers look at the
 * first two, some by HEAD.
 */
export function healthRoutes(app: App, { notReady, metrics }: AppOptions): void {
  app.get(
    '/health/live',
    {
      exposeHeadRoute: true,
      schema: { summary: 'The process lives', response: { 200: plain('It lives', LiveBody) } },
    },
    () => ({ status: 'live' }),
  )

  app.get(
    '/health/ready',
    {
      exposeHeadRoute: true,
      schema: {
        summary: 'A policy is loaded and the ledger takes bookings',
        response: { 200: plain('Ready', ReadyBody), 503: plain('Not ready', ReadyBody) },
      },
    },
    (_request, reply) => {
      const reason = notReady()
      return reason === undefined
        ? reply.send({ status: 'ready' })
        : reply.code(503).send({ status: 'not-ready', reason })
    },
  )

  const text = { description: 'The metrics', content: { 'text/plain': { schema: Type.String() } } }
  app.get(
    '/metrics',
    { schema: { summary: 'Prometheus text', response: { 200: text } } },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  )
}
