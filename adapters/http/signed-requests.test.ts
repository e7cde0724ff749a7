import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import t from 'tap'
import { L1, L2, stay } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DatedAhead } from '../access/dated-ahead.ts'
import { type Algorithm, beginSignature, signedHeader } from '../access/signatures.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { encodeMsgpack } from './msgpack-body.ts'

/** Signed requests: who sends them is proven by every byte, in time, and once. */

const SETTLEMENTS = '/v1/settlements'
const BODY = JSON.stringify({ requestId: 'S-1', ...stay(100_000) })

interface Sent {
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  readonly body?: string | Buffer
  readonly type?: string
  readonly headers?: Record<string, string>
}

async function open(t: { teardown(end: () => unknown): void }, options = {}) {
  const counter = await openTestCounter(options)
  t.teardown(() => counter.close())
  // The memory of nonces began today; it is a minute later.
  counter.now += 60_000
  const issue = async (more = {}): Promise<{ key: string; keyId: string }> => {
    const asked = { role: 'institution', holder: L2, signed: true, ...more }
    return (await counter.as('operator').post('/v1/keys', asked)).body
  }
  return { counter, issue }
}

/** Sends what is said, signed as if it were what `signed` says. */
async function send(counter: TestCounter, key: string, sent: Sent, signed: Sent & Signed = {}) {
  const { method = 'POST', path = SETTLEMENTS, body = method === 'GET' ? '' : BODY } = sent
  const said = { method, path, body, ...signed }
  const head = {
    algorithm: signed.algorithm ?? ('HMAC-SM3' as const),
    method: said.method,
    path: said.path,
    timestamp: String(Math.floor((counter.now + (signed.afterMs ?? 0)) / 1_000)),
    nonce: signed.nonce ?? `nonce-${nonces++}`,
  }
  const reply = await counter.app.inject({
    method,
    url: path,
    headers: {
      ...(method === 'GET' ? {} : { 'content-type': sent.type ?? 'application/json' }),
      authorization: (signed.spoil ?? same)(signedHeader(key, head, said.body)),
      ...sent.headers,
    },
    ...(method === 'GET' ? {} : { payload: body }),
  })
  const isJson = String(reply.headers['content-type']).includes('json')
  return { status: reply.statusCode, code: isJson ? reply.json().code : undefined, reply }
}
interface Signed {
  readonly algorithm?: Algorithm
  /** When it was signed, after now. */
  readonly afterMs?: number
  readonly nonce?: string
  readonly spoil?: (authorization: string) => string
}
let nonces = 1_000_000_000
const same = (text: string) => text

t.test('the example of the documents is right', async (t) => {
  const text = readFileSync('docs/security.md', 'utf8')
  const said = (name: string) => new RegExp(`^${name}: +(.*)$`, 'm').exec(text)![1]!
  for (const algorithm of ['HMAC-SM3', 'HMAC-SHA256'] as const) {
    const [method, path, timestamp, nonce] = ['method', 'path', 'timestamp', 'nonce'].map(said)
    const head = { algorithm, method: method!, path: path!, timestamp: timestamp!, nonce: nonce! }
    const secret = said('key').split('.')[1]!
    t.equal(beginSignature(secret, head).update(said('body')).digest('hex'), said(algorithm))
  }
})

t.test('what is signed is done, in either algorithm and encoding', async (t) => {
  const { counter, issue } = await open(t)
  const { key } = await issue()
  t.equal((await send(counter, key, {})).status, 201)
  const again = await send(counter, key, {}, { algorithm: 'HMAC-SHA256', afterMs: 299_000 })
  t.equal(again.status, 200, 'the same message, signed anew: its first answer')
  const packed = encodeMsgpack({ requestId: 'S-2', ...stay(100_000) })
  const type = 'application/msgpack'
  t.equal((await send(counter, key, { body: Buffer.from(packed), type })).status, 201)
  const read = await send(counter, key, { method: 'GET', path: `${SETTLEMENTS}?requestId=S-1` })
  t.equal(read.status, 200)
  t.equal((await send(counter, key, { path: '/v1/quotes', body: '{' })).code, 'malformed-json')
  const { key: registry } = await issue({ role: 'registry', holder: 'r' })
  t.equal((await send(counter, registry, {})).code, 'role-not-allowed')
})

