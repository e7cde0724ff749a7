import { connect } from 'node:net'
import t from 'tap'
import {
  inYear,
  L2,
  L3,
  line,
  messageId,
  PHARMACY,
  stay,
  visit,
} from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'

/** Corners where an auditor once found a wrong answer; each stays as the case that shows it. */

async function open(t: { teardown(end: () => unknown): unknown }): Promise<TestCounter> {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  return counter
}

t.test('an id that names a settlement and a rebill: 冲正 undoes the later', async (t) => {
  const hospital = (await open(t)).as(L2)
  const id = messageId()
  const first = await hospital.post('/v1/settlements', {
    requestId: id,
    ...stay(100_000, { personId: 'CQR3' }),
  })
  const other = await hospital.post('/v1/settlements', { requestId: messageId(), ...stay(200_000) })
  const rebilled = await hospital.post('/v1/rebills', {
    requestId: id,
    settlementId: other.body.settlementId,
    replacement: stay(300_000),
  })
  t.equal(rebilled.status, 201)
  const replacement = rebilled.body.settlement.settlementId
  t.match(await hospital.get(`/v1/settlements?requestId=${id}`), {
    status: 200,
    body: { settlementId: replacement },
  })
  const message = { requestId: messageId(), originalRequestId: id }
  t.match(await hospital.post('/v1/reversals', message), {
    status: 201,
    body: { outcome: 'reversed', settlementId: replacement },
  })
  const kept = await hospital.get(`/v1/settlements/${first.body.settlementId}`)
  t.equal(kept.body.reversedBy, undefined, 'the other patient’s settlement is untouched')
})

t.test('a settlement rebilled under its own id can still be undone', async (t) => {
  const hospital = (await open(t)).as(L2)
  const id = messageId()
  const settled = await hospital.post('/v1/settlements', { requestId: id, ...stay(100_000) })
  const { settlementId } = settled.body
  await hospital.post('/v1/rebills', { requestId: id, settlementId, replacement: stay(300_000) })
  const message = { requestId: messageId(), originalRequestId: id }
  t.match(await hospital.post('/v1/reversals', message), {
    status: 201,
    body: { outcome: 'reversed' },
  })
  const { used } = (await hospital.get('/v1/persons/CQR1/benefits?on=2012-12-31')).body
  t.same(used, {}, 'nothing is left of either')
})

t.test('a quote is not kept when only the deductible would differ', async (t) => {
  const hospital = (await open(t)).as(L3)
  const capped = { personId: 'CQE3', institutionId: L3, ...inYear(2016) }
  await hospital.post('/v1/settlements', {
    requestId: messageId(L3),
    ...stay(100_000_000, capped),
  })
  const claim = stay(300_000, capped)
  const quoted = await hospital.post('/v1/quotes', claim)
  t.equal(quoted.body.amounts.fundFen, 0, 'the caps are used up, the funds pay nothing either way')
  await hospital.post('/v1/settlements', { requestId: messageId(L3), ...stay(50_000, capped) })
  const { quoteId } = quoted.body
  t.match(await hospital.post('/v1/settlements', { requestId: messageId(L3), quoteId, ...claim }), {
    status: 409,
    body: {
      code: 'quote-moved',
      moved: ['person'],
      quoted: { deductibleFen: 79_200 },
      now: { deductibleFen: 70_400 },
    },
  })
})

t.test('who read an empty account depends on whoever emptied it', async (t) => {
  const counter = await open(t)
  const pharmacy = counter.as(PHARMACY)
  const purchase = (personId: string, account: object) => ({
    requestId: messageId(PHARMACY),
    personId,
    institutionId: PHARMACY,
    careType: 'pharmacy',
    servedOn: '2012-06-01',
    account,
    lines: [line(250_000)],
  })
  const all = { maxFen: 250_000 }
  await pharmacy.post('/v1/settlements', purchase('CQE1', all))
  const emptied = await pharmacy.post('/v1/settlements', purchase('CQE2', all))
  t.equal(emptied.body.amounts.accountFen, 200_000)
  const leaned = await pharmacy.post(
    '/v1/settlements',
    purchase('CQE1', { maxFen: 5_000, sharedFrom: 'CQE2' }),
  )
  t.equal(leaned.body.amounts.accountFen, 0, 'both accounts are empty')
  const { settlementId } = emptied.body
  const reversed = await pharmacy.post(`/v1/settlements/${settlementId}/reversal`, {
    requestId: messageId(PHARMACY),
  })
  t.match(reversed.body.dependents, {
    count: 1,
    moved: ['balance'],
    settlementIds: [leaned.body.settlementId],
  })
})

