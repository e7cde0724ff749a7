import t from 'tap'
import { L1, L2, L3, line, messageId, stay } from '../../fixtures/counter/bills.ts'
import type { Reply } from '../../fixtures/counter/terminal.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/**
 * What holds for every route. Terminal checks each answer of every test for the conventions that
 * all answers share: request id, timing, and the whole form of a problem document.
 */
const counter = await openTestCounter({ bodyLimit: 64 * 1024, notReady: () => notReady })
t.teardown(() => counter.close())
let notReady: string | undefined

const hospital = counter.as(L2)
const JSON_TYPE = { 'content-type': 'application/json' }
const MSGPACK_TYPE = { 'content-type': 'application/msgpack' }
const QUOTES = '/v1/quotes'

t.test('who asks', async (t) => {
  const claim = stay(10_000)
  const wrong = [
    {},
    { authorization: 'Bearer demo-H99999999999' },
    { authorization: `Basic demo-${L2}` },
    { authorization: 'Bearer ' },
    { authorization: `Bearer demo-${L2} twice` },
  ]
  for (const headers of wrong) {
    const reply = await hospital.send('POST', QUOTES, JSON.stringify(claim), {
      ...JSON_TYPE,
      authorization: '',
      ...headers,
    })
    t.match(reply, { status: 401, body: { code: 'unauthorized' } })
    t.equal(reply.headers['www-authenticate'], 'Bearer realm="yizhan"')
  }
  t.match(await counter.as(L1).post(QUOTES, claim), {
    status: 403,
    body: {
      code: 'institution-mismatch',
      errors: [{ pointer: '/institutionId', code: 'mismatch' }],
    },
  })
  const roles: [string, string, string, number][] = [
    ['agency', 'POST', QUOTES, 403],
    ['agency', 'POST', '/v1/settlements', 403],
    ['agency', 'POST', '/v1/rebills', 403],
    ['agency', 'POST', '/v1/manual-claims', 400],
    ['agency', 'POST', '/v1/reversals', 403],
    ['agency', 'GET', '/v1/settlements?requestId=a', 403],
    ['agency', 'GET', '/v1/settlements/S999999', 404],
    ['agency', 'POST', '/v1/policy/reload', 403],
    ['agency', 'GET', '/v1/policy', 200],
    ['policy', 'POST', QUOTES, 403],
    ['policy', 'GET', '/v1/settlements/S1', 403],
    ['policy', 'GET', '/v1/settlements/S1/list', 403],
    ['agency', 'GET', '/v1/settlements/S999999/list', 404],
    ['policy', 'POST', '/v1/manual-claims', 403],
    ['registry', 'POST', '/v1/manual-claims', 403],
    ['policy', 'POST', '/v1/persons/lookup', 403],
    ['policy', 'GET', '/v1/persons/CQR1/benefits?on=2012-06-01', 403],
    ['policy', 'POST', '/v1/reconciliations', 403],
    ['policy', 'GET', '/v1/policy', 200],
    [L2, 'POST', '/v1/policy/reload', 403],
    [L2, 'POST', '/v1/manual-claims', 403],
    [L2, 'GET', '/v1/policy', 200],
  ]
  for (const [who, method, url, status] of roles) {
    const as = counter.as(who)
    const reply = method === 'GET' ? await as.get(url) : await as.post(url, {})
    t.equal(reply.status, status, `${who} ${method} ${url}`)
    if (status === 403) t.equal(reply.body.code, 'role-not-allowed')
  }
})

t.test('the key is asked for before the body is read', async (t) => {
  const reply = await counter.as('nobody').send('POST', QUOTES, '{', JSON_TYPE)
  t.equal(reply.status, 401)
})

t.test('no such address', async (t) => {
  const addresses = [
    '/',
    '/v1',
    '/v1/quotes/',
    '/v1/settlements/%zz',
    `/v1/settlements/${'9'.repeat(300)}`,
  ]
  for (const url of addresses) {
    const reply = await hospital.get(url)
    t.match(reply, { status: 404, body: { code: 'not-found' } }, url.slice(0, 40))
    // Longer than what the number of the request may have by chance.
    t.notMatch(reply.bytes, /9{20}|%zz/, 'the address is not repeated')
  }
  for (const method of ['PUT', 'DELETE'] as const) {
    t.equal((await hospital.send(method, QUOTES, undefined, {})).status, 404, method)
  }
})