t.test(
  'whatever is not as it was signed, now and for the first time, changes nothing',
  async (t) => {
    const { counter, issue } = await open(t)
    const { key } = await issue()
    const [id, secret] = key.split('.')
    const other = await issue({ holder: L1 })
    const shown = await issue({ signed: false })
    const [revoked, ended] = [await issue(), await issue({ until: '2026-11-22' })]
    await counter.as('operator').send('DELETE', `/v1/keys/${revoked.keyId}`, undefined, {})
    const INVALID = 'signature-invalid'
    const STALE = 'request-stale'
    const CASES: readonly [string, string, Sent, Sent & Signed][] = [
      ['another amount', INVALID, { body: BODY.replace('100000', '100001') }, { body: BODY }],
      ['one more space', INVALID, { body: `${BODY} ` }, { body: BODY }],
      ['no body', INVALID, { body: '' }, { body: BODY }],
      ['another path', INVALID, { path: '/v1/quotes' }, { path: SETTLEMENTS }],
      ['a query', INVALID, { path: `${SETTLEMENTS}?a=1` }, { path: SETTLEMENTS }],
      ['another method', INVALID, {}, { method: 'GET' }],
      ['the other algorithm', INVALID, {}, { spoil: (a) => a.replace('SM3', 'SHA256') }],
      [
        'another time',
        INVALID,
        {},
        { spoil: (a) => a.replace(/timestamp=(\d+)\d/, 'timestamp=$10'), afterMs: 5_000 },
      ],
      ['another nonce', INVALID, {}, { spoil: (a) => a.replace('nonce=', 'nonce=x') }],
      ["another key's id", INVALID, {}, { spoil: (a) => a.replace(id!, other.keyId) }],
      ['no such key', INVALID, {}, { spoil: (a) => a.replace(id!, 'x') }],
      ['a key that is shown', INVALID, {}, { spoil: (a) => a.replace(id!, shown.keyId) }],
      [
        'one wrong digit',
        INVALID,
        {},
        { spoil: (a) => a.replace(/.$/, (d) => (d === '0' ? '1' : '0')) },
      ],
      ['half a signature', 'unauthorized', {}, { spoil: (a) => a.slice(0, -1) }],
      ['a name for nothing', 'unauthorized', {}, { spoil: (a) => a.replace('HMAC', 'MAC') }],
      ['the key itself', 'key-must-sign', {}, { spoil: () => `Bearer ${key}` }],
      ['nearly the key itself', 'unauthorized', {}, { spoil: () => `Bearer ${id}.${secret}A` }],
      ['too old', STALE, {}, { afterMs: -301_000 }],
      ['too new', STALE, {}, { afterMs: 302_000 }],
      ['from before the server began', STALE, {}, { afterMs: -62_000 }],
      ['too large', 'body-too-large', { body: Buffer.alloc(300_000, 32) }, {}],
      [
        'a question that was signed with a body',
        INVALID,
        { method: 'GET', path: `${SETTLEMENTS}?requestId=S-1` },
        { body: 'x' },
      ],
    ]
    const head = () => counter.booked
    const before = head()
    for (const [name, code, sent, signed] of CASES) {
      const { code: answered } = await send(counter, key, sent, signed)
      t.equal(answered, code, name)
      t.equal(head(), before, name)
    }
    t.equal((await send(counter, revoked.key, {})).code, 'key-revoked')
    counter.now += 86_400_000
    t.equal((await send(counter, ended.key, {})).code, 'key-ended')
    t.equal(head(), before)

    const once = { nonce: 'once-and-for-all' }
    t.equal((await send(counter, key, {}, { ...once, body: 'forged' })).code, INVALID)
    t.equal((await send(counter, key, {}, once)).status, 201, 'whoever forges uses up no nonce')
    const booked = head()
    t.equal((await send(counter, key, {}, once)).code, 'nonce-repeated', 'the very same')
    const next = { body: BODY.replace('S-1', 'S-2') }
    t.equal((await send(counter, key, next, once)).code, 'nonce-repeated', 'another message')
    counter.now += 240_000
    const late = { ...once, afterMs: -240_000 }
    t.equal(
      (await send(counter, key, next, late)).code,
      'nonce-repeated',
      'to the end of its window',
    )
    t.equal(head(), booked)
    t.equal(
      (await send(counter, other.key, { method: 'GET', path: '/v1/policy' }, once)).status,
      200,
    )
  },
)

/** What was sent before a start, which may have been a crash, and what of it is taken after it. */
t.test('what was let in before a start is refused after it', async (t) => {
  const datesAt = t.testdir()
  const ledger = openMemoryLedger()
  const { counter, issue } = await open(t, { ledger, datesAt })
  const [fast, other, right] = [await issue(), await issue({ holder: L1 }), await issue()]
  const policy = { method: 'GET', path: '/v1/policy' } as const
  const sent = { afterMs: 240_000, nonce: 'let-in-before-the-start' }
  t.equal((await send(counter, fast.key, policy, sent)).status, 200)
  t.equal((await send(counter, right.key, policy, { nonce: sent.nonce })).status, 200)
  t.equal((await send(counter, fast.key, policy, { ...sent, nonce: 'second-one' })).status, 200)
  const stopped = counter.now

  const again = await open(t, { ledger, datesAt, startsAt: stopped + 5_000 })
  again.counter.now = stopped + 7_000
  const dated = (afterMs: number, nonce: string) => ({ afterMs: afterMs - 7_000, nonce })
  const CASES: readonly [string, string, Signed, number | string][] = [
    ['the very same', fast.key, dated(240_000, sent.nonce), 'request-stale'],
    ['earlier than that', fast.key, dated(100_000, 'third-one'), 'request-stale'],
    ['the same of a right clock', right.key, dated(0, sent.nonce), 'request-stale'],
    ['one of a right clock', right.key, dated(7_000, 'fourth-one'), 200],
    ["another signer's, as far ahead", other.key, dated(240_000, sent.nonce), 200],
    ['later than all of it', fast.key, dated(280_000, 'fifth-one'), 200],
  ]
  for (const [name, key, signed, expected] of CASES) {
    const { status, code } = await send(again.counter, key, policy, signed)
    t.equal(typeof expected === 'string' ? code : status, expected, name)
  }
})