t.test('a refused replacement is pointed at where the message has it', async (t) => {
  const hospital = (await open(t)).as(L2)
  const { body } = await hospital.post('/v1/settlements', {
    requestId: messageId(),
    ...stay(100_000),
  })
  const replacement = stay(100_000, { lines: [line(100_000, { code: 'NOPE' })] })
  const rebill = { requestId: messageId(), settlementId: body.settlementId, replacement }
  t.match(await hospital.post('/v1/rebills', rebill), {
    status: 422,
    body: { code: 'unknown-item', errors: [{ pointer: '/replacement/lines/0/code' }] },
  })
})

t.test('the order of the rows does not matter to a reconciliation', async (t) => {
  const hospital = (await open(t)).as(L2)
  const id = messageId()
  const { body } = await hospital.post('/v1/settlements', { requestId: id, ...stay(100_000) })
  const rebill = { requestId: id, settlementId: body.settlementId, replacement: stay(300_000) }
  const { settlement } = (await hospital.post('/v1/rebills', rebill)).body
  const rowOf = ({ amounts }: { amounts: Record<string, number> }, sign = 1) => ({
    requestId: id,
    totalFen: sign * amounts['totalFen']!,
    fundFen: sign * amounts['fundFen']!,
    accountFen: 0,
  })
  const rows = [rowOf(body), rowOf(body, -1), rowOf(settlement)]
  const sum = (name: 'totalFen' | 'fundFen') => rows.reduce((total, row) => total + row[name], 0)
  const books = {
    from: '2000-01-01',
    to: '2100-01-01',
    count: 3,
    totalFen: sum('totalFen'),
    fundFen: sum('fundFen'),
    accountFen: 0,
  }
  for (const ordered of [rows, rows.toReversed()]) {
    const answer = await hospital.post('/v1/reconciliations', { ...books, rows: ordered })
    t.match(answer.body, { balanced: true, differing: [] })
  }
})

t.test('a question that comes right behind a settlement finds it', async (t) => {
  const { app } = await open(t)
  const { port, hostname } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  for (let n = 0; n < 20; n++) {
    const requestId = messageId(L2)
    const body = JSON.stringify({ requestId, ...visit(1_000) })
    const head = `host: yizhan\r\nauthorization: Bearer demo-${L2}`
    const type = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
    const question = `GET /v1/settlements?requestId=${requestId} HTTP/1.1\r\n${head}`
    // On one connection, so that the server has both in one turn and in this order.
    const socket = connect(Number(port), hostname).setEncoding('utf8')
    socket.write(`POST /v1/settlements HTTP/1.1\r\n${head}\r\n${type}\r\n\r\n${body}`)
    socket.write(`${question}\r\nconnection: close\r\n\r\n`)
    let answers = ''
    for await (const text of socket) answers += text
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    t.strictSame(statuses, ['201', '200'])
  }
})

t.test('what Node would refuse without a word is answered as everything else is', async (t) => {
  const { app } = await open(t)
  const { port, hostname } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const head = `authorization: Bearer demo-${L2}\r\nconnection: close`
  const CASES = [
    [
      'no host',
      `GET /v1/policy HTTP/1.1\r\n${head}`,
      /^HTTP\/1\.1 400 .*"code":"invalid-request"/s,
    ],
    ['no host on an older version', `GET /v1/policy HTTP/1.0\r\n${head}`, /^HTTP\/1\.1 200 /],
    [
      'an expectation that nobody knows',
      `GET /v1/policy HTTP/1.1\r\nhost: yizhan\r\nexpect: 200-ok\r\n${head}`,
      /^HTTP\/1\.1 200 /,
    ],
  ] as const
  for (const [what, request, expected] of CASES) {
    const socket = connect(Number(port), hostname).setEncoding('utf8')
    socket.write(`${request}\r\n\r\n`)
    let answer = ''
    for await (const text of socket) answer += text
    t.match(answer, expected, what)
    t.match(answer, /\r\nx-request-id: \S+\r\n(.*\r\n)*server-timing: \S+/, what)
  }
})
