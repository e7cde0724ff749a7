import t from 'tap'
import { L1, L2, L3, messageId, stay } from '../../fixtures/counter/bills.ts'
import type { Reply, Terminal } from '../../fixtures/counter/terminal.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { REGIONS, requestOf } from '../../fixtures/nhsa/regions.ts'
import { Random } from '../../fixtures/random.ts'
import { UNSIGNED } from '../nhsa/settings.ts'
import { Admission } from './admission.ts'
import { SharedPlaces } from './shared-places.ts'

/** What is taken on and what is shed: the rule by itself, in simulated time, and in the application. */

t.test('places are shared, and some are left for whoever has none', async (t) => {
  const cases: [string, string[], Record<string, number>][] = [
    ['one sender alone', ['a'], { a: 20 }],
    ['two that take what they can', ['a', 'b'], { a: 12, b: 12 }],
    ['many', ['a', 'b', 'c', 'd', 'e'], { a: 5, b: 5, c: 5, d: 5, e: 5 }],
  ]
  for (const [what, senders, expected] of cases) {
    const places = new SharedPlaces()
    const held = Object.fromEntries(senders.map((sender) => [sender, 0]))
    for (let turn = 0; turn < 100; turn++) {
      for (const sender of senders) {
        if (!places.hasOneFor(sender, 30)) continue
        places.take(sender)
        held[sender]! += 1
      }
    }
    for (const sender of senders) {
      const [is, should] = [held[sender]!, expected[sender]!]
      t.ok(Math.abs(is - should) <= 1, `${what}: ${sender} holds ${is}, about ${should}`)
    }
    t.ok(places.hasOneFor('new', 30), `${what}: somebody else finds a place`)
    for (const sender of senders) while (held[sender]!-- > 0) places.giveBack(sender)
    t.equal(places.taken, 0)
    t.notOk(places.hasOneFor('new', 0))
  }
})

t.test(
  'a burst is taken as it comes; a standing queue is cut to what is done in time',
  async (t) => {
    const said: boolean[] = []
    const admission = new Admission({
      inWorkMax: 900,
      shedToMs: 10,
      onChange: (isShedding) => said.push(isShedding),
    })
    const fill = (now: number) => {
      let taken = 0
      while (admission.enter('a', now)) taken += 1
      return taken
    }
    const leave = (count: number) => {
      for (let n = 0; n < count; n++) admission.leave('a')
    }
    t.equal(fill(0), 600, 'two thirds of the whole')
    t.strictSame(said, [true])
    leave(500)
    t.equal(fill(50), 0, 'only what is left of the queue is worked on')
    leave(100)
    t.equal(fill(99), 22, 'at first two thirds of the least')
    leave(22)
    // 622 were done in these 100 ms: 62 in ten.
    t.equal(fill(100), 42)
    leave(42)
    t.equal(fill(200), 22, 'but never less than the least')
    leave(22)
    for (let n = 0; n < 50; n++) leave(fill(250))
    t.equal(fill(300), 75, '1,122 were done since 200')
    leave(75)
    t.equal(fill(1_199), 22, 'a second has not passed')
    leave(22)
    t.ok(admission.admits('a', 2_200), 'nothing was shed for a second')
    t.strictSame(said, [true, false])
    t.equal(fill(2_200), 600, 'a burst is taken again')
    t.strictSame(said, [true, false, true])
    leave(500)
    t.equal(fill(2_250), 0, 'and its queue is cut again')
  },
)

/**
 * A server that does `perMs` requests a millisecond, first come, first served, for ten seconds: which
 * share of each sender's requests was taken on, and how long these were in work at the 99th percentile.
 */
function simulate(perMs: number, rates: Readonly<Record<string, number>>) {
  const admission = new Admission({ inWorkMax: 256, shedToMs: 10 })
  const random = new Random(7, 'overload')
  const gap = () => -Math.log((random.next() + 1) / 2 ** 32)
  const names = Object.keys(rates)
  const sent = new Map(names.map((name) => [name, 0]))
  const taken = new Map(names.map((name) => [name, 0]))
  const queue: { readonly name: string; readonly at: number }[] = []
  const times: number[] = []
  let due = 0
  let done = 0
  for (let now = 0; now < 10_000; now++) {
    for (due += perMs; due >= 1 && queue.length > 0; due -= 1) {
      const { name, at } = queue.shift()!
      admission.leave(name)
      done += 1
      // After the burst that comes before anything is shed.
      if (at >= 1_000) times.push(now - at)
    }
    due = Math.min(due, 1)
    for (const name of names) {
      for (let at = gap(); at < rates[name]!; at += gap()) {
        sent.set(name, sent.get(name)! + 1)
        if (!admission.enter(name, now)) continue
        taken.set(name, taken.get(name)! + 1)
        queue.push({ name, at: now })
      }
    }
  }
  const kept = Object.fromEntries(names.map((name) => [name, taken.get(name)! / sent.get(name)!]))
  return { kept, p99: times.sort((a, b) => a - b)[Math.floor(0.99 * times.length)]!, done }
}

