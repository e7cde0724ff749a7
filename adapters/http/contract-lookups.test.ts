import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { L1, L2, L3, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_CREDENTIALS } from '../../fixtures/demo.ts'

/** Who a card belongs to, what a year still holds, whether the books agree, which rules decide. */
const SETTLEMENTS = '/v1/settlements'
const DAY = '2026-11-21'

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const at = counter.as(L2)
  const settle = (body: object, requestId = messageId()) =>
    at.post(SETTLEMENTS, { requestId, ...body })
  return { counter, at, settle }
}

t.test('a person is found by each credential, and only by the whole of it', async (t) => {
  const { at } = await open(t)
  for (const { kind, value, personId } of DEMO_CREDENTIALS) {
    const reply = await at.post('/v1/persons/lookup', { kind, value })
    t.strictSame(reply.body, {
      personId,
      schemes: [personId.includes('R') ? 'resident' : 'employee'],
    })
  }
  const { value } = DEMO_CREDENTIALS[0]!
  const nobody = [
    { kind: 'e-voucher', value },
    { kind: 'id-card', value: value.slice(1) },
    { kind: 'id-card', value: ` ${value}` },
  ]
  for (const body of nobody) {
    const reply = await at.post('/v1/persons/lookup', body)
    t.match(reply, { status: 404, body: { code: 'person-not-found' } })
    t.notOk(reply.bytes.includes(value), 'what was shown is not repeated')
  }
  t.match(await at.post('/v1/persons/lookup', { kind: 'passport', value }), { status: 400 })
  t.match(await at.post('/v1/persons/lookup', { kind: 'id-card', value: 1 }), { status: 400 })
})

t.test('benefits: what was used, what is left, of which year', async (t) => {
  const { at, settle } = await open(t)
  const benefits = (personId: string, on: string) =>
    at.get(`/v1/persons/${personId}/benefits?on=${on}`)
  t.strictSame((await benefits('CQR1', '2012-06-01')).body, {
    personId: 'CQR1',
    year: 2012,
    scheme: 'resident',
    personVersion: 0,
    remaining: {
      residentPoolFen: 7_000_000,
      seriousIllnessFen: 0,
      medicalAidFen: 0,
      tiltAidFen: 0,
      residentOutpatientFen: 30_000,
      residentChronicFen: 100_000,
      residentTwoDiseasesFen: 50_000,
      accountBalanceFen: 0,
    },
    used: {},
  })
  const { body: booked } = await settle(stay(1_000_000))
  const after = (await benefits('CQR1', '2012-01-01')).body
  t.equal(after.personVersion, booked.personVersion)
  t.strictSame(after.used, {
    'in-scope/resident': 1_000_000,
    'resident-pool/base/inpatient': 1_000_000,
    'resident-pool/deductible/inpatient': 30_000,
    'resident-pool/paid/inpatient': 582_000,
    stays: 1,
  })
  t.equal(after.remaining.residentPoolFen, booked.remaining.residentPoolFen)
  t.strictSame((await benefits('CQR1', '2013-01-01')).body.used, {})
  t.equal((await benefits('CQE1', '2012-06-01')).body.remaining.accountBalanceFen, 200_000)
  await settle(stay(30_000_000))
  t.equal((await benefits('CQR1', '2012-06-01')).body.remaining.residentPoolFen, 0)

  t.match(await benefits('NOBODY', '2012-06-01'), {
    status: 404,
    body: { code: 'person-not-found' },
  })
  t.match(await benefits('CQR1', '2009-06-01'), { status: 422, body: { code: 'not-insured' } })
  t.match(await benefits('CQR1', '2011-06-01'), { status: 422, body: { code: 'no-rule-for-date' } })
  t.match(await benefits('CQR1', '2012-6-1'), { status: 400 })
  t.match(await at.get('/v1/persons/CQR1/benefits'), { status: 400 })
})

