import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { L1, L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'

/** 撤销, 冲正 and rebills: exact, once, atomic, and right in whatever order they arrive. */
const SETTLEMENTS = '/v1/settlements'
const ON = '2012-12-31'

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  return { counter, ...desk(counter, L2), agency: counter.as('agency') }
}

/** What one institution does, in short. */
function desk(counter: TestCounter, institutionId: string) {
  const at = counter.as(institutionId)
  return {
    at,
    settle: (body: object, requestId = messageId(institutionId)) =>
      at.post(SETTLEMENTS, { requestId, ...body, institutionId }),
    reverse: (settlementId: string, requestId = messageId(institutionId), more = {}) =>
      at.post(`${SETTLEMENTS}/${settlementId}/reversal`, { requestId, ...more }),
    takeBack: (originalRequestId: string, requestId = messageId(institutionId), more = {}) =>
      at.post('/v1/reversals', { requestId, originalRequestId, ...more }),
    find: (requestId: string) => at.get(`${SETTLEMENTS}?requestId=${requestId}`),
    benefits: async (personId: string, on = ON) => {
      const { body } = await at.get(`/v1/persons/${personId}/benefits?on=${on}`)
      const { personVersion: _, ...year } = body
      return year
    },
  }
}

/** Every number with its sign turned, at all depths; 0 stays 0. */
function negated(value: unknown): unknown {
  if (typeof value === 'number') return 0 - value
  if (typeof value !== 'object' || value === null) return value
  const turned = Object.entries(value).map(([name, member]) => [name, negated(member)])
  return Object.fromEntries(turned)
}

t.test('an ordinary reversal negates exactly and gives everything back', async (t) => {
  const { settle, reverse, benefits, at } = await open(t)
  const before = await benefits('CQE3')
  const bill = stay(1_234_567, { personId: 'CQE3', account: { maxFen: 50_000 } })
  const { body: booked } = await settle(bill)
  t.match(booked.amounts, { deductibleFen: 44_000, accountFen: 50_000 })
  const during = await benefits('CQE3')
  t.equal(during.remaining.accountBalanceFen, before.remaining.accountBalanceFen - 50_000)
  t.equal(during.used.stays, 1)

  const reversal = await reverse(booked.settlementId, 'REV1', { reason: '录入错误' })
  t.equal(reversal.status, 201)
  t.match(reversal.body, {
    requestId: 'REV1',
    status: 'reversed',
    reversalOf: booked.settlementId,
    reversalId: /^R\d+$/,
    policy: booked.policy,
    benefitYear: 2012,
    dependents: { count: 0, moved: [], settlementIds: [] },
    reversedAt: /\+08:00$/,
  })
  t.strictSame(reversal.body.amounts, negated(booked.amounts))
  t.match(reversal.body.funds, [{ fund: 'employee-pool', payFen: -booked.funds[0].payFen }])
  t.match(reversal.body.lines, [{ lineId: '1', amountFen: -1_234_567 }])
  t.strictSame(await benefits('CQE3'), before)

  const seen = await at.get(`${SETTLEMENTS}/${booked.settlementId}`)
  t.strictSame(seen.body, { ...booked, reversedBy: reversal.body.reversalId })
  const again = await reverse(booked.settlementId, 'REV1', { reason: '录入错误' })
  t.equal(again.status, 200)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(again.bytes, reversal.bytes)
  t.match(await reverse(booked.settlementId, 'REV1', { reason: 'another' }), {
    status: 422,
    body: { code: 'request-id-reused' },
  })
  t.match(await reverse(booked.settlementId), {
    status: 409,
    body: { code: 'already-reversed', reversedBy: reversal.body.reversalId },
  })
  t.strictSame(await benefits('CQE3'), before, 'nothing was given back twice')
})

t.test('the id of a reversal belongs to one settlement', async (t) => {
  const { settle, reverse, find } = await open(t)
  const one = (await settle(stay(100_000), 'ONE')).body
  const two = (await settle(stay(200_000), 'TWO')).body
  t.equal((await reverse(one.settlementId, 'REV')).status, 201)
  t.match(await reverse(two.settlementId, 'REV'), {
    status: 422,
    body: { code: 'request-id-reused' },
  })
  t.notOk((await find('TWO')).body.reversedBy)
})

