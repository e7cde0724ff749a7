import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import type { Requester } from '../../../engine/counter/ports.ts'
import { SIGNATURE_HEADERS } from '../../nhsa/gateway/gateway.ts'
import type { Headers } from '../../nhsa/gateway/signatures.ts'
import type { InterfaceAnswer, InterfaceRequest, NationalInterface } from '../../nhsa/interface.ts'
import { PREFIX } from '../../nhsa/service-paths.ts'
import { type Admission, takeOn } from '../admission.ts'
import type { App, AppOptions } from '../app-types.ts'
import { bearerKey, demoKeyOf } from '../credentials.ts'
import { drain } from '../drain.ts'
import { type LargeAnswer, ownBuffer } from '../large-bodies.ts'
import { claimedSender, senderOfLines } from '../large-messages.ts'
import { mayTakeLong } from '../long-work.ts'
import { readMultipart } from '../multipart.ts'

/**
 * The national interface: every outcome, refusals and faults included, is HTTP 200 and an envelope
 * of the protocol, since its clients take anything else for a broken line.
 */
export function nhsaRoutes(
  app: App,
  national: NationalInterface,
  {
    authenticate,
    largeBodies,
    admission,
  }: Pick<AppOptions, 'authenticate' | 'largeBodies'> & { readonly admission: Admission },
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  // Of a type that it cannot read, the server would refuse the body unread; here no type matters.
  app.addHook('onRequest', (request, _reply, done) => {
    if (!isMultipart(request)) request.raw.headers['content-type'] = 'application/octet-stream'
    done()
  })

  /** Messages of thousands of lines are read and answered by threads of their own. */
  const elsewhere = async (
    request: FastifyRequest,
    shown: Shown,
  ): Promise<InterfaceAnswer | undefined> => {
    const { body, headers } = request
    if (largeBodies === undefined || !Buffer.isBuffer(body)) return undefined
    if (body.length <= largeBodies.over) return undefined
    // What a part of a form says is only known when the form is taken apart.
    if (isMultipart(request)) return undefined
    const named = senderOfLines(body)
    if (named === undefined) return undefined
    const { id, url } = request
    const sent = [...SIGNATURE_HEADERS, 'authorization', 'content-type'].flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value] as const] : []
    })
    mayTakeLong(request)
    const requester = proven(shown)
    const unread = {
      id,
      url,
      method: 'POST',
      headers: Object.fromEntries(sent),
      ...(requester === undefined ? {} : { requester }),
    } as const
    const answer = await largeBodies.answer(
      { ...unread, body: ownBuffer(body) },
      { role: 'institution', id: await senderOf(named, shown) },
    )
    if (answer === undefined) return national.unread({ kind: 'overloaded' })
    const { outcome, route } = answer as LargeAnswer & Pick<FastifyRequest, 'outcome'>
    request.countedAs = route
    const text = Buffer.from(answer.body).toString()
    return { text, ...(outcome === undefined ? {} : { outcome }) }
  }
  /**
   * Who a message with lines is counted for, in whose name it is also waited for: the institution that
   * it names, if it is its key, or if a signature that is yet to be checked says so. Anybody else
   * takes their own place, or one of those who have no key.
   */
  const senderOf = async (named: string, shown: Shown): Promise<string> => {
    if (national.isSigned(named)) return named
    return proven(shown ?? (await authenticate(demoKeyOf(named))))?.id ?? NOBODY
  }
  /** Who a message without a good key is counted for, beside those who have proven who they are. */
  const claimant = async (named: string | undefined): Promise<string> => {
    if (named === undefined) return NOBODY
    const isSomebody =
      national.isSigned(named) || proven(await authenticate(demoKeyOf(named))) !== undefined
    return isSomebody ? `claimed/${named}` : NOBODY
  }
  /** Whether it is from nobody that is known, and would take long only to be refused. */
  const isNotWorthReading = async ({ body }: FastifyRequest, shown: Shown): Promise<boolean> => {
    if (!Buffer.isBuffer(body) || body.length <= NOBODYS_BYTES) return false
    return proven(shown) === undefined && (await claimant(claimedSender(body))) === NOBODY
  }
  const here = async (request: FastifyRequest, shown: Shown) => {
    const { body, headers, url } = request
    const claimed = () => (Buffer.isBuffer(body) ? claimedSender(body) : undefined)
    const sender = proven(shown)?.id ?? (await claimant(claimed()))
    if (!takeOn(admission, request, sender)) {
      return national.unread({ kind: 'overloaded' }, claimed())
    }
    return national.answer({
      path: url.split('?', 1)[0]!,
      headers: headers as Headers,
      mayTakeLong: () => mayTakeLong(request),
      identify: async (institution) => {
        if (headers.authorization !== undefined) return shown ?? 'forbidden'
        // Without a key, only the demo takes an institution at its word.
        return (await authenticate(demoKeyOf(institution))) ?? 'unknown'
      },
      ...(await messageIn(request)),
    })
  }
  app.post(`${PREFIX}*`, HIDDEN, async (request, reply) => {
    const key = bearerKey(request.headers.authorization)
    const shown = key === undefined ? undefined : await authenticate(key)
    if (await isNotWorthReading(request, shown)) {
      return sendAnswer(request, reply, national.unread({ kind: 'unknown-sender' }))
    }
    const answer = (await elsewhere(request, shown)) ?? (await here(request, shown))
    return sendAnswer(request, reply, answer)
  })
  app.route({
    method: ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: `${PREFIX}*`,
    ...HIDDEN,
    handler: (request, reply) =>
      sendAnswer(request, reply, national.unread({ kind: 'not-posted' })),
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') {
      // What a sender can do wrong before the interface is asked is a body that ends too early.
      const isSenders = error.statusCode !== undefined && error.statusCode < 500
      const answer = isSenders ? national.unread({ kind: 'not-json' }) : national.failed(error)
      return sendAnswer(request, reply, answer)
    }
    const { bodyLimit: limitBytes } = request.routeOptions
    const refused = national.unread({ kind: 'too-large', limitBytes })
    return drain(request.raw).then(() => sendAnswer(request, reply, refused))
  })
}

