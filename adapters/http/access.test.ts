import { subscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import t from 'tap'
import { ROLES, type Role } from '../../engine/access/roles.ts'
import { L1, L2, stay } from '../../fixtures/counter/bills.ts'
import type { Reply, Terminal } from '../../fixtures/counter/terminal.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { HospitalSystem } from '../../fixtures/nhsa/hospital-system.ts'
import { needsRolesOrIsPublic } from './route-access.ts'

/** Every route × every role and key × own and another institution's. What is not allowed is denied. */

/** All routes of every application that is built here, as they are added: none can be forgotten. */
const added: { readonly app: FastifyInstance; readonly route: RouteOptions }[] = []
subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { readonly fastify: FastifyInstance }
  fastify.addHook('onRoute', (route) => void added.push({ app: fastify, route }))
})

/** People, who have sessions; institutions have none. */
const STAFF: readonly Role[] = ROLES.filter((role) => role !== 'institution')
const READERS: readonly Role[] = ['institution', 'agency', 'auditor']
const RECORD_READERS: readonly Role[] = ['registry', 'agency', 'auditor']
const RULE_READERS: readonly Role[] = ['policy-maker', 'policy-checker', 'auditor']

/**
 * Who may call which route, written out here a second time: `public` asks for no key. A new route has
 * to be entered, or the test fails.
 */
const COUNTER: Readonly<Record<string, readonly Role[] | 'public'>> = {
  'POST /v1/quotes': ['institution'],
  'POST /v1/settlements': ['institution'],
  'GET /v1/settlements': ['institution'],
  'GET /v1/settlements/:settlementId': READERS,
  'GET /v1/settlements/:settlementId/explanation': READERS,
  'GET /v1/settlements/:settlementId/list': READERS,
  'POST /v1/settlements/:settlementId/reversal': ['institution', 'agency'],
  'POST /v1/reversals': ['institution'],
  'POST /v1/rebills': ['institution'],
  'POST /v1/manual-claims': ['agency'],
  'POST /v1/persons/lookup': READERS,
  'GET /v1/persons/:personId/benefits': READERS,
  'POST /v1/reconciliations': ['institution'],
  'GET /v1/policy': ROLES,
  'GET /health/live': 'public',
  'HEAD /health/live': 'public',
  'GET /health/ready': 'public',
  'HEAD /health/ready': 'public',
  // The interface asks for keys and signatures itself, in envelopes of its own.
  'POST /fsi/api/*': 'public',
  'GET,PUT,PATCH,DELETE,OPTIONS /fsi/api/*': 'public',
}
const ADMINISTRATION: Readonly<Record<string, readonly Role[] | 'public'>> = {
  'GET /v1/keys': ['operator'],
  'POST /v1/keys': ['operator'],
  'POST /v1/keys/:keyId/rotation': ['operator'],
  'DELETE /v1/keys/:keyId': ['operator'],
  'GET /v1/persons/:personId/export': ['agency', 'auditor'],
  'GET /v1/audit/reads': ['auditor'],
  'GET /v1/audit/acts': ['auditor'],
  'POST /v1/sessions': 'public',
  'GET /v1/sessions/current': STAFF,
  'DELETE /v1/sessions/current': STAFF,
  'POST /v1/sessions/current/password': STAFF,
  'GET /v1/staff': ['operator', 'auditor'],
  'POST /v1/staff': ['operator'],
  'POST /v1/staff/:name/suspend': ['operator'],
  'POST /v1/staff/:name/reinstate': ['operator'],
  'POST /v1/staff/:name/role': ['operator'],
  'POST /v1/staff/:name/reset': ['operator'],
  'POST /v1/policy/reload': ['policy-maker'],
  'POST /v1/policy/rollback': ['policy-maker'],
  'GET /v1/policy/proposals': RULE_READERS,
  'POST /v1/policy/proposals': ['policy-maker'],
  'GET /v1/policy/proposals/:proposalId': RULE_READERS,
  'POST /v1/policy/proposals/:proposalId/approval': ['policy-checker'],
  'POST /v1/policy/proposals/:proposalId/rejection': ['policy-checker'],
  'POST /v1/policy/proposals/:proposalId/withdrawal': ['policy-maker'],
  'POST /v1/imports': ['registry'],
  'PUT /v1/imports/:importId/content': ['registry'],
  'GET /v1/imports/:importId': ['registry'],
  'GET /v1/imports/:importId/report': ['registry'],
  'GET /v1/persons/:personId': RECORD_READERS,
  'PUT /v1/persons/:personId': ['registry'],
  'GET /v1/institutions/:institutionId': RECORD_READERS,
  'PUT /v1/institutions/:institutionId': ['registry'],
  'GET /v1/approvals/:approvalId': RECORD_READERS,
  'PUT /v1/approvals/:approvalId': ['registry'],
  'POST /v1/account-credits': ['agency'],
  'GET /v1/account-credits/:month': ['agency'],
  'GET /v1/account-credits/:month/persons/:personId': ['agency'],
  'GET /metrics': 'public',
  'GET /openapi.json': 'public',
}
const ALL = { ...COUNTER, ...ADMINISTRATION }

