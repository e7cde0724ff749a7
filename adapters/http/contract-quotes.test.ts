import t from 'tap'
import { inYear, L1, L2, L3, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_INSTITUTIONS, DEMO_PERSONS } from '../../fixtures/demo.ts'

/** What a quote promises, how long, and what is said when it can no longer be kept. */
const QUOTES = '/v1/quotes'
const SETTLEMENTS = '/v1/settlements'
const RATE_TABLE = 'chongqing/resident/inpatient-rate'

async function open(t: { teardown(end: () => unknown): void }): Promise<TestCounter> {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  return counter
}

t.test('a quote changes nothing and is booked as quoted', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = stay(1_000_000)
  const before = counter.booked
  const quote = await hospital.post(QUOTES, claim)
  t.match(quote, {
    status: 200,
    body: {
      status: 'quoted',
      quoteId: /^[\w-]+\.[\w-]+$/,
      policy: { pack: 'chongqing', hash: /^[0-9a-f]{64}$/, knownAt: /\+08:00$/ },
      personVersion: 0,
      amounts: { totalFen: 1_000_000, deductibleFen: 30_000, fundFen: 582_000, cashFen: 418_000 },
      remaining: { residentPoolFen: 6_418_000 },
    },
  })
  t.notOk('settlementId' in quote.body || 'requestId' in quote.body)
  t.equal(counter.booked, before)
  t.equal((await hospital.post(QUOTES, claim)).bytes, quote.bytes, 'asked again, the same')

  const { quoteId } = quote.body
  const requestId = messageId()
  const booked = await hospital.post(SETTLEMENTS, { requestId, quoteId, ...claim })
  t.equal(booked.status, 201)
  t.match(booked.body, {
    status: 'settled',
    requestId,
    settlementId: /^S\d+$/,
    settledAt: /\+08:00$/,
  })
  const { settlementId: _, requestId: __, settledAt: ___, ...rest } = booked.body
  const { quoteId: ____, ...quoted } = quote.body
  const { clearingMonth: _____, ...clearing } = rest.clearing
  t.strictSame(
    { ...rest, clearing, status: 'quoted', personVersion: 0 },
    quoted,
    'a settlement is its quote, booked',
  )
})

t.test('moved: the person', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = visit(100_000)
  const { quoteId, amounts } = (await hospital.post(QUOTES, claim)).body
  // Another hospital books the year's deductible meanwhile.
  const elsewhere = { requestId: messageId(L1), ...visit(50_000, { institutionId: L1 }) }
  const other = (await counter.as(L1).post(SETTLEMENTS, elsewhere)).body
  const message = { requestId: messageId(), quoteId, ...claim }
  const refused = await hospital.post(SETTLEMENTS, message)
  t.match(refused, { status: 409, body: { code: 'quote-moved', moved: ['person'] } })
  t.equal(refused.body.quoted.patientFen, amounts.patientFen)
  t.match(refused.body.quoted.funds, [{ fund: 'employee-pool', payFen: amounts.fundFen }])
  t.equal(refused.body.now.funds[0].payFen, amounts.fundFen + 12_000, '60 % of 200 yuan more')
  t.notMatch(refused.bytes, new RegExp(`${other.settlementId}"|${L1}`), 'nothing of the other one')
  t.notOk('tables' in refused.body)
  // The refusal has not used the id up.
  t.equal((await hospital.post(SETTLEMENTS, { ...message, quoteId: undefined })).status, 201)
})

t.test('the person moved, the amounts did not: booked', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = stay(1_000_000)
  const { quoteId, amounts } = (await hospital.post(QUOTES, claim)).body
  await hospital.post(SETTLEMENTS, { requestId: messageId(), ...stay(1_000_000, inYear(2013)) })
  const booked = await hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId, ...claim })
  t.equal(booked.status, 201)
  t.strictSame(booked.body.amounts, amounts)
})

