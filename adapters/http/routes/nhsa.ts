import type { FastifyReply, FastifyRequest } from 'fastify'
import { type InterfaceRequest, NationalInterface } from '../../nhsa/interface.ts'
import { PREFIX } from '../../nhsa/service-paths.ts'
import type { App, AppOptions } from '../app-types.ts'
import { requestHash } from '../canonical.ts'
import { bearerKey, demoKeyOf } from '../credentials.ts'

/**
 * The national interface: every outcome, refusals and faults included, is HTTP 200 and an envelope
 * of the protocol, since its clients take anything else for a broken line.
 */
export function nhsaRoutes(
  app: App,
  { ports, authenticate }: Pick<AppOptions, 'ports' | 'authenticate'>,
): void {
  const onFault = (err: unknown) => app.log.error({ err }, 'a message of the interface failed')
  const national = new NationalInterface({ ports, hash: requestHash, onFault })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { body, headers, url } = request
    const { text, outcome } = await national.answer({
      bytes: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      path: url.split('?', 1)[0]!,
      identify: identifier(authenticate, headers.authorization),
    })
    request.outcome = outcome
    return reply.type('application/json; charset=utf-8').send(text)
  }
  app.post(`${PREFIX}*`, { schema: { hide: true } as object }, answer)
}

/** By the key that was shown; without one, only the demo takes an institution at its word. */
function identifier(
  authenticate: AppOptions['authenticate'],
  authorization: string | undefined,
): InterfaceRequest['identify'] {
  if (authorization === undefined) {
    return async (institution) => (await authenticate(demoKeyOf(institution))) ?? 'unknown'
  }
  const key = bearerKey(authorization)
  return async () => (key === undefined ? undefined : await authenticate(key)) ?? 'forbidden'
}