t.test('unknown fields, wrong types, and nothing coerced', async (t) => {
  const { lines, ...rest } = stay(10_000)
  const claim = { ...rest, lines }
  const faults: [string, object, string, string][] = [
    ['unknown field', { ...claim, surprise: 1 }, '/surprise', 'unknown-field'],
    ['in a line', { ...claim, lines: [line(1, { x: 1 })] }, '/lines/0/x', 'unknown-field'],
    ['an awkward name', { ...claim, 'a/b~c': 1 }, '/a~1b~0c', 'unknown-field'],
    ['a number', { ...claim, '11010119900307123X': 1 }, '/*', 'unknown-field'],
    ['a disease', { ...claim, lines: [line(1, { 'I10.x00': 1 })] }, '/lines/0/*', 'unknown-field'],
    ['words', { ...claim, 高血压: 1 }, '/*', 'unknown-field'],
    ['in the account', { ...claim, account: { maxFen: 1, x: 1 } }, '/account/x', 'unknown-field'],
    ['no requestId on a quote', { ...claim, requestId: 'R' }, '/requestId', 'unknown-field'],
    ['missing', rest, '/lines', 'missing'],
    ['no line', { ...claim, lines: [] }, '/lines', 'too-few'],
    [
      'text for an amount',
      { ...claim, lines: [line(1, { amountFen: '1' })] },
      '/lines/0/amountFen',
      'wrong-type',
    ],
    [
      'a fraction',
      { ...claim, lines: [line(1, { amountFen: 1.5 })] },
      '/lines/0/amountFen',
      'wrong-type',
    ],
    [
      'negative',
      { ...claim, lines: [line(1, { amountFen: -1 })] },
      '/lines/0/amountFen',
      'too-small',
    ],
    [
      'too much',
      { ...claim, lines: [line(1, { amountFen: 1e12 })] },
      '/lines/0/amountFen',
      'too-large',
    ],
    [
      'a number for text',
      { ...claim, lines: [line(1, { quantity: 1 })] },
      '/lines/0/quantity',
      'wrong-type',
    ],
    [
      'not a decimal',
      { ...claim, lines: [line(1, { quantity: '1e2' })] },
      '/lines/0/quantity',
      'wrong-form',
    ],
    [
      'too many places',
      { ...claim, lines: [line(1, { quantity: '1.00001' })] },
      '/lines/0/quantity',
      'wrong-form',
    ],
    [
      'a line break',
      { ...claim, lines: [line(1, { quantity: '1\n' })] },
      '/lines/0/quantity',
      'wrong-form',
    ],
    ['null', { ...claim, approvalId: null }, '/approvalId', 'wrong-type'],
    ['one for a list', { ...claim, diagnoses: 'K35.8' }, '/diagnoses', 'wrong-type'],
    ['true for a number', { ...claim, account: { maxFen: true } }, '/account/maxFen', 'wrong-type'],
    [
      'a number for a flag',
      { ...claim, lines: [line(1, { hospitalApproved: 1 })] },
      '/lines/0/hospitalApproved',
      'wrong-type',
    ],
    ['no such day', { ...claim, admittedOn: '2012-02-30' }, '/admittedOn', 'wrong-form'],
    [
      'a date with time',
      { ...claim, admittedOn: '2012-06-01T00:00:00Z' },
      '/admittedOn',
      'wrong-form',
    ],
    ['a kind of care', { ...claim, careType: 'Inpatient' }, '/careType', 'not-one-of-the-values'],
    ['an id too long', { ...claim, personId: 'P'.repeat(41) }, '/personId', 'wrong-form'],
    ['an id with a space', { ...claim, personId: 'CQ R1' }, '/personId', 'wrong-form'],
    ['no object', [], '', 'wrong-type'],
  ]
  for (const [what, body, pointer, code] of faults) {
    for (const reply of [
      await hospital.post(QUOTES, body),
      await hospital.postMsgpack(QUOTES, body),
    ]) {
      t.match(
        reply,
        { status: 400, body: { code: 'invalid-request', errors: [{ pointer, code }] } },
        what,
      )
    }
  }
  const all: [what: string, body: object, told: string[]][] = [
    [
      'all that is missing',
      { personId: 'CQR1', lines: [{ lineId: '1', quantity: '1' }] },
      [
        '/institutionId: missing',
        '/careType: missing',
        '/lines/0/code: missing',
        '/lines/0/unitPriceFen: missing',
        '/lines/0/amountFen: missing',
      ],
    ],
    [
      'faults of every kind',
      { ...claim, personId: 'CQ R1', admittedOn: '2012-02-30', nickname: 'x', lines: [] },
      [
        '/nickname: unknown-field',
        '/personId: wrong-form',
        '/admittedOn: wrong-form',
        '/lines: too-few',
      ],
    ],
    ['no more than help', { ...claim, lines: Array(100).fill({}) }, Array(20).fill('missing')],
    [
      'the first one of a large body',
      { lines: [line(1)], diagnoses: ['x'.repeat(4_096)] },
      ['/personId: missing'],
    ],
  ]
  for (const [what, body, told] of all) {
    const { errors, detail } = (await hospital.post(QUOTES, body)).body
    const said = errors.map(
      (one: { pointer: string; code: string }) => `${one.pointer}: ${one.code}`,
    )
    t.match(
      [...said].sort(),
      [...told].sort().map((one) => new RegExp(`${one}$`)),
      what,
    )
    t.equal(said.length, told.length, what)
    t.ok(detail.endsWith(`: ${said.join(', ')}.`), what)
  }
  for (const requestId of ['', 'x'.repeat(65), '报文', 'a\tb', 'a\n']) {
    const reply = await hospital.post('/v1/settlements', { ...claim, requestId })
    t.match(reply, { status: 400, body: { errors: [{ pointer: '/requestId' }] } })
  }
  for (const url of [
    '/v1/settlements',
    '/v1/settlements?requestId=a&requestId=b',
    '/v1/settlements?requestId=a&x=1',
  ]) {
    t.match(await hospital.get(url), { status: 400, body: { code: 'invalid-request' } }, url)
  }
})

