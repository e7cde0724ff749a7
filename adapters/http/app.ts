import { randomBytes } from 'node:crypto'
import type { ServerOptions as HttpServerOptions } from 'node:http'
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { LogController } from 'fastify'
import { SeenNonces } from '../access/seen-nonces.ts'
import { NationalInterface } from '../nhsa/interface.ts'
import { PREFIX } from '../nhsa/service-paths.ts'
import { UNSIGNED } from '../nhsa/settings.ts'
import { Admission } from './admission.ts'
import type { App, AppOptions } from './app-types.ts'
import { addBodyParsers } from './body-parsers.ts'
import { requestHash } from './canonical.ts'
import { clientErrors, ignoreExpectations, refuseWhatWasCut } from './client-errors.ts'
import { addErrorHandlers, frameworkError } from './error-handlers.ts'
import { addGuards } from './guards.ts'
import { forwardUnreadBodies } from './large-bodies.ts'
import { completeRoute } from './responses.ts'
import { accountCreditRoutes } from './routes/account-credits.ts'
import { auditRoutes } from './routes/audit.ts'
import { claimRoutes } from './routes/claims.ts'
import { explanationRoutes } from './routes/explanation.ts'
import { healthRoutes } from './routes/health.ts'
import { importRoutes } from './routes/imports.ts'
import { keyRoutes } from './routes/keys.ts'
import { lookupRoutes } from './routes/lookups.ts'
import { manualClaimRoutes } from './routes/manual-claims.ts'
import { nhsaRoutes, sendAnswer } from './routes/nhsa.ts'
import { personExportRoutes } from './routes/person-export.ts'
import { policyRoutes } from './routes/policy.ts'
import { proposalRoutes } from './routes/proposals.ts'
import { recordRoutes } from './routes/records.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { settlementListRoutes } from './routes/settlement-lists.ts'
import { staffRoutes } from './routes/staff.ts'
import { CONNECTION_LIMITS, serverOnSharedPort, tlsOptions } from './shared-port.ts'
import { addReads } from './shown.ts'
import { addProofs } from './signed-bodies.ts'
import { watchForStandstill } from './standstill.ts'
import { Turn } from './turn.ts'
import { compileAtOnce, compileWhenNeeded } from './validators.ts'

export type { App, AppOptions } from './app-types.ts'

/** After it has stood still, whoever was cut off is told by the next look at the connections. */
const STANDSTILL_MS = CONNECTION_LIMITS.requestTimeout + 1_000

/**
 * The REST contract as an application that listens nowhere yet. Slow, half-open and malformed
 * clients are cut in seconds; nothing that comes in is coerced or dropped.
 */
