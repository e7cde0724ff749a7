import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { bookOpenings } from '../../engine/counter/openings.ts'
import { L1, L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import type { Reply } from '../../fixtures/counter/terminal.ts'
import { Gate, openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'

/** Message ids: booked at most once, found again for ever, and certain when nothing is there. */
const counter = await openTestCounter()
t.teardown(() => counter.close())
const hospital = counter.as(L2)
const SETTLEMENTS = '/v1/settlements'
const settle = (requestId: string, body: object) =>
  hospital.post(SETTLEMENTS, { requestId, ...body })
const find = (requestId: string) =>
  hospital.get(`${SETTLEMENTS}?requestId=${encodeURIComponent(requestId)}`)
const statusOf = ({ status }: Reply) => status

/** Long enough for everything that can happen to have happened. */
async function whileNothingMoves(): Promise<void> {
  for (let i = 0; i < 50; i++) await turn()
}

t.test('replayed byte for byte, also after a reversal', async (t) => {
  const requestId = messageId()
  const first = await settle(requestId, stay(1_000_000))
  t.equal(first.status, 201)
  t.equal(first.headers['idempotency-replayed'], undefined)
  const { settlementId } = first.body
  for (const before of [true, false]) {
    const again = await settle(requestId, stay(1_000_000))
    t.equal(again.status, 200)
    t.equal(again.headers['idempotency-replayed'], 'true')
    t.equal(again.bytes, first.bytes)
    if (before) {
      const reversal = { requestId: messageId() }
      t.equal(
        (await hospital.post(`${SETTLEMENTS}/${settlementId}/reversal`, reversal)).status,
        201,
      )
    }
  }
  t.match(await find(requestId), { status: 200, body: { ...first.body, reversedBy: /^R\d+$/ } })
})

t.test('another body under the id, whatever is different', async (t) => {
  const requestId = messageId()
  t.equal((await settle(requestId, stay(1_000_000))).status, 201)
  const others = [
    stay(1_000_001),
    stay(1_000_000, { diagnoses: ['K35.8'] }),
    stay(1_000_000, { quoteId: 'anything' }),
    stay(1_000_000, { personId: 'NOBODY' }),
    stay(1_000_000, { approvalId: 'R99' }),
  ]
  for (const other of others) {
    t.match(await settle(requestId, other), {
      status: 422,
      body: { code: 'request-id-reused', errors: [{ pointer: '/requestId', code: 'reused' }] },
    })
  }
})

t.test('a refusal uses no id up and is decided afresh', async (t) => {
  const requestId = messageId()
  const wrong = stay(1_000_000, { personId: 'NOBODY' })
  for (let i = 0; i < 2; i++) {
    t.match(await settle(requestId, wrong), { status: 422, body: { code: 'person-unknown' } })
  }
  t.equal((await find(requestId)).status, 404)
  t.equal((await settle(requestId, stay(1_000_000))).status, 201)
})

t.test('the id is the institution’s and the operation’s own', async (t) => {
  const requestId = messageId()
  const mine = await settle(requestId, stay(500_000))
  const theirs = await counter.as(L1).post(SETTLEMENTS, {
    requestId,
    ...stay(600_000, { institutionId: L1 }),
  })
  t.equal(theirs.status, 201)
  t.equal((await find(requestId)).bytes, mine.bytes)
  t.equal((await counter.as(L1).get(`${SETTLEMENTS}?requestId=${requestId}`)).bytes, theirs.bytes)
  const { settlementId } = mine.body
  const url = `${SETTLEMENTS}/${settlementId}/reversal`
  t.equal((await hospital.post(url, { requestId })).status, 201, 'a reversal under the same id')
  t.equal((await settle(requestId, stay(500_000))).bytes, mine.bytes)
})

t.test('the same twice at once', async (t) => {
  for (let round = 0; round < 20; round++) {
    const requestId = messageId()
    const copies = Array.from({ length: 5 }, () => settle(requestId, stay(1_000_000)))
    const replies = await Promise.all(copies)
    t.strictSame(replies.map(statusOf).sort(), [200, 200, 200, 200, 201])
    t.equal(new Set(replies.map(({ bytes }) => bytes)).size, 1)
  }
})

t.test('another body under the id at once: one is booked', async (t) => {
  for (let round = 0; round < 20; round++) {
    const requestId = messageId()
    const [one, other] = await Promise.all([
      settle(requestId, stay(1_000_000)),
      settle(requestId, stay(2_000_000)),
    ])
    t.strictSame([one, other].map(statusOf).sort(), [201, 422])
    t.equal((await find(requestId)).bytes, (one.status === 201 ? one : other).bytes)
  }
})

t.test('whoever asks by id waits while it is in work', async (t) => {
  const requestId = messageId()
  counter.hold()
  let answered = 0
  const count = (reply: Reply) => {
    answered += 1
    return reply
  }
  const settling = settle(requestId, stay(1_000_000)).then(count)
  await whileNothingMoves()
  const asking = [find(requestId), find(requestId), settle(requestId, stay(1_000_000))].map((it) =>
    it.then(count),
  )
  await whileNothingMoves()
  t.equal(answered, 0, 'nobody is told anything yet')
  counter.release()
  const first = await settling
  t.equal(first.status, 201)
  for (const reply of await Promise.all(asking)) {
    t.equal(reply.status, 200)
    t.equal(reply.bytes, first.bytes)
  }
})

t.test('also while it still gathers what it will be decided on', async (t) => {
  const gate = new Gate()
  const ledger = openMemoryLedger({ schedule: gate.schedule, foldsByItself: false })
  const counter = await openTestCounter({ ledger })
  t.teardown(() => counter.close())
  // Another thread books for the person, so that this one has to ask the writer first.
  const opening = { personId: 'CQR1', accumulators: { '2012/in-scope/resident': 1 } }
  await bookOpenings(ledger.view(), 'elsewhere', [opening], 0, { pause: async () => {} })
  const at = counter.as(L2)
  gate.hold()
  const settling = at.post(SETTLEMENTS, { requestId: 'G', ...stay(1_000_000) })
  await whileNothingMoves()
  const asking = at.get(`${SETTLEMENTS}?requestId=G`)
  await whileNothingMoves()
  gate.release()
  t.equal((await settling).status, 201)
  t.equal((await asking).bytes, (await settling).bytes)
})

t.test('many that wait for one id never work at the same time', async (t) => {
  // The first is refused, so that the next has to begin when it ends: one of them, not all.
  const requestId = messageId()
  const { inWork } = counter.ports
  const key = `${L2}/settlement/${requestId}`
  let working = 0
  let most = 0
  const work = async () => {
    working += 1
    most = Math.max(most, working)
    await turn()
    working -= 1
  }
  await Promise.all(Array.from({ length: 10 }, () => inWork.run(key, work)))
  t.equal(most, 1)
  await t.resolves(inWork.done(key))
})

t.test('404 for what was never booked, and for what is another’s', async (t) => {
  const requestId = messageId()
  t.match(await find(requestId), { status: 404, body: { code: 'settlement-not-found' } })
  const { settlementId } = (await settle(requestId, stay(1_000_000))).body
  const byId = await hospital.get(`${SETTLEMENTS}/${settlementId}`)
  t.equal(byId.bytes, (await find(requestId)).bytes)
  for (const id of ['S0', 'S01', 'S999999', 'S99999999999', 'R1', 'S1', '1', `${settlementId}x`]) {
    t.match(await hospital.get(`${SETTLEMENTS}/${id}`), { status: 404 }, id)
  }
  t.equal((await counter.as(L1).get(`${SETTLEMENTS}/${settlementId}`)).status, 404)
  t.equal((await counter.as(L1).get(`${SETTLEMENTS}?requestId=${requestId}`)).status, 404)
  const agency = await counter.as('agency').get(`${SETTLEMENTS}/${settlementId}`)
  t.equal(agency.bytes, byId.bytes)
})

t.test('retries under load: every message once, every retry the same bytes', async (t) => {
  const firsts = new Map<string, Reply>()
  const messages = Array.from({ length: 60 }, (_, i) => ({
    requestId: messageId(),
    ...visit(10_000 + i, { personId: i % 2 === 0 ? 'CQE1' : 'CQE2', servedOn: '2024-03-01' }),
  }))
  const all = [...messages, ...messages, ...messages]
  const replies = await Promise.all(all.map((body) => hospital.post(SETTLEMENTS, body)))
  replies.forEach((reply, index) => {
    const { requestId } = all[index]!
    const first = firsts.get(requestId) ?? reply
    firsts.set(requestId, first)
    if (reply.bytes !== first.bytes || reply.status >= 300) t.fail(`${requestId}: ${reply.bytes}`)
  })
  t.equal(replies.filter(({ status }) => status === 201).length, messages.length)
  const positions = [...firsts.values()].map(({ body }) => body.settlementId)
  t.equal(new Set(positions).size, messages.length)
})