t.test('every printable character may stand in a message id', async (t) => {
  const all = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('')
  for (const requestId of [all.slice(0, 64), all.slice(31), ' ', 'A B', '///', '%2F']) {
    const reply = await hospital.post('/v1/settlements', { requestId, ...stay(100) })
    t.equal(reply.status, 201, requestId)
    const found = await hospital.get(`/v1/settlements?requestId=${encodeURIComponent(requestId)}`)
    t.equal(found.bytes, reply.bytes)
  }
})

t.test('bodies that are no bodies', async (t) => {
  const json = (text: string | Buffer, headers = {}) =>
    hospital.send('POST', QUOTES, text, { ...JSON_TYPE, ...headers })
  const good = JSON.stringify(stay(10_000))
  const refused: [string, string | Buffer, string][] = [
    ['no JSON', '{', 'malformed-json'],
    ['nothing', '', 'malformed-json'],
    ['more after it', `${good} {}`, 'malformed-json'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'malformed-json'],
    [
      'beyond 2^53',
      good.replace('"amountFen":10000', '"amountFen":9007199254740993'),
      'malformed-json',
    ],
    ['a key twice', good.replace('{', '{"personId":"CQR2",'), 'duplicate-key'],
    ['a key twice in a line', good.replace('"code"', '"lineId":"2","code"'), 'duplicate-key'],
    ['twice by an escape', good.replace('{', '{"p\\u0065rsonId":"CQR2",'), 'duplicate-key'],
    ['__proto__', good.replace('{', '{"__proto__":{},'), 'malformed-json'],
    ['17 levels', `${'['.repeat(17)}${']'.repeat(17)}`, 'nesting-too-deep'],
  ]
  for (const [what, text, code] of refused) {
    t.match(await json(text), { status: 400, body: { code } }, what)
  }
  t.match((await json(good.replace('{', '{"personId":"CQR2",'))).body.errors, [
    { pointer: '/personId', code: 'duplicate-key' },
  ])
  const msgpack = (bytes: Buffer) => hospital.send('POST', QUOTES, bytes, MSGPACK_TYPE)
  const twice = Buffer.concat([
    Buffer.from([0x82]),
    ...[1, 2].flatMap((n) => [Buffer.from([0xa1, 0x61]), Buffer.from([n])]),
  ])
  t.match(await msgpack(twice), { status: 400, body: { code: 'duplicate-key' } })

  for (const name of ['11010119900307123X', '6217000000000000', 'I10.x00', 'ZX98', '高血压']) {
    const said = Buffer.from(name)
    const packed = [1, 2].flatMap((n) => [Buffer.from([0xd9, said.length]), said, Buffer.from([n])])
    const answers: [Reply, string][] = [
      [await json(`{"${name}":1,"${name}":2}`), '/*'],
      [await json(`{"lines":[{"${name}":{"a":1,"a":2}}]}`), '/lines/0/*/a'],
      [await msgpack(Buffer.concat([Buffer.from([0x82]), ...packed])), '/*'],
      [await hospital.get(`/v1/settlements?requestId=R&${encodeURIComponent(name)}=1`), '/*'],
    ]
    for (const [reply, pointer] of answers) {
      t.match(reply, { status: 400, body: { errors: [{ pointer }] } }, name)
      t.notOk(JSON.stringify(reply.body).includes(name), `${name} is not repeated`)
    }
  }
  t.match(await msgpack(Buffer.from([0xc1])), { status: 400, body: { code: 'malformed-msgpack' } })
  const unsafe = Buffer.from([0xcf, 0, 0x20, 0, 0, 0, 0, 0, 1])
  t.match(await msgpack(unsafe), { status: 400, body: { code: 'malformed-msgpack' } })
  t.match(await msgpack(Buffer.alloc(17, 0x91)), {
    status: 400,
    body: { code: 'nesting-too-deep' },
  })

  const large = JSON.stringify(stay(1, { lines: Array.from({ length: 5000 }, () => line(1)) }))
  t.match(await json(large), {
    status: 413,
    body: { code: 'body-too-large', detail: /at most 65536 bytes/ },
  })
  for (const type of [
    'text/plain',
    'application/xml',
    'application/json; charset=gbk',
    'multipart/form-data',
  ]) {
    const reply = await hospital.send('POST', QUOTES, good, { 'content-type': type })
    t.match(reply, { status: 415, body: { code: 'unsupported-content-type' } }, type)
  }
  t.match(await hospital.send('POST', QUOTES, good, {}), { status: 415 })
  const coded = await json(good, { 'content-encoding': 'gzip' })
  t.match(coded, { status: 415, body: { detail: /without content-encoding/ } })
  t.equal((await json(good, { 'content-encoding': 'identity' })).status, 200)
  t.equal((await json(good, { 'content-type': 'application/json; charset=UTF-8' })).status, 200)
  for (const accept of ['text/html', 'application/xml', 'application/json;q=0']) {
    t.match(await json(good, { accept }), { status: 406, body: { code: 'not-acceptable' } }, accept)
  }
  for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.1']) {
    t.equal((await json(good, { accept })).status, 200, accept)
  }
})