export async function buildApp(options: AppOptions): Promise<App> {
  const { requestIds = newRequestIds(), largeBodies } = options
  const national = nationalInterface(options)
  const app: App = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit,
    ...CONNECTION_LIMITS,
    ...(options.sharedPort === true ? { serverFactory: serverOnSharedPort } : {}),
    ...serverOptions(options.tls),
    genReqId: requestIds,
    frameworkErrors: (error, request, reply) => {
      if (!request.url.startsWith(PREFIX)) return frameworkError(error, request, reply)
      sendAnswer(request, reply, national.unread({ kind: 'wrong-address' }))
    },
    clientErrorHandler: clientErrors(requestIds, watchForStandstill(STANDSTILL_MS)),
    return503OnClosing: false,
    exposeHeadRoutes: false,
  }).withTypeProvider<TypeBoxTypeProvider>()

  ignoreExpectations(app)
  app.decorateRequest('requester', null as never)
  app.decorateRequest('claimed', undefined)
  app.decorateRequest('answerEncoding', 'json')
  app.decorateRequest('arrivedAt', 0)
  app.decorateRequest('checkedAt', 0)
  app.decorateRequest('inWorkOf', undefined)
  app.decorateRequest('outcome', undefined)
  app.decorateRequest('countedAs', undefined)
  const turn = new Turn()
  const admission = new Admission({
    ...options.admission,
    onChange: (isShedding) => options.logger.warn(isShedding ? SHEDDING : CALM),
  })
  addBodyParsers(app, { turn, admission, unreadOver: largeBodies?.over })
  addErrorHandlers(app)
  refuseWhatWasCut(app)
  // Before the guards, whose place is given back when there is nothing more to wait for.
  addReads(app, options.reads)
  addGuards(app, options, { turn, admission })
  addProofs(app, options)
  if (largeBodies !== undefined) forwardUnreadBodies(app, largeBodies)
  app.setValidatorCompiler(compileWhenNeeded)
  // Measured: on an answer of 5 KB the engine's own JSON takes two thirds of the time of a generated
  // serialiser. The schemas still document the answers, and a test holds them to it.
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.addHook('onRoute', completeRoute)
  if (options.docs) await addDocs(app)
  await app.register(async (scope: App) => {
    // The first patient after a start does not wait for it.
    scope.setValidatorCompiler(compileAtOnce)
    claimRoutes(scope, options.ports, turn)
  })
  await app.register(async (scope: App) => explanationRoutes(scope, options.ports))
  await app.register(async (scope: App) => settlementListRoutes(scope, options.ports))
  await app.register(async (scope: App) => manualClaimRoutes(scope, options.ports))
  await app.register(async (scope: App) => lookupRoutes(scope, options.ports))
  await app.register(async (scope: App) => recordRoutes(scope, options.ports))
  await app.register(async (scope: App) =>
    personExportRoutes(scope, options.ports, options.exportPerson),
  )
  await app.register(async (scope: App) => keyRoutes(scope, options.keys))
  await app.register(async (scope: App) => sessionRoutes(scope, options.staff))
  await app.register(async (scope: App) => staffRoutes(scope, options.staff))
  await app.register(async (scope: App) => importRoutes(scope, options.imports))
  await app.register(async (scope: App) =>
    accountCreditRoutes(scope, options.ports, options.credits),
  )
  await app.register(async (scope: App) => auditRoutes(scope, options.ports))
  await app.register(async (scope: App) => nhsaRoutes(scope, national, { ...options, admission }))
  await app.register(async (scope: App) => policyRoutes(scope, options))
  await app.register(async (scope: App) => proposalRoutes(scope, options))
  await app.register(async (scope: App) => healthRoutes(scope, options))
  if (options.docs) {
    // Made once: whoever needs no key for it must not make the engine write it over and over.
    let document: string | undefined
    app.get('/openapi.json', { schema: { hide: true } as object }, (_request, reply) => {
      document ??= JSON.stringify(app.swagger())
      return reply.type('application/json; charset=utf-8').send(document)
    })
  }
  return app
}

/** As for plain HTTP to the types: what differs is the server's own business. */
function serverOptions(tls: AppOptions['tls']): { readonly http: HttpServerOptions } {
  const limits = {
    connectionsCheckingInterval: 1_000,
    headersTimeout: 3_000,
    // The guards ask for it: Node would refuse without a word.
    requireHostHeader: false,
  }
  if (tls === undefined) return { http: limits }
  return { https: { ...limits, ...tlsOptions(tls) } } as unknown as { readonly http: typeof limits }
}

function nationalInterface({
  ports,
  reads,
  files,
  catalogues,
  logger,
  nhsa,
}: AppOptions): NationalInterface {
  return new NationalInterface({
    ports,
    reads,
    files,
    catalogues,
    settings: nhsa?.settings ?? UNSIGNED,
    nonces: nhsa?.nonces ?? new SeenNonces(),
    hash: requestHash,
    onFault: (err) => logger.error({ err }, 'a message of the interface failed'),
  })
}

async function addDocs(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Yizhan 一站',
        description:
          'Real-time, point-of-care claims adjudication. Money is integer fen, rates are permyriad.',
        version: '1',
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
  })
  await app.register(swaggerUi, { routePrefix: '/docs' })
}

const SHEDDING = 'more arrives than can be worked on: requests are shed'
const CALM = 'no request is shed any more'

/** Short, unique over restarts, and without meaning. */
function newRequestIds(): () => string {
  const start = randomBytes(6).toString('hex')
  let count = 0
  return () => `${start}-${(count++).toString(36)}`
}
