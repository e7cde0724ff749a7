import type { App, AppOptions } from '../app-types.ts'

/** Whether the process lives, whether it may be sent work, and its metrics. */
export function healthRoutes(app: App, { notReady, metrics }: AppOptions): void {
  app.get('/health/live', { schema: { summary: 'The process lives' } }, () => ({ status: 'live' }))

  app.get(
    '/health/ready',
    { schema: { summary: 'A policy is loaded and the ledger takes bookings' } },
    (_request, reply) => {
      const reason = notReady()
      return reason === undefined
        ? reply.send({ status: 'ready' })
        : reply.code(503).send({ status: 'not-ready', reason })
    },
  )

  app.get('/metrics', { schema: { summary: 'Prometheus text' } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