t.test(
  'in simulated time: latency is bounded, work is done, an honest sender keeps its own',
  (t) => {
    const rates: [string, number, Record<string, number>, string[]][] = [
      ['below what can be done', 5, { a: 2, b: 2 }, ['a', 'b']],
      ['one runs away', 5, { runaway: 10, honest: 0.5 }, ['honest']],
      ['one runs far away from a slow server', 1, { runaway: 20, honest: 0.1 }, ['honest']],
      ['one runs away among many', 5, { runaway: 10, a: 0.5, b: 0.5, c: 0.5 }, ['a', 'b', 'c']],
      ['two run away', 5, { one: 10, two: 10, honest: 0.5 }, ['honest']],
    ]
    for (const [what, perMs, load, keeps] of rates) {
      const { kept, p99, done } = simulate(perMs, load)
      for (const name of keeps) {
        t.ok(kept[name]! >= 0.95, `${what}: ${name} keeps ${kept[name]!.toFixed(3)}`)
      }
      const asked = Object.values(load).reduce((sum, rate) => sum + rate, 0)
      const could = Math.min(asked, perMs) * 10_000
      t.ok(done > 0.95 * could, `${what}: ${done} of ${could} were done`)
      // As many as are in work at least take 32 ms where one takes a millisecond.
      t.ok(p99 <= Math.max(15, 35 / perMs), `${what}: p99 ${p99} ms`)
    }
    t.end()
  },
)

const SETTLEMENTS = '/v1/settlements'
const settle = (terminal: Terminal, institutionId: string, requestId = messageId(institutionId)) =>
  terminal.post(SETTLEMENTS, { requestId, ...stay(1_000, { institutionId }) })

t.test(
  'above the limit it sheds by the sender, answers health checks, and books nothing',
  async (t) => {
    const counter = await openTestCounter({ inWorkMax: 6 })
    t.teardown(() => counter.close())
    const greedy = counter.as(L2)
    const other = counter.as(L3)
    // Their keys are known: to find one out asks the ledger.
    for (const [who, at] of [
      [greedy, L2],
      [other, L3],
    ] as const) {
      t.equal((await who.post('/v1/quotes', stay(1_000, { institutionId: at }))).status, 200)
    }
    const headBefore = counter.booked
    counter.hold()
    const ids = Array.from({ length: 8 }, () => messageId())
    const sent = ids.map((id) => settle(greedy, L2, id))
    const shed = await Promise.all(sent.slice(4))
    for (const reply of shed) {
      t.match(reply, {
        status: 503,
        headers: { 'retry-after': '1', 'content-type': /problem\+json/ },
        body: { code: 'overloaded', message: /原报文号/ },
      })
    }
    const here = settle(other, L3)
    t.match(await greedy.get(`${SETTLEMENTS}?requestId=${ids[7]}`), { status: 503 })
    for (const [path, status] of [
      ['/health/live', 200],
      ['/health/ready', 200],
      ['/metrics', 200],
      ['/openapi.json', 200],
    ] as const) {
      t.equal((await greedy.get(path)).status, status, path)
    }
    const known = {
      institution: L2,
      person: 'CQE1',
      idCard: '',
      mdtrtId: '',
      setlId: '',
      lostId: '',
    }
    const { url, payload } = requestOf(REGIONS[1]!, '9001', messageId(), known)
    // By its key it is the greedy one; without one the institution is only claimed.
    const keyed = await greedy.send('POST', url, payload, { 'content-type': 'application/json' })
    t.match(keyed, { status: 200, body: { infcode: -1, err_msg: /系统繁忙/, output: null } })
    counter.release()
    const booked = await Promise.all([...sent.slice(0, 4), here])
    t.strictSame(
      booked.map(({ status }) => status),
      [201, 201, 201, 201, 201],
    )
    t.equal(counter.booked, headBefore + 5, 'as many rows as were acknowledged')
    t.match(await greedy.get(`${SETTLEMENTS}?requestId=${ids[7]}`), { status: 404 })
    const again: Reply[] = []
    for (const id of ids) again.push(await settle(greedy, L2, id))
    t.strictSame(
      again.map(({ status }) => status),
      [200, 200, 200, 200, 201, 201, 201, 201],
      'whoever was shed asks again under the same id, and is booked once',
    )
  },
)