t.test('whose it is', async (t) => {
  const { counter, settle, agency } = await open(t)
  const { settlementId } = (await settle(stay(100_000))).body
  const other = desk(counter, L1)
  t.match(await other.reverse(settlementId), {
    status: 404,
    body: { code: 'settlement-not-found' },
  })
  t.match(await other.reverse('S99999'), { status: 404 })
  t.match(await other.reverse('nonsense'), { status: 404 })
  const url = `${SETTLEMENTS}/${settlementId}/reversal`
  const reversal = await agency.post(url, { requestId: 'A1' })
  t.match(reversal, { status: 201, body: { reversalOf: settlementId } })
  t.equal((await agency.post(url, { requestId: 'A1' })).bytes, reversal.bytes)
  t.match(await agency.post(url, { requestId: 'A2' }), { status: 409 })
})

t.test('reversed twice at once, under two ids and under one', async (t) => {
  const { settle, reverse, benefits } = await open(t)
  const before = await benefits('CQR1')
  for (let round = 0; round < 10; round++) {
    const { settlementId } = (await settle(stay(100_000))).body
    const replies = await Promise.all([reverse(settlementId), reverse(settlementId)])
    t.strictSame(replies.map(({ status }) => status).sort(), [201, 409])
    const second = (await settle(stay(100_000))).body.settlementId
    const id = messageId()
    const copies = await Promise.all([reverse(second, id), reverse(second, id)])
    t.strictSame(copies.map(({ status }) => status).sort(), [200, 201])
    t.equal(copies[0]?.bytes, copies[1]?.bytes)
  }
  t.strictSame(await benefits('CQR1'), before)
})

t.test('dependents: named to those who may see them, only counted to others', async (t) => {
  const { counter, settle, reverse, agency } = await open(t)
  const elsewhere = desk(counter, L1)
  const first = (await settle(stay(100_000))).body
  const mine = (await settle(stay(200_000))).body
  const theirs = (await elsewhere.settle(stay(300_000))).body
  const gone = (await settle(stay(400_000))).body
  await reverse(gone.settlementId)
  await settle(stay(100_000, { personId: 'CQR2' }))
  await settle(stay(100_000, { admittedOn: '2013-06-01', dischargedOn: '2013-06-02' }))

  const { dependents } = (await reverse(first.settlementId, 'D1')).body
  t.equal(dependents.count, 2, 'live ones of the same year and fund')
  t.ok(dependents.moved.includes('2012/resident-pool/paid/inpatient'))
  t.strictSame(dependents.settlementIds, [mine.settlementId])
  // What was the answer stays the answer, whatever happens to the dependents.
  await elsewhere.reverse(theirs.settlementId)
  t.strictSame((await reverse(first.settlementId, 'D1')).body.dependents, dependents)

  const last = (await settle(stay(500_000))).body
  const byAgency = await agency.post(`${SETTLEMENTS}/${mine.settlementId}/reversal`, {
    requestId: 'D2',
  })
  t.strictSame(byAgency.body.dependents.settlementIds, [last.settlementId])
  const { amounts } = (await reverse(last.settlementId)).body
  t.equal(amounts.totalFen, -500_000, 'a dependent is reversed as it was booked')
})

t.test('冲正 after the original', async (t) => {
  const { settle, takeBack, reverse, find, benefits } = await open(t)
  const before = await benefits('CQR1')
  const { body: booked } = await settle(stay(1_000_000), 'LOST')
  const first = await takeBack('LOST', 'C1')
  t.match(first, {
    status: 201,
    body: { outcome: 'reversed', settlementId: booked.settlementId, reversalId: /^R\d+$/ },
  })
  t.strictSame(first.body.amounts, negated(booked.amounts))
  t.strictSame(await benefits('CQR1'), before)
  const same = await takeBack('LOST', 'C1')
  t.equal(same.status, 200)
  t.equal(same.headers['idempotency-replayed'], 'true')
  t.equal(same.bytes, first.bytes)
  const other = await takeBack('LOST', 'C2')
  t.equal(other.status, 200, 'again, under another id')
  t.equal(other.bytes, first.bytes)
  t.match(await takeBack('OTHER', 'C1'), { status: 422, body: { code: 'request-id-reused' } })
  t.match(await reverse(booked.settlementId), { status: 409, body: { code: 'already-reversed' } })
  t.match(await find('LOST'), { status: 200, body: { reversedBy: first.body.reversalId } })
  const retry = await settle(stay(1_000_000), 'LOST')
  t.equal(retry.status, 200)
  t.strictSame(retry.body, booked, 'its first answer, even so')
  t.strictSame(await benefits('CQR1'), before)
})