t.test('books that agree, and books that do not', async (t) => {
  const { counter, at, settle } = await open(t)
  const account = { maxFen: 20_000 }
  const one = (await settle(stay(1_000_000), 'ONE')).body
  const two = (await settle(visit(100_000, { account }), 'TWO')).body
  const three = (await settle(stay(500_000), 'THREE')).body
  await at.post(`${SETTLEMENTS}/${three.settlementId}/reversal`, { requestId: 'THREE' })
  await at.post('/v1/rebills', {
    requestId: 'RB',
    settlementId: one.settlementId,
    replacement: stay(700_000),
  })
  await counter
    .as(L1)
    .post(SETTLEMENTS, { requestId: 'X', ...stay(900_000, { institutionId: L1 }) })
  await at.post('/v1/reversals', { requestId: 'T', originalRequestId: 'NEVER' })
  counter.now += 86_400_000
  await settle(stay(100_000), 'TOMORROW')
  counter.now -= 86_400_000

  const rebilled = (await at.get(`${SETTLEMENTS}?requestId=RB`)).body
  const row = (requestId: string, { amounts }: { amounts: Record<string, number> }, sign = 1) => ({
    requestId,
    totalFen: 0 + sign * amounts['totalFen']!,
    fundFen: 0 + sign * amounts['fundFen']!,
    accountFen: 0 + sign * amounts['accountFen']!,
  })
  const rows = [
    row('ONE', one),
    row('TWO', two),
    row('THREE', three),
    row('THREE', three, -1),
    row('RB', one, -1),
    row('RB', rebilled),
  ]
  const sum = (name: 'totalFen' | 'fundFen' | 'accountFen', of = rows) =>
    of.reduce((total, each) => total + each[name], 0)
  const ours = {
    count: 6,
    totalFen: sum('totalFen'),
    fundFen: sum('fundFen'),
    accountFen: sum('accountFen'),
  }
  t.equal(ours.accountFen, 20_000)
  const ask = (body: object) =>
    at.post('/v1/reconciliations', { from: DAY, to: DAY, ...ours, ...body })

  t.strictSame((await ask({})).body, { balanced: true, ours, differing: [] })
  t.strictSame((await ask({ rows })).body, { balanced: true, ours, differing: [] })
  t.strictSame((await ask({ rows: [...rows].reverse() })).body.balanced, true)
  const bare = rows.map(({ requestId, totalFen }) => ({ requestId, totalFen }))
  t.equal((await ask({ rows: bare })).body.balanced, true, 'rows may leave the parts out')
  for (const name of ['count', 'totalFen', 'fundFen', 'accountFen'] as const) {
    t.match((await ask({ [name]: ours[name] + 1 })).body, { balanced: false, ours, differing: [] })
  }
  t.strictSame((await ask({ rows: rows.slice(1) })).body.differing, [
    { requestId: 'ONE', difference: 'only-ours', ours: rows[0] },
  ])
  const stranger = { requestId: 'GHOST', totalFen: 5, fundFen: 0, accountFen: 0 }
  t.strictSame((await ask({ rows: [...rows, stranger] })).body.differing, [
    { requestId: 'GHOST', difference: 'only-theirs', theirs: stranger },
  ])
  const wrong = { ...rows[1]!, fundFen: rows[1]!.fundFen + 1 }
  t.strictSame((await ask({ rows: [rows[0], wrong, ...rows.slice(2)] })).body, {
    balanced: false,
    ours,
    differing: [{ requestId: 'TWO', difference: 'amounts-differ', ours: rows[1], theirs: wrong }],
  })
  t.match((await ask({ rows: [...rows, rows[0]] })).body.differing, [
    { requestId: 'ONE', difference: 'only-theirs' },
  ])
  t.match((await ask({ to: '2026-11-22' })).body.ours, { count: 7 })
  t.match((await ask({ from: '2026-11-22', to: '2026-11-22' })).body.ours, {
    count: 1,
    totalFen: 100_000,
  })
  t.match((await ask({ from: '2026-11-20', to: '2026-11-20' })).body.ours, {
    count: 0,
    totalFen: 0,
  })
  t.match(await ask({ from: '2026-11-22' }), {
    status: 400,
    body: { errors: [{ pointer: '/to' }] },
  })
  t.match(
    (await counter.as(L3).post('/v1/reconciliations', { from: DAY, to: DAY, ...ours })).body,
    {
      balanced: false,
      ours: { count: 0 },
    },
  )
})

t.test('a hundred thousand rows under one id are compared in good time', async (t) => {
  const counter = await openTestCounter({ bodyLimit: 8_000_000 })
  t.teardown(() => counter.close())
  const rows = Array.from({ length: 100_000 }, () => ({ requestId: 'a', totalFen: 1 }))
  const sums = { count: 0, totalFen: 0, fundFen: 0, accountFen: 0 }
  // What others do on the machine is no time of this.
  const began = process.cpuUsage()
  const reply = await counter
    .as(L2)
    .post('/v1/reconciliations', { from: DAY, to: DAY, ...sums, rows })
  t.equal(reply.body.differing.length, 100_000)
  const { user, system } = process.cpuUsage(began)
  t.ok(user + system < 10_000_000, `${user + system} μs of CPU time`)
})