interface Route {
  readonly name: string
  readonly method: string
  readonly url: string
}

async function open(t: { teardown(end: () => unknown): void }, options = {}) {
  const counter = await openTestCounter(options)
  t.teardown(() => counter.close())
  const routes = added
    .filter(({ app }) => (app as unknown) === counter.app)
    // Pages of the documents, and what they load.
    .filter(({ route }) => !/^\/docs(\/|$)/.test(route.url))
    .map(({ route: { method, url } }): Route => {
      const methods = [method].flat()
      return { name: `${methods.join()} ${url}`, method: methods[0]!, url }
    })
  return { counter, routes }
}

/** A request that no route can carry out, so that whoever may send it changes nothing either. */
async function call(counter: TestCounter, { method, url }: Route, key?: string) {
  const isRead = ['GET', 'HEAD', 'DELETE'].includes(method)
  const reply = await counter.app.inject({
    method: method as 'GET',
    url: url.replaceAll(/:\w+/g, 'X').replace('*', 'x'),
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(isRead ? {} : { 'content-type': 'application/json' }),
    },
    ...(isRead ? {} : { payload: '{"surprise":1}' }),
  })
  const isJson = method !== 'HEAD' && String(reply.headers['content-type']).includes('json')
  return { status: reply.statusCode, code: isJson ? reply.json().code : undefined, reply }
}

/** Opened once, as that takes most of the time; what one test books is no other's. */
const { counter, routes } = await open(t)

t.test('every route is in the table', async (t) => {
  t.strictSame(routes.map(({ name }) => name).sort(), Object.keys(ALL).sort())
})

t.test('every route by every role, and without a good key by nobody', async (t) => {
  const operator = counter.as('operator')
  const issue = async (body: object): Promise<{ keyId: string; key: string }> =>
    (await operator.post('/v1/keys', { role: 'institution', holder: L2, ...body })).body
  const keys = new Map<Role, string>(
    ROLES.map((role) => [role, `demo-${role === 'institution' ? L2 : role}`]),
  )
  const [good, revoked, ended] = [
    await issue({}),
    await issue({}),
    await issue({ until: '2026-11-22' }),
  ]
  t.equal((await counter.withKey(revoked.key).get('/v1/policy')).status, 200)
  t.equal((await counter.withKey(ended.key).get('/v1/policy')).status, 200)
  t.equal(
    (await counter.as('operator').send('DELETE', `/v1/keys/${revoked.keyId}`, undefined, {}))
      .status,
    200,
  )
  counter.now += 86_400_000
  const nobody: readonly [string | undefined, string][] = [
    [undefined, 'unauthorized'],
    ['demo-nobody', 'unauthorized'],
    [`${good.keyId}.${'A'.repeat(43)}`, 'unauthorized'],
    [revoked.key, 'key-revoked'],
    [ended.key, 'key-ended'],
  ]
  const holes: string[] = []
  const hole = (name: string, who: string | undefined, got: unknown) =>
    holes.push(`${name} by ${who}: ${JSON.stringify(got)}`)
  const before = counter.booked
  for (const route of routes) {
    const allowed = ALL[route.name] ?? []
    if (allowed === 'public') {
      const { status, code } = await call(counter, route)
      if (status !== 200 && code !== 'invalid-request') hole(route.name, 'everybody', status)
      continue
    }
    for (const [key, expected] of nobody) {
      const { status, code } = await call(counter, route, key)
      if (status !== 401 || code !== expected) hole(route.name, key, [status, code])
    }
    for (const [role, key] of keys) {
      const { status, code } = await call(counter, route, key)
      const isDenied = status === 403 && code === 'role-not-allowed'
      const isTaken = status < 500 && status !== 401 && status !== 403
      if (allowed.includes(role) ? !isTaken : !isDenied) hole(route.name, role, [status, code])
    }
  }
  t.strictSame(holes, [])
  t.equal(counter.booked, before, 'and nothing was booked')
})

t.test('at the address of the cashiers there is no administration', async (t) => {
  const { counter, routes } = await open(t, { counterOnly: true })
  const without = ({ reply }: Awaited<ReturnType<typeof call>>) => {
    const { instance, ...problem } = reply.json()
    return problem
  }
  const nothing = without(await call(counter, { name: '', method: 'GET', url: '/nothing' }))
  for (const route of [...routes, { name: 'docs', method: 'GET', url: '/docs/' }]) {
    for (const key of [undefined, 'demo-operator', 'demo-registry', 'demo-policy']) {
      const answer = await call(counter, route, key)
      if (route.name in COUNTER) t.not(answer.code, 'not-found', `${route.name} by ${key}`)
      else t.strictSame(without(answer), nothing, `${route.name} by ${key}`)
    }
  }
})

