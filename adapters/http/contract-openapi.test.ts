import t from 'tap'
import { L2 } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/** What integrators read of the routes before they call any. */
const counter = await openTestCounter()
t.teardown(() => counter.close())
const hospital = counter.as(L2)

const QUERIES: Readonly<Record<string, readonly string[]>> = {
  'GET /v1/audit/acts': ['after', 'by', 'from', 'subject', 'until'],
  'GET /v1/audit/reads': ['after', 'by', 'from', 'personId', 'until'],
  'GET /v1/settlements': ['requestId'],
  'GET /v1/settlements/{settlementId}/explanation': ['lang'],
  'GET /v1/persons/{personId}/benefits': ['on'],
  'PUT /v1/imports/{importId}/content': ['offset'],
}
/** Posts that say all in their address. */
const BODILESS = /reload$|approval$|\/(reset|suspend|reinstate)$/

/** Routes that take or give a file. */
const OF_FILES = ['PUT /v1/imports/{importId}/content', 'GET /v1/imports/{importId}/report']

t.test('openapi.json names every route, its key and its shapes', async (t) => {
  const { body } = await hospital.get('/openapi.json', { authorization: '' })
  t.match(body, {
    openapi: '3.1.0',
    components: { securitySchemes: { key: { scheme: 'bearer' } } },
  })
  const listed = Object.entries<Record<string, unknown>>(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  t.strictSame(listed.sort(), [
    'DELETE /v1/keys/{keyId}',
    'DELETE /v1/sessions/current',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
    'GET /v1/account-credits/{month}',
    'GET /v1/account-credits/{month}/persons/{personId}',
    'GET /v1/approvals/{approvalId}',
    'GET /v1/audit/acts',
    'GET /v1/audit/reads',
    'GET /v1/imports/{importId}',
    'GET /v1/imports/{importId}/report',
    'GET /v1/institutions/{institutionId}',
    'GET /v1/keys',
    'GET /v1/persons/{personId}',
    'GET /v1/persons/{personId}/benefits',
    'GET /v1/persons/{personId}/export',
    'GET /v1/policy',
    'GET /v1/policy/proposals',
    'GET /v1/policy/proposals/{proposalId}',
    'GET /v1/sessions/current',
    'GET /v1/settlements',
    'GET /v1/settlements/{settlementId}',
    'GET /v1/settlements/{settlementId}/explanation',
    'GET /v1/settlements/{settlementId}/list',
    'GET /v1/staff',
    'POST /v1/account-credits',
    'POST /v1/imports',
    'POST /v1/keys',
    'POST /v1/keys/{keyId}/rotation',
    'POST /v1/manual-claims',
    'POST /v1/persons/lookup',
    'POST /v1/policy/proposals',
    'POST /v1/policy/proposals/{proposalId}/approval',
    'POST /v1/policy/proposals/{proposalId}/rejection',
    'POST /v1/policy/proposals/{proposalId}/withdrawal',
    'POST /v1/policy/reload',
    'POST /v1/policy/rollback',
    'POST /v1/quotes',
    'POST /v1/rebills',
    'POST /v1/reconciliations',
    'POST /v1/reversals',
    'POST /v1/sessions',
    'POST /v1/sessions/current/password',
    'POST /v1/settlements',
    'POST /v1/settlements/{settlementId}/reversal',
    'POST /v1/staff',
    'POST /v1/staff/{name}/reinstate',
    'POST /v1/staff/{name}/reset',
    'POST /v1/staff/{name}/role',
    'POST /v1/staff/{name}/suspend',
    'PUT /v1/approvals/{approvalId}',
    'PUT /v1/imports/{importId}/content',
    'PUT /v1/institutions/{institutionId}',
    'PUT /v1/persons/{personId}',
  ])
  const encodings = ['application/json', 'application/msgpack']
  for (const route of listed) {
    const [method = '', path = ''] = route.split(' ')
    const {
      requestBody,
      responses,
      parameters = [],
      security,
    } = body.paths[path][method.toLowerCase()]
    const contents = Object.entries<Record<string, unknown>>(responses).map(
      ([status, { content }]) => [status, Object.keys(content as object)] as const,
    )
    const named = parameters.map((it: { name: string; in: string }) => `${it.in} ${it.name}`)
    if (!path.startsWith('/v1/')) {
      t.strictSame(security, [], `${route} needs no key`)
      continue
    }
    const isSignIn = route === 'POST /v1/sessions'
    t.strictSame(security, isSignIn ? [] : undefined, `${route} needs the key, if it says nothing`)
    const takesBody = !['GET', 'DELETE'].includes(method) && !BODILESS.test(path)
    if (!OF_FILES.includes(route) && !isSignIn) {
      t.strictSame(Object.keys(requestBody?.content ?? {}), takesBody ? encodings : [], route)
    }
    t.strictSame(
      named.sort(),
      [
        ...[...path.matchAll(/{(\w+)}/g)].map(([, name]) => `path ${name}`),
        ...(QUERIES[route] ?? []).map((name) => `query ${name}`),
      ],
      route,
    )
    if (route === 'GET /v1/imports/{importId}/report') {
      t.strictSame(contents, [
        ['200', ['text/csv']],
        ['default', ['application/problem+json']],
      ])
      continue
    }
    if (path.endsWith('/explanation')) {
      t.strictSame(contents, [
        ['200', ['text/html']],
        ['default', ['application/problem+json']],
      ])
      continue
    }
    const posts = /settlements$|manual-claims$|reversals?$|rebills$/.test(path) && method === 'POST'
    const makes = /keys$|rotation$|sessions$|staff$|reset$/.test(path) && method === 'POST'
    const proposes = /reload$|rollback$|proposals$/.test(path) && method === 'POST'
    const books = posts || makes || (method === 'PUT' && !path.startsWith('/v1/imports'))
    t.strictSame(
      contents,
      [
        ...(makes ? [] : [['200', encodings]]),
        ...(books ? [['201', encodings]] : []),
        ...(proposes ? [['202', encodings]] : []),
        ['default', ['application/problem+json']],
      ],
      route,
    )
  }
  const ready = body.paths['/health/ready'].get.responses
  t.strictSame(Object.keys(ready), ['200', '503'])
  t.match(body.paths['/v1/settlements'].get.parameters, [
    { in: 'query', name: 'requestId', required: true },
  ])
})

t.test('openapi.json names every fund of the shipped packs', async (t) => {
  const { body } = await hospital.get('/openapi.json', { authorization: '' })
  const { schema } = body.paths['/v1/quotes'].post.responses['200'].content['application/json']
  const told: string = schema.properties.funds.items.properties.fund.description
  const named = new Set(told.match(/[a-z-]+/g))
  for (const { pack } of counter.ports.policy().packs) {
    const funds = new Set(pack.plans.flatMap(({ layers }) => layers.map(({ fund }) => fund)))
    t.strictSame(
      [...funds].filter((fund) => !named.has(fund)),
      [],
      pack.id,
    )
  }
})