t.test('冲正 before the original: a tombstone', async (t) => {
  const { counter, settle, takeBack, find, benefits } = await open(t)
  const before = await benefits('CQR1')
  const first = await takeBack('LATE', 'C1')
  t.equal(first.status, 201)
  t.strictSame(first.body, { outcome: 'blocked' })
  t.match(await takeBack('LATE', 'C1'), {
    status: 200,
    headers: { 'idempotency-replayed': 'true' },
  })
  const other = await takeBack('LATE', 'C2')
  t.match(other, { status: 200, body: { outcome: 'blocked' } })
  t.match(await takeBack('NEVER', 'C1'), { status: 422, body: { code: 'request-id-reused' } })
  for (const body of [stay(1_000_000), stay(2_000_000), stay(1, { personId: 'NOBODY' })]) {
    t.match(await settle(body, 'LATE'), { status: 409, body: { code: 'request-blocked' } })
  }
  t.match(await find('LATE'), { status: 404 })
  t.strictSame(await benefits('CQR1'), before)
  const elsewhere = await desk(counter, L1).settle(stay(1_000_000), 'LATE')
  t.equal(elsewhere.status, 201, 'the id is blocked where it was taken back only')
  t.equal((await settle(stay(1_000_000))).status, 201)
})

t.test('冲正 while the original is in work', async (t) => {
  const { counter, settle, takeBack, find } = await open(t)
  counter.hold()
  const settling = settle(stay(1_000_000), 'DURING')
  for (let i = 0; i < 50; i++) await turn()
  const takingBack = takeBack('DURING')
  for (let i = 0; i < 50; i++) await turn()
  counter.release()
  const booked = await settling
  t.equal(booked.status, 201)
  t.match(await takingBack, { status: 201, body: { outcome: 'reversed' } })
  t.match(await find('DURING'), { status: 200, body: { reversedBy: /^R\d+$/ } })
})

t.test('冲正 and original at once: one of the two orders, never a third', async (t) => {
  const { settle, takeBack, benefits } = await open(t)
  const before = await benefits('CQR1')
  for (let round = 0; round < 30; round++) {
    const id = messageId()
    const sent = [() => settle(stay(1_000_000), id), () => takeBack(id), () => takeBack(id)]
    if (round % 2 === 0) sent.reverse()
    const [a, b, c] = await Promise.all(sent.map((send) => send()))
    const [settled, back, again] = round % 2 === 0 ? [c!, b!, a!] : [a!, b!, c!]
    t.strictSame([back.status, again.status].sort(), [200, 201])
    t.equal(back.bytes, again.bytes, 'both are told the same')
    if (back.body.outcome === 'blocked') t.equal(settled.body.code, 'request-blocked')
    else t.strictSame([settled.status, back.body.outcome], [201, 'reversed'])
  }
  t.strictSame(await benefits('CQR1'), before)
})

t.test('冲正 after an ordinary reversal', async (t) => {
  const { settle, reverse, takeBack } = await open(t)
  const { settlementId } = (await settle(stay(1_000_000), 'ORD')).body
  await reverse(settlementId)
  t.match(await takeBack('ORD'), { status: 409, body: { code: 'already-reversed' } })
})

t.test('a rebill is one step: its reversal and its replacement', async (t) => {
  const { at, settle, reverse, find, benefits } = await open(t)
  const { body: original } = await settle(stay(20_000_000), 'FIRST')
  t.equal(original.amounts.fundFen, 7_000_000)
  const message = {
    requestId: 'RB1',
    settlementId: original.settlementId,
    replacement: stay(1_000_000),
    reason: '更正',
  }
  const first = await at.post('/v1/rebills', message)
  t.equal(first.status, 201)
  const { reversal, settlement } = first.body
  t.match(reversal, { requestId: 'RB1', reversalOf: original.settlementId })
  t.strictSame(reversal.amounts, negated(original.amounts))
  t.match(settlement, { requestId: 'RB1', amounts: { totalFen: 1_000_000, fundFen: 582_000 } })
  t.equal((await benefits('CQR1')).remaining.residentPoolFen, 6_418_000)
  t.equal((await benefits('CQR1')).used.stays, 1)

  const again = await at.post('/v1/rebills', message)
  t.equal(again.status, 200)
  t.equal(again.bytes, first.bytes)
  const other = { ...message, replacement: stay(2_000_000) }
  t.match(await at.post('/v1/rebills', other), { status: 422, body: { code: 'request-id-reused' } })
  t.match(await at.post('/v1/rebills', { ...message, requestId: 'RB2' }), {
    status: 409,
    body: { code: 'already-reversed' },
  })
  t.match(await reverse(original.settlementId), { status: 409 })
  t.strictSame((await find('RB1')).body, settlement, 'found by its message id')
  t.match(await find('FIRST'), { body: { reversedBy: reversal.reversalId } })
  const next = {
    requestId: 'RB3',
    settlementId: settlement.settlementId,
    replacement: stay(500_000),
  }
  t.equal((await at.post('/v1/rebills', next)).status, 201, 'a replacement can be replaced')
  t.equal((await benefits('CQR1')).used.stays, 1)
})