/**
 * All who can only be refused, as one sender: names are free, and whoever made up a new one for each
 * message would have all places.
 */
const NOBODY = 'nobody'
/** Theirs is read, to tell them what is wrong with it, up to this size: 4 MiB can take two seconds. */
const NOBODYS_BYTES = 64 * 1024

/** Whose key was shown, if one was. */
type Shown = Awaited<ReturnType<AppOptions['authenticate']>>

/** Who that is, if the key is good. */
function proven(shown: Shown): Requester | undefined {
  return shown === undefined || isRefusal(shown) ? undefined : shown
}

const HIDDEN = { schema: { hide: true } as object }

/** Sends an answer of the interface, whatever it says, as what its clients can read. */
export function sendAnswer(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: InterfaceAnswer,
): FastifyReply {
  const { transaction } = answer
  if (transaction !== undefined) request.countedAs = `${PREFIX}${transaction}`
  if ('file' in answer) {
    const { content, size, name } = answer.file
    reply.type('application/octet-stream').header('content-length', size)
    return reply.header('content-disposition', `attachment; filename="${name}"`).send(content)
  }
  request.outcome = answer.outcome
  return reply.code(200).type('application/json; charset=utf-8').send(answer.text)
}

/** The text part of a form that uploads a file has this name. */
const MESSAGE_PART = 'jsonStr'

function isMultipart({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return /^multipart\/form-data/i.test(headers['content-type'] ?? '')
}

async function messageIn({
  body,
  headers,
}: FastifyRequest): Promise<Pick<InterfaceRequest, 'bytes' | 'attached'>> {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  if (!isMultipart({ headers })) return { bytes }
  const type = headers['content-type']!
  const parts = await readMultipart(type, bytes, MESSAGE_PART)
  if (parts === undefined) return { bytes: Buffer.alloc(0) }
  const { text, file } = parts
  return { bytes: text, ...(file === undefined ? {} : { attached: file }) }
}
