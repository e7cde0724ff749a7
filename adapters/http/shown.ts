import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { ReadKeeper } from '../../engine/access/read-keeper.ts'
import { keepShown, type Seen, type Shows } from '../../engine/access/show.ts'
import { isRefusal, OUTCOMES, type Refusal } from '../../engine/claim/outcomes.ts'
import type { CounterPorts } from '../../engine/counter/ports.ts'
import { findRecord } from '../../engine/counter/records.ts'
import type { AnyApp } from './any-fastify.ts'
import { RequestRefused } from './body-parsers.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose data the answer shows; nothing as long as nobody has said it. */
    seen: readonly Seen[] | undefined
  }
  interface FastifyContextConfig {
    /** What the route shows of persons; every route with roles says it. */
    shows?: Shows
  }
  interface FastifyInstance {
    reads: ReadKeeper
  }
}

/**
 * The door that every answer to somebody with a key passes: who was shown what of a person is kept
 * first. Nothing leaves of a route that shows data of a person and does not say whose.
 */
export function addReads(app: AnyApp, reads: ReadKeeper): void {
  app.decorate('reads', reads)
  app.decorateRequest('seen', undefined)
  app.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    if (config?.roles === undefined || config.shows !== undefined) return
    throw new Error(`${method} ${url} does not say what it shows of persons`)
  })
  app.addHook('onSend', (request: FastifyRequest, reply: FastifyReply, payload: unknown, done) => {
    try {
      const kept = keepAnswered(request, reply.statusCode < 400)
      if (kept === undefined) return done(null, payload)
      kept.then(
        (refusal) => (refusal ? done(new RequestRefused(refusal)) : done(null, payload)),
        done,
      )
    } catch (error) {
      done(error as Error)
    }
  })
}

/** For an answer past the hooks, which nothing waits for: a quote, or a booking. */
export function noteAnswered(request: FastifyRequest): void {
  if (keepAnswered(request, true) !== undefined) {
    throw new Error(`${wayOf(request)} shows what is to be waited for`)
  }
}

/** Says whose data the answer shows. */
export function saw(request: FastifyRequest, personId: string, id?: string): void {
  request.seen = [{ personId, ...(id === undefined ? {} : { id }) }]
}

/** The same of a refusal, which says how a registered person is insured, if it was worked on at all. */
export async function sawRefused(
  ports: CounterPorts,
  request: FastifyRequest,
  personId: string,
  { refused }: Refusal,
): Promise<void> {
  if (OUTCOMES[refused].status >= 500) return
  if (!isRefusal(await findRecord(ports, 'person', personId))) saw(request, personId)
}

function keepAnswered(request: FastifyRequest, accepted: boolean) {
  const { shows } = request.routeOptions.config
  if (shows === undefined) return undefined
  const { seen, requester: by } = request
  // What is sent in the place of an answer that could not be kept shows nothing.
  request.seen = undefined
  return keepShown(request.server.reads, { by, way: wayOf(request), shows, seen, accepted })
}

/** The same text for all requests of a route, by the settings that are its own. */
function wayOf({ method, routeOptions: { url, config } }: FastifyRequest): string {
  const known = WAYS.get(config)
  if (known !== undefined) return known
  const way = `${method} ${url}`
  WAYS.set(config, way)
  return way
}

const WAYS = new WeakMap<object, string>()