t.test('a refused replacement books nothing', async (t) => {
  const { counter, at, settle, find, benefits } = await open(t)
  const { settlementId } = (await settle(stay(1_000_000), 'KEPT')).body
  const before = await benefits('CQR1')
  const { booked } = counter
  const refused: [object, number, string][] = [
    [{ replacement: stay(1, { personId: 'NOBODY' }) }, 422, 'person-unknown'],
    [{ replacement: stay(1, { institutionId: L1 }) }, 403, 'institution-mismatch'],
    [{ settlementId: 'S999999', replacement: stay(1) }, 404, 'settlement-not-found'],
    [{ replacement: { ...stay(1), requestId: 'x' } }, 400, 'invalid-request'],
  ]
  for (const [more, status, code] of refused) {
    const message = { requestId: 'RB', settlementId, ...more }
    t.match(await at.post('/v1/rebills', message), { status, body: { code } }, code)
  }
  t.equal(counter.booked, booked)
  t.notOk((await find('KEPT')).body.reversedBy)
  t.strictSame(await benefits('CQR1'), before)
  const message = { requestId: 'RB', settlementId, replacement: stay(2_000_000) }
  t.equal((await at.post('/v1/rebills', message)).status, 201, 'the id was not used up')
})

t.test('冲正 of a rebill reverses the replacement only', async (t) => {
  const { at, settle, takeBack, find, benefits } = await open(t)
  const before = await benefits('CQR1')
  const { settlementId } = (await settle(stay(1_000_000), 'BASE')).body
  const message = { requestId: 'RB', settlementId, replacement: stay(3_000_000) }
  const { settlement } = (await at.post('/v1/rebills', message)).body
  const back = await takeBack('RB', 'C1')
  t.match(back, {
    status: 201,
    body: { outcome: 'reversed', settlementId: settlement.settlementId },
  })
  t.strictSame(back.body.amounts, negated(settlement.amounts))
  t.match(await find('BASE'), { body: { reversedBy: /^R/ } }, 'the original stays reversed')
  t.strictSame(await benefits('CQR1'), before)
  t.equal((await takeBack('RB', 'C2')).bytes, back.bytes)
  t.equal((await at.post('/v1/rebills', message)).status, 200)

  t.strictSame((await takeBack('RB9', 'C9')).body, { outcome: 'blocked' })
  const { settlementId: base } = (await settle(stay(1_000_000))).body
  t.match(
    await at.post('/v1/rebills', { requestId: 'RB9', settlementId: base, replacement: stay(1) }),
    { status: 409, body: { code: 'request-blocked' } },
  )
  t.match(await find('RB9'), { status: 404 })
})

t.test('rebilled by two at once: one is booked', async (t) => {
  const { at, settle, benefits } = await open(t)
  for (let round = 0; round < 10; round++) {
    const { settlementId } = (await settle(visit(10_000))).body
    const rebill = (totalFen: number) =>
      at.post('/v1/rebills', { requestId: messageId(), settlementId, replacement: visit(totalFen) })
    const replies = await Promise.all([rebill(20_000), rebill(30_000)])
    t.strictSame(replies.map(({ status }) => status).sort(), [201, 409])
    const { settlement } = replies.find(({ status }) => status === 201)!.body
    await at.post(`${SETTLEMENTS}/${settlement.settlementId}/reversal`, { requestId: messageId() })
  }
  t.strictSame((await benefits('CQE1', '2023-12-31')).used, {})
})