t.test('however a request ends, its place is free again', async (t) => {
  const counter = await openTestCounter({ inWorkMax: 2, bodyLimit: 8_192 })
  t.teardown(() => counter.close())
  const hospital = counter.as(L2)
  const json = { 'content-type': 'application/json' }
  const bill = JSON.stringify(stay(1_000))
  const ends: [string, () => Promise<Reply>, number][] = [
    ['a quote', () => hospital.post('/v1/quotes', stay(1_000)), 200],
    ['a settlement', () => settle(hospital, L2), 201],
    ['no JSON', () => hospital.send('POST', '/v1/quotes', '{', json), 400],
    ['another form', () => hospital.post('/v1/quotes', { a: 1 }), 400],
    [
      'another type',
      () => hospital.send('POST', '/v1/quotes', bill, { 'content-type': 'a/b' }),
      415,
    ],
    ['too large', () => hospital.send('POST', '/v1/quotes', ' '.repeat(9_000), json), 413],
    ['a refusal', () => hospital.post('/v1/quotes', stay(1_000, { personId: 'NOBODY' })), 422],
    ['not there', () => hospital.get('/v1/settlements/S999999'), 404],
    ['not allowed', () => hospital.post('/v1/policy/reload', {}), 403],
    ['no page', () => hospital.get('/v1/settlements/S1/explanation', { accept: 'a/b' }), 406],
    ['no message', () => hospital.send('POST', '/fsi/api/x', '{', json), 200],
  ]
  for (let round = 0; round < 3; round++) {
    for (const [what, send, status] of ends) t.equal((await send()).status, status, what)
  }
})

const NOBODY = 'H50019999999'

t.test(
  'large messages of the interface are counted for whoever has proven who they are',
  async (t) => {
    const senders: string[] = []
    const largeBodies = {
      over: 1_000,
      answer: async (_request: object, { id }: { readonly id: string }) => {
        senders.push(id)
        return undefined
      },
    }
    const signed = {
      infcode: 'number',
      gateway: { family: 'tif', paasId: 'P', token: 'T' },
    } as const
    const nhsa = { default: UNSIGNED.default, institutions: { [L1]: signed } }
    const keys = {
      own: { role: 'institution', id: L2 },
      other: { role: 'institution', id: L3 },
      agency: { role: 'agency', id: 'A' },
    } as const
    const counter = await openTestCounter({ largeBodies, keys, nhsa })
    t.teardown(() => counter.close())
    const cases: readonly (readonly [string, string | undefined, string])[] = [
      [L2, 'own', L2],
      [L2, 'other', L3],
      [L2, 'agency', 'A'],
      // Names are free: whoever makes them up is one sender under all of them.
      [NOBODY, 'wrong', 'nobody'],
      [NOBODY, undefined, 'nobody'],
      // The demo takes whoever is registered at their word.
      [L2, undefined, L2],
      // Its signature is checked by whoever reads the message.
      [L1, undefined, L1],
      [L1, 'other', L1],
    ]
    for (const [named, key, expected] of cases) {
      senders.length = 0
      await counter.app.inject({
        method: 'POST',
        url: '/fsi/api/outpatientDocInfoService/outpatientFeeListUp',
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        payload: `{"infno":"2204","fixmedins_code":"${named}"}${' '.repeat(1_000)}`,
      })
      t.strictSame(senders, [expected], `${named} with ${key ?? 'no key'}`)
    }
    // What is larger than anybody needs to be told what is wrong with it is not read for nobody.
    const tooMuch = ' '.repeat(64 * 1024)
    for (const [named, key, expected] of cases) {
      senders.length = 0
      const { body } = await counter.app.inject({
        method: 'POST',
        url: '/fsi/api/outpatientDocInfoService/outpatientFeeListUp',
        headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
        payload: `{"infno":"2204","fixmedins_code":"${named}"}${tooMuch}`,
      })
      t.strictSame(senders, expected === 'nobody' ? [] : [expected], `${named} with ${key}, 64 KiB`)
      t.equal(body.includes('未能确认报文由哪家'), expected === 'nobody')
    }
    const form = { 'content-type': 'multipart/form-data; boundary=x' }
    const payload = `{"infno":"2204","fixmedins_code":"${L2}"}${' '.repeat(1_000)}`
    const url = '/fsi/api/fileupload/upload'
    senders.length = 0
    await counter.app.inject({ method: 'POST', url, headers: form, payload })
    t.strictSame(senders, [], 'a form is taken apart first')
  },
)