t.test('moved: the policy, and which table', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = stay(1_000_000)
  const { quoteId, policy } = (await hospital.post(QUOTES, claim)).body
  const oldRow = '{ grade: 1, level: 2, ratePermyriad: 6000 }'
  counter.editRules(
    'chongqing/resident/inpatient-rate.yaml',
    oldRow,
    oldRow.replace('6000', '6100'),
  )
  t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  const refused = await hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId, ...claim })
  t.match(refused, {
    status: 409,
    body: {
      code: 'quote-moved',
      moved: ['policy'],
      tables: [RATE_TABLE],
      quoted: { funds: [{ payFen: 582_000 }] },
      now: { funds: [{ payFen: 591_700 }] },
    },
  })
  const fresh = (await hospital.post(QUOTES, claim)).body
  t.not(fresh.policy.hash, policy.hash)
  const booked = await hospital.post(SETTLEMENTS, {
    requestId: messageId(),
    quoteId: fresh.quoteId,
    ...claim,
  })
  t.match(booked, { status: 201, body: { amounts: { fundFen: 591_700 } } })
  // Back again: the quote of the first version would be kept, and is.
  counter.editRules(
    'chongqing/resident/inpatient-rate.yaml',
    oldRow.replace('6000', '6100'),
    oldRow,
  )
  await counter.as('policy').post('/v1/policy/reload', {})
  const kept = await hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId, ...claim })
  t.match(kept, { status: 201, body: { policy, amounts: { fundFen: 582_000 } } })
})

t.test('a policy that moved only beside the claim is no reason to refuse', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const { quoteId } = (await hospital.post(QUOTES, stay(1_000_000))).body
  const row = '{ grade: 2, level: 2, ratePermyriad: 6500 }'
  counter.editRules('chongqing/resident/inpatient-rate.yaml', row, row.replace('6500', '6600'))
  await counter.as('policy').post('/v1/policy/reload', {})
  const message = { requestId: messageId(), quoteId, ...stay(1_000_000) }
  t.equal((await hospital.post(SETTLEMENTS, message)).status, 201)
})

t.test('moved: the calendar of working days', async (t) => {
  const counter = await open(t)
  const outside = 'H51010000001'
  const span = { status: 'in-force', from: '2005-01-01' } as const
  counter.putInstitution({
    institutionId: outside,
    version: 1,
    name: outside,
    kind: 'hospital',
    district: '510100',
    levels: [{ level: 3, from: '2005-01-01' }],
    agreements: [{ careTypes: ['inpatient'], ...span }],
  })
  counter.putApproval({
    approvalId: 'ON-DAY-6',
    version: 1,
    kind: 'emergency-report',
    personId: 'CQE1',
    institutionId: outside,
    registeredOn: '2012-10-12',
    from: '2012-09-28',
  })
  const claim = stay(1_088_000, {
    personId: 'CQE1',
    institutionId: outside,
    approvalId: 'ON-DAY-6',
    admittedOn: '2012-09-28',
    dischargedOn: '2012-10-15',
  })
  const hospital = counter.as(outside)
  const { quoteId, amounts } = (await hospital.post(QUOTES, claim)).body
  // A Saturday that was worked is none: the report came on the fifth working day, in time.
  counter.editRules('calendar.yaml', '2012-04-28, 2012-09-29]', '2012-04-28]')
  t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  const refused = await hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId, ...claim })
  t.match(refused, {
    status: 409,
    body: { code: 'quote-moved', moved: ['policy'], tables: ['calendar'] },
  })
  t.equal(amounts.deductibleFen, 92_400)
  t.equal(refused.body.now.deductibleFen, 88_000)
})

t.test('moved: the institution, the registry', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = stay(1_000_000)
  const { quoteId } = (await hospital.post(QUOTES, claim)).body
  const book = () => hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId, ...claim })
  const institution = DEMO_INSTITUTIONS.find(({ institutionId }) => institutionId === L2)!
  counter.putInstitution({
    ...institution,
    version: 2,
    levels: [{ level: 1, from: '2005-01-01' }],
  })
  t.match(await book(), { status: 409, body: { moved: ['institution'] } })
  counter.putInstitution(institution)
  const person = DEMO_PERSONS.find(({ personId }) => personId === 'CQR1')!
  const [insurance] = person.insurances
  counter.putPerson({ ...person, version: 2, insurances: [{ ...insurance!, grade: 2 }] })
  t.match(await book(), { status: 409, body: { moved: ['registry'] } })
  counter.putPerson(person)
  t.equal((await book()).status, 201)
})