t.test('a route that says nothing is not built, and a known public one is', async (t) => {
  t.throws(() => needsRolesOrIsPublic('/v1/new', {}), { message: /\/v1\/new names no roles/ })
  t.throws(() => needsRolesOrIsPublic('/docsx', undefined))
  t.doesNotThrow(() => needsRolesOrIsPublic('/v1/new', { roles: [] }), 'for nobody')
  t.doesNotThrow(() => needsRolesOrIsPublic('/health/live', {}))
})

/** What becomes of a settlement of L2 in whose hands, by REST. */
t.test('another institution meets nothing but 404', async (t) => {
  const own = counter.as(L2)
  const settled = await own.post('/v1/settlements', { requestId: 'OWN-1', ...stay(100_000) })
  const at = `/v1/settlements/${settled.body.settlementId}`
  const replacement = { ...stay(50_000), institutionId: L1 }
  const CASES: readonly [string, (who: Terminal) => Promise<Reply>, Expected][] = [
    ['read', (who) => who.get(at), { own: 200, agency: 200, auditor: 200 }],
    [
      'explanation',
      (who) => who.get(`${at}/explanation`, { accept: 'text/html' }),
      { own: 200, agency: 200, auditor: 200 },
    ],
    [
      'list',
      (who) => who.get(`${at}/list`),
      { own: LIST, agency: LIST, auditor: LIST, other: 'settlement-not-found' },
    ],
    ['by message', (who) => who.get('/v1/settlements?requestId=OWN-1'), { own: 200 }],
    [
      'rebill',
      (who) =>
        who.post('/v1/rebills', {
          requestId: 'REBILL-1',
          settlementId: settled.body.settlementId,
          replacement,
        }),
      { own: 'institution-mismatch' },
    ],
    [
      'reversal',
      (who) => who.post(`${at}/reversal`, { requestId: 'REVERSAL-1' }),
      { other: 'settlement-not-found', agency: 201, own: 'already-reversed' },
    ],
  ]
  const WHO: readonly (readonly [keyof Expected | Role, string])[] = [
    ['other', L1],
    ['agency', 'agency'],
    ['auditor', 'auditor'],
    ['own', L2],
    ...ROLES.filter((role) => !READERS.includes(role)).map((role) => [role, role] as const),
  ]
  for (const [name, ask, expected] of CASES) {
    for (const [who, key] of WHO) {
      const before = counter.booked
      const { status, body } = await ask(counter.as(key))
      const awaited =
        expected[who as keyof Expected] ??
        (who === 'other' ? 'settlement-not-found' : 'role-not-allowed')
      t.equal(status < 300 ? status : body.code, awaited, `${name} by ${who}`)
      if (who === 'other') t.equal(status, 404, name)
      if (status >= 300) t.equal(counter.booked, before, `${name}: no booking`)
    }
  }
})

t.test("another's message id, and another's books, are none of one's own", async (t) => {
  const [own, other] = [counter.as(L2), counter.as(L1)]
  const settled = await own.post('/v1/settlements', { requestId: 'SAME', ...stay(100_000) })
  t.match(await other.post('/v1/reversals', { requestId: 'R1', originalRequestId: 'SAME' }), {
    status: 201,
    body: { outcome: 'blocked' },
  })
  const still = await own.get(`/v1/settlements/${settled.body.settlementId}`)
  t.match(still, { status: 200, body: { status: 'settled' } })
  t.notOk('reversedBy' in still.body)
  const days = { from: '2026-01-01', to: '2027-01-01' }
  const books = async (who: Terminal) => {
    const asked = { ...days, count: 0, totalFen: 0, fundFen: 0, accountFen: 0 }
    return (await who.post('/v1/reconciliations', asked)).body.ours.count
  }
  t.ok((await books(own)) > 0)
  t.equal(await books(other), 0)
})

t.test("another's visit over the national interface is unknown", async (t) => {
  const [own, other] = [new HospitalSystem(counter, L2), new HospitalSystem(counter, L1)]
  await own.upTo(t, 'zj-9001', 'zj-2201', 'zj-2203A', 'zj-2204')
  Object.assign(other.ids, own.ids)
  const before = counter.booked
  for (const name of ['zj-2203A', 'zj-2204', 'zj-2205', 'zj-2206A', 'zj-2207A', 'zj-2202']) {
    const { infcode, err_msg } = await other.send(t, name)
    t.strictSame(
      [infcode, /未找到|不存在|未查到|无此/.test(err_msg)],
      [-1, true],
      `${name}: ${err_msg}`,
    )
  }
  t.equal(counter.booked, before, 'and nothing of it was booked')
  const settled = await own.send(t, 'zj-2207A')
  t.equal(settled.infcode, 0, settled.err_msg)
  const more = { setl_id: settled.output.setlinfo.setl_id }
  for (const name of ['zj-2208', '5203']) {
    t.match(await other.send(t, name, { more }), { infcode: -1 }, name)
  }
  t.equal(
    (await own.send(t, 'zj-2208', { more })).infcode,
    0,
    'it stood until its own took it back',
  )
})

interface Expected {
  readonly own?: number | string
  readonly other?: number | string
  readonly agency?: number | string
  readonly auditor?: number | string
}
const LIST = 'settlement-list-not-found'