t.test('MessagePack in and out has the same shape on every route', async (t) => {
  const pack = { accept: 'application/msgpack' }
  const both = async (url: string, body?: object) => {
    const json = body === undefined ? await hospital.get(url) : await hospital.post(url, body)
    const packed =
      body === undefined ? await hospital.get(url, pack) : await hospital.postMsgpack(url, body)
    t.match(packed.headers['content-type'], /^application\/msgpack/, url)
    t.strictSame(packed.body, json.body, url)
    return json
  }
  await both(QUOTES, stay(1_000_000))
  await both(QUOTES, stay(30_000_000))
  await both(
    QUOTES,
    stay(1_000_000, {
      lines: [
        line(500),
        line(70_000, { lineId: '2', code: 'DEMO-LIM' }),
        line(70_000, { lineId: '3', code: 'DEMO-C' }),
        line(70_000, { lineId: '4', code: 'DEMO-B10' }),
      ],
    }),
  )
  const original = stay(1_000_000, { personId: 'CQE3', account: { maxFen: 5_000 } })
  const settlement = { requestId: messageId(), ...original }
  await hospital.post('/v1/settlements', settlement)
  const { settlementId } = (await both('/v1/settlements', settlement)).body
  await both(`/v1/settlements/${settlementId}`)
  await both(`/v1/settlements?requestId=${settlement.requestId}`)
  const rebill = {
    requestId: messageId(),
    settlementId,
    replacement: stay(900_000, { personId: 'CQE3' }),
  }
  await hospital.post('/v1/rebills', rebill)
  const replaced = (await both('/v1/rebills', rebill)).body.settlement.settlementId
  const reversal = { requestId: messageId() }
  await hospital.post(`/v1/settlements/${replaced}/reversal`, reversal)
  await both(`/v1/settlements/${replaced}/reversal`, reversal)
  await both(`/v1/settlements/${settlementId}`)
  const chong = { requestId: messageId(), originalRequestId: messageId() }
  await hospital.post('/v1/reversals', chong)
  await both('/v1/reversals', chong)
  await both('/v1/persons/lookup', { kind: 'social-security-card', value: 'DEMO00004' })
  await both('/v1/persons/CQE3/benefits?on=2012-12-31')
  const sums = { count: 0, totalFen: 0, fundFen: 0, accountFen: 0 }
  await both('/v1/reconciliations', { from: '2026-11-21', to: '2026-11-21', ...sums, rows: [] })
  await both('/v1/policy')
  // A refusal stays a problem document in JSON, whatever was asked for.
  t.match(await hospital.postMsgpack(QUOTES, stay(1, { personId: 'NOBODY' })), { status: 422 })
})