t.test('mismatch, forged, of another institution', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  const claim = stay(1_000_000)
  const { quoteId } = (await hospital.post(QUOTES, claim)).body
  const book = (quote: string, body: object) =>
    hospital.post(SETTLEMENTS, { requestId: messageId(), quoteId: quote, ...body })
  const others = [
    stay(1_000_001),
    stay(1_000_000, { personId: 'CQR2' }),
    stay(1_000_000, { diagnoses: [] }),
    stay(1_000_000, { dischargedOn: '2012-06-11' }),
  ]
  for (const other of others) {
    t.match(await book(quoteId, other), {
      status: 422,
      body: { code: 'quote-mismatch', errors: [{ pointer: '/quoteId' }] },
    })
  }
  const [terms, mac] = quoteId.split('.')
  const turned = `${terms.slice(0, -2)}${terms.at(-2) === 'A' ? 'B' : 'A'}${terms.at(-1)}`
  for (const forged of [
    'x',
    '.',
    `${terms}.`,
    `.${mac}`,
    `${turned}.${mac}`,
    `${quoteId}.x`,
    mac,
  ]) {
    t.match(await book(forged, claim), { status: 422, body: { code: 'quote-unknown' } }, forged)
  }
  const elsewhere = { ...claim, institutionId: L3 }
  t.match(
    await counter.as(L3).post(SETTLEMENTS, { requestId: messageId(L3), quoteId, ...elsewhere }),
    { status: 422, body: { code: 'quote-mismatch' } },
  )
  t.equal((await book(quoteId, claim)).status, 201)
})

t.test('it holds until the end of the day in China', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  counter.now = Date.parse('2026-11-21T23:59:59.000+08:00')
  const claim = stay(1_000_000)
  const { quoteId } = (await hospital.post(QUOTES, claim)).body
  const message = { requestId: messageId(), quoteId, ...claim }
  counter.now = Date.parse('2026-11-22T00:00:00.000+08:00')
  t.match(await hospital.post(SETTLEMENTS, message), {
    status: 422,
    body: { code: 'quote-unknown', errors: [{ pointer: '/quoteId', code: 'unknown' }] },
  })
  counter.now -= 1
  const booked = await hospital.post(SETTLEMENTS, message)
  t.equal(booked.status, 201)
  counter.now += 86_400_000
  const again = await hospital.post(SETTLEMENTS, message)
  t.equal(again.status, 200, 'a retry meets its own booking, not the end of the day')
  t.equal(again.bytes, booked.bytes)
})

t.test('a retry meets its booking before anything else is judged', async (t) => {
  const counter = await open(t)
  const hospital = counter.as(L2)
  // The whole cap: a second one under another id gets nothing.
  const claim = stay(20_000_000)
  const { quoteId } = (await hospital.post(QUOTES, claim)).body
  const message = { requestId: messageId(), quoteId, ...claim }
  const first = await hospital.post(SETTLEMENTS, message)
  t.match(first, { status: 201, body: { amounts: { fundFen: 7_000_000 } } })
  t.equal((await hospital.post(SETTLEMENTS, message)).bytes, first.bytes)
  const person = DEMO_PERSONS.find(({ personId }) => personId === 'CQR1')!
  counter.putPerson({ ...person, version: 2, insurances: [] })
  t.equal((await hospital.post(SETTLEMENTS, message)).bytes, first.bytes, 'no longer insured')
  t.match(await hospital.post(SETTLEMENTS, { ...message, requestId: messageId() }), {
    status: 422,
    body: { code: 'not-insured' },
  })
})