t.test('the policy: what is loaded, and reloading', async (t) => {
  const { counter, at, settle } = await open(t)
  const officer = counter.as('policy')
  const { body: before } = await at.get('/v1/policy')
  const [pack] = before.packs
  t.match(pack, {
    pack: 'chongqing',
    title: '重庆市',
    hash: /^[0-9a-f]{64}$/,
    from: '2012-01-01',
    until: '2025-01-01',
    knownAt: '2026-11-21T10:00:00.000+08:00',
    catalogue: 'national',
    catalogueHash: /^[0-9a-f]{64}$/,
  })
  counter.now += 3_600_000
  t.strictSame((await officer.post('/v1/policy/reload', {})).body, before, 'nothing new')
  t.strictSame((await officer.send('POST', '/v1/policy/reload', undefined, {})).body, before)

  const first = (await settle(stay(1_000_000), 'OLD')).body
  const rate = 'chongqing/resident/inpatient-rate.yaml'
  counter.editRules(rate, 'ratePermyriad: 6000', 'ratePermyriad: 60000')
  counter.editRules('chongqing/resident/inpatient-cap.yaml', 'capFen: 7000000', 'capFen: seven')
  const refused = await officer.post('/v1/policy/reload', {})
  t.match(refused, { status: 422, body: { code: 'policy-invalid' } })
  t.ok(refused.body.problems.length >= 2, 'every error')
  t.ok(refused.body.problems.some((problem: string) => /inpatient-rate\.yaml/.test(problem)))
  t.ok(refused.body.problems.some((problem: string) => /inpatient-cap\.yaml/.test(problem)))
  t.strictSame((await at.get('/v1/policy')).body, before, 'the version before stays')
  t.equal((await settle(stay(1_000_000))).body.policy.hash, pack.hash)

  counter.editRules(rate, 'ratePermyriad: 60000', 'ratePermyriad: 5000')
  counter.editRules('chongqing/resident/inpatient-cap.yaml', 'capFen: seven', 'capFen: 7000000')
  const loaded = await officer.post('/v1/policy/reload', {})
  t.equal(loaded.status, 200)
  t.not(loaded.body.packs[0].hash, pack.hash)
  t.equal(loaded.body.packs[0].knownAt, '2026-11-21T11:00:00.000+08:00')
  t.equal((await settle(stay(1_000_000))).body.amounts.fundFen, 485_000)
  t.strictSame((await at.get(`${SETTLEMENTS}?requestId=OLD`)).body, first, 'booked is booked')
  t.strictSame((await settle(stay(1_000_000), 'OLD')).body, first)

  t.ok(loaded.body.packs.length > 1)
  for (const { pack } of loaded.body.packs) {
    rmSync(join(counter.rulesFolder, pack), { recursive: true })
  }
  t.match(await officer.post('/v1/policy/reload', {}), { status: 422 }, 'no rules at all')
  writeFileSync(join(counter.rulesFolder, 'junk'), 'x')
  t.equal((await at.get('/v1/policy')).body.packs[0].hash, loaded.body.packs[0].hash)
})

t.test('quotes while the rules are swapped are wholly of one version', async (t) => {
  const { counter, at } = await open(t)
  const rate = 'chongqing/resident/inpatient-rate.yaml'
  const seen = new Set<string>()
  const quoting = (async () => {
    for (let i = 0; i < 60; i++) {
      const { body } = await at.post('/v1/quotes', stay(1_000_000))
      seen.add(`${body.policy.hash} ${body.amounts.fundFen}`)
    }
  })()
  for (const [from, to] of [
    ['6000', '5900'],
    ['5900', '6000'],
  ] as const) {
    counter.editRules(rate, `level: 2, ratePermyriad: ${from}`, `level: 2, ratePermyriad: ${to}`)
    await counter.as('policy').post('/v1/policy/reload', {})
  }
  await quoting
  t.equal(new Set([...seen].map((pair) => pair.split(' ')[0])).size, seen.size, [...seen].join())
})