t.test(
  'what is dated ahead is on disk before it is let in, for all who are, and seldom',
  async (t) => {
    const folder = t.testdir()
    const file = join(folder, 'dated-ahead.json')
    let writes = 0
    let last = ''
    const ahead = new DatedAhead(folder)
    for (let second = 0; second < 90; second++) {
      const now = 1_000_000_000 + second * 1_000
      await Promise.all(
        Array.from({ length: 100 }, (_, at) => ahead.note(`key/${at}`, now + 20_000, now)),
      )
      const text = readFileSync(file, 'utf8')
      if (text !== last) writes += 1
      last = text
      const dates: Record<string, number> = JSON.parse(text)
      t.equal(Object.keys(dates).length, 100)
      for (const date of Object.values(dates)) t.ok(date >= now + 20_000 && date <= now + 50_000)
    }
    t.ok(writes <= 6, `${writes} writes`)
    const [end, start] = [1_000_089_000, 1_000_090_000]
    await ahead.note('key/right', end, end)
    // Written beside those that were there before: none of them is forgotten over it.
    await ahead.note('key/last', end + 290_000, end)
    await ahead.close(end)
    const next = new DatedAhead(folder)
    t.equal(next.before('key/0'), end + 20_000, 'without the margin')
    t.equal(next.before('key/last'), end + 290_000)
    t.equal(next.before('key/right'), 0)
    await next.note('key/new', start + 1_000, start)
    t.equal(new DatedAhead(folder).before('key/0'), end + 20_000, 'also after a second start')
    await next.note('key/new', start + 60_000, start + 50_000)
    t.equal(new DatedAhead(folder).before('key/0'), 0, 'until it is past')
    writeFileSync(file, '{')
    t.throws(() => new DatedAhead(folder), /remove it and start .* windowSeconds/)
  },
)

t.test('a key that ends while the body is on the way lets nothing in', async (t) => {
  const { counter, issue } = await open(t)
  const endings: readonly [string, object, (keyId: string) => unknown][] = [
    [
      'key-revoked',
      {},
      (keyId) => counter.as('operator').send('DELETE', `/v1/keys/${keyId}`, undefined, {}),
    ],
    [
      'key-ended',
      { until: '2026-11-22' },
      () => {
        counter.now = Date.UTC(2026, 10, 21, 16)
      },
    ],
  ]
  for (const [code, terms, end] of endings) {
    const { key, keyId } = await issue(terms)
    if (code === 'key-ended') counter.now = Date.UTC(2026, 10, 21, 15, 59)
    const before = counter.booked
    const head = {
      algorithm: 'HMAC-SM3',
      method: 'POST',
      path: SETTLEMENTS,
      timestamp: String(Math.floor(counter.now / 1_000)),
      nonce: `on-the-way-${code}`,
    } as const
    const parts = async function* () {
      yield Buffer.from(BODY.slice(0, 10))
      await end(keyId)
      yield Buffer.from(BODY.slice(10))
    }
    const reply = await counter.app.inject({
      method: 'POST',
      url: SETTLEMENTS,
      headers: {
        'content-type': 'application/json',
        authorization: signedHeader(key, head, BODY),
      },
      payload: Readable.from(parts()),
    })
    t.equal(reply.json().code, code)
    t.equal(counter.booked, before, code)
  }
})

t.test('a large one is proven before it goes elsewhere', async (t) => {
  const sent: unknown[] = []
  const answer = async (request: { readonly requester?: unknown }) => {
    sent.push(request.requester)
    return { status: 200, headers: {}, body: new ArrayBuffer(0) }
  }
  const { counter, issue } = await open(t, { largeBodies: { over: 100, answer } })
  const { key } = await issue()
  const nonce = 'large-once'
  t.equal((await send(counter, key, {}, { body: 'forged', nonce })).code, 'signature-invalid')
  t.strictSame(sent, [])
  t.equal((await send(counter, key, {}, { nonce })).status, 200)
  t.equal((await send(counter, key, {}, { nonce })).code, 'nonce-repeated')
  t.strictSame(sent, [{ role: 'institution', id: L2 }])
})
