import type { FastifyReply, FastifyRequest } from 'fastify'
import { type InterfaceRequest, NationalInterface } from '../../nhsa/interface.ts'
import { PREFIX } from '../../nhsa/service-paths.ts'
import type { App, AppOptions } from '../app-types.ts'
import { requestHash } from '../canonical.ts'
import { bearerKey, demoKeyOf } from '../credentials.ts'
import { readMultipart } from '../multipart.ts'

/**
 * The national interface: every outcome, refusals and faults included, is HTTP 200 and an envelope
 * of the protocol, since its clients take anything else for a broken line.
 */
export function nhsaRoutes(
  app: App,
  { ports, authenticate, files }: Pick<AppOptions, 'ports' | 'authenticate' | 'files'>,
): void {
  const onFault = (err: unknown) => app.log.error({ err }, 'a message of the interface failed')
  const national = new NationalInterface({ ports, files, hash: requestHash, onFault })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const { headers, url } = request
    const answered = await national.answer({
      ...(await messageIn(request)),
      path: url.split('?', 1)[0]!,
      identify: identifier(authenticate, headers.authorization),
    })
    if ('file' in answered) {
      const { content, size, name } = answered.file
      reply.type('application/octet-stream').header('content-length', size)
      return reply.header('content-disposition', `attachment; filename="${name}"`).send(content)
    }
    request.outcome = answered.outcome
    return reply.type('application/json; charset=utf-8').send(answered.text)
  }
  app.post(`${PREFIX}*`, { schema: { hide: true } as object }, answer)
}

/** The text part of a form that uploads a file has this name. */
const MESSAGE_PART = 'jsonStr'

async function messageIn({
  body,
  headers,
}: FastifyRequest): Promise<Pick<InterfaceRequest, 'bytes' | 'attached'>> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  const type = headers['content-type'] ?? ''
  if (!/^multipart\/form-data/i.test(type)) return { bytes }
  const parts = await readMultipart(type, bytes, MESSAGE_PART)
  if (parts === undefined) return { bytes: Buffer.alloc(0) }
  const { text, file } = parts
  return { bytes: text, ...(file === undefined ? {} : { attached: file }) }
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
