import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from '../../engine/claim/outcomes.ts'
import type { Claimed } from '../access/signed-requests.ts'
import type { AnyApp } from './any-fastify.ts'
import type { AppOptions } from './app-types.ts'
import { bodyTooLarge, RequestRefused } from './body-parsers.ts'

/**
 * A signed request proves who sends it with its whole body, so that is read here, before anybody
 * parses it. Its bytes are added to the signature as they come: no large body is worked on at once.
 */
export function addProofs(app: AnyApp, { signedRequests, bodyLimit }: AppOptions): void {
  app.addHook('preParsing', (request: FastifyRequest, _reply: FastifyReply, payload, done) => {
    const { claimed } = request
    if (claimed === undefined) return done(null, payload)
    const prove = async () => {
      const body = await wholeBody(payload as Readable, claimed, bodyLimit)
      const refusal = await signedRequests.finish(claimed)
      if (refusal !== undefined) throw new RequestRefused(refusal)
      request.requester = claimed.requester
      return body
    }
    prove().then((body) => done(null, body), done)
  })
}

/** All of it, to be read once more; rejects when it is larger than the limit or ends too early. */
function wholeBody(payload: Readable, { signed }: Claimed, limit: number): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const add = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > limit) return fail(new RequestRefused(bodyTooLarge(limit)))
      signed.update(chunk)
      chunks.push(chunk)
    }
    const end = () => resolve(Readable.from(chunks, { objectMode: false }))
    const fail = (error: Error) => {
      payload.off('data', add).off('end', end)
      reject(error)
    }
    const cut = () =>
      fail(new RequestRefused(refuse('malformed-json', 'The body ended too early.')))
    payload.on('data', add).on('end', end).on('error', fail).on('close', cut)
  })
}