t.test(
  'a replay is the first answer byte for byte, in the encoding that is asked for',
  async (t) => {
    const bodies = [
      stay(1_234_567, { personId: 'CQE1', institutionId: L3, account: { maxFen: 7 } }),
      stay(9_000_000, { institutionId: L3 }),
      stay(30_000_000, { institutionId: L3, approvalId: 'R1' }),
      stay(100, { institutionId: L3 }),
    ]
    const at = counter.as(L3)
    for (const body of bodies) {
      const message = { requestId: messageId(L3), ...body }
      const first = await at.postMsgpack('/v1/settlements', message)
      t.equal(first.status, 201)
      t.notOk(first.headers['idempotency-replayed'])
      const again = await at.postMsgpack('/v1/settlements', message)
      t.equal(again.status, 200)
      t.equal(again.headers['idempotency-replayed'], 'true')
      t.equal(again.bytes, first.bytes)
      const json = await at.post('/v1/settlements', message)
      t.equal(json.status, 200)
      t.strictSame(json.body, first.body)
      const reordered = Object.fromEntries(Object.entries(message).reverse())
      const spelt = JSON.stringify(reordered).replace(/"amountFen":(\d+)/g, '"amountFen":$1.0e0')
      const other = await at.send('POST', '/v1/settlements', spelt, JSON_TYPE)
      t.equal(other.bytes, json.bytes, 'neither order nor spelling is another body')
    }
  },
)

t.test('open routes', async (t) => {
  const anyone = { authorization: '' }
  const head = { method: 'HEAD', url: '/health/ready' } as const
  t.match(await hospital.get('/health/live', anyone), { status: 200, body: { status: 'live' } })
  t.match(await hospital.get('/health/ready', anyone), { status: 200, body: { status: 'ready' } })
  notReady = 'no policy'
  t.match(await hospital.get('/health/ready', anyone), {
    status: 503,
    body: { status: 'not-ready', reason: 'no policy' },
  })
  t.match(await counter.app.inject(head), { statusCode: 503, payload: '' })
  notReady = undefined
  t.match(await counter.app.inject(head), { statusCode: 200, payload: '' })
  t.equal((await hospital.get('/health/live', anyone)).status, 200)
  const docs = await hospital.get('/docs/', anyone)
  t.match(docs, { status: 200, headers: { 'content-type': /^text\/html/ } })
  const [, script] = /<script src="\.?([^"]+swagger-ui-bundle\.js)"/.exec(docs.body) ?? []
  t.equal((await hospital.get(`/docs/${script}`.replace('//', '/'), anyone)).status, 200)
})

t.test('metrics show routes and codes, never persons', async (t) => {
  const secret = '500199197003159927'
  await hospital.post('/v1/persons/lookup', { kind: 'id-card', value: secret })
  await hospital.get('/v1/persons/CQR1/benefits?on=2012-06-01')
  await hospital.get(`/v1/persons/${secret}/benefits?on=2012-06-01`)
  await hospital.get(`/${secret}`)
  const { status, headers, body } = await hospital.get('/metrics', { authorization: '' })
  t.equal(status, 200)
  t.match(headers['content-type'], /^text\/plain/)
  t.match(body, /yizhan_http_request_seconds_count\{route="\/v1\/settlements",status="201"\} \d/)
  t.match(body, /yizhan_refusals_total\{route="\/v1\/quotes",code="duplicate-key"\} \d/)
  t.match(body, /yizhan_ledger_head \d/)
  t.notMatch(body, /CQ[RE]\d|5001991970|H500113|20120610093015|demo-/)
})

t.test('unreadable bytes do not stop the engine', async (t) => {
  for (let size = 0; size < 40; size++) {
    const noise = Buffer.from(Array.from({ length: size }, (_, i) => (i * 97 + size * 31) % 256))
    for (const type of [JSON_TYPE, MSGPACK_TYPE]) {
      const reply = await hospital.send('POST', '/v1/settlements', noise, type)
      t.equal(reply.status, 400)
    }
  }
  t.equal((await hospital.post(QUOTES, stay(1))).status, 200)
})
