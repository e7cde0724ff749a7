import t from 'tap'
import { OUTCOMES, type OutcomeCode } from '../../engine/claim/outcomes.ts'
import {
  inYear,
  L1,
  L2,
  L3,
  line,
  messageId,
  PHARMACY,
  paidElsewhere,
  stay,
  visit,
} from '../../fixtures/counter/bills.ts'
import { emergencyReport, hospitalOf, resident } from '../../fixtures/counter/records.ts'
import type { Reply } from '../../fixtures/counter/terminal.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'
import { idCardNumber } from '../../fixtures/id-card.ts'

/** What a claim, a message or a key is refused for, each met over HTTP at least once, with the field at fault where one is. */

const opened: TestCounter[] = []

async function open(options = {}): Promise<TestCounter> {
  const counter = await openTestCounter(options)
  t.teardown(() => counter.close())
  opened.push(counter)
  return counter
}

const counter = await open({
  bodyLimit: 16 * 1024,
  keys: { 'demo-H00000000000': { role: 'institution', id: 'H00000000000' } },
})
for (const code of ['in-arrears', 'suspended'] as const) {
  putPerson(code.toUpperCase(), { status: code })
}
putPerson('GRADE3', { grade: 3 })
putPerson('ELSEWHERE', { homeDistrict: '999999' })
putPerson('LATE', { from: '2013-01-01' })

/** CQR1 with another insurance. */
function putPerson(personId: string, insurance: object): void {
  const person = DEMO_PERSONS.find((one) => one.personId === 'CQR1')!
  counter.putPerson({
    ...person,
    personId,
    insurances: [{ ...person.insurances[0]!, ...insurance }],
  })
}

/** A line of as much as a line may come to. */
const most = (more = {}) => line(1e11, { quantity: '1000', unitPriceFen: '100000000', ...more })

type Case = readonly [code: OutcomeCode, body: object, pointer?: string | undefined, who?: string]

const BILLS: readonly Case[] = [
  [
    'amount-mismatch',
    stay(1, { lines: [line(1), line(1, { lineId: '2', amountFen: 2 })] }),
    '/lines/1/amountFen',
  ],
  ['duplicate-line-id', stay(1, { lines: [line(1), line(1)] }), '/lines/1/lineId'],
  ['care-dates-invalid', stay(1, { dischargedOn: '2012-05-31' }), '/dischargedOn'],
  ['care-dates-invalid', stay(1, { admittedOn: undefined }), '/admittedOn'],
  ['care-dates-invalid', stay(1, { servedOn: '2012-06-01' }), '/servedOn'],
  ['care-dates-invalid', visit(1, { servedOn: undefined }), '/servedOn'],
  [
    'line-date-outside-care',
    stay(1, { lines: [line(1, { servedOn: '2012-06-11' })] }),
    '/lines/0/servedOn',
  ],
  [
    'line-date-outside-care',
    stay(1, { lines: [line(1, { servedOn: '2012-05-31' })] }),
    '/lines/0/servedOn',
  ],
  [
    'unknown-item',
    stay(1, { lines: [line(1), line(1, { lineId: '2', code: 'DEMO-Z' })] }),
    '/lines/1/code',
  ],
  ['no-rule-for-transfer', stay(1, { transferFrom: 'S1' }), '/transferFrom'],
  ['total-too-large', stay(1, { lines: [most(), most({ lineId: '2' })] })],
  [
    'attribute-invalid',
    stay(1, { attributes: [{ name: 'babies', value: 2 }] }),
    '/attributes/0/name',
  ],
  ['person-unknown', stay(1, { personId: 'NOBODY' }), '/personId'],
  ['not-insured', stay(1, { personId: 'LATE' })],
  ['not-insured', stay(1, inYear(2009))],
  ['in-arrears', stay(1, { personId: 'IN-ARREARS' })],
  ['insurance-suspended', stay(1, { personId: 'SUSPENDED' })],
  ['no-pack', stay(1, { personId: 'ELSEWHERE' })],
  ['no-rule-for-date', stay(1, inYear(2011))],
  ['no-rule-for-date', stay(1, inYear(2030))],
  ['no-rule', stay(1, { personId: 'GRADE3' })],
  ['care-type-not-covered', stay(1, { careType: 'long-term-care' }), '/careType'],
  [
    'pay-first-claim-by-hand',
    stay(1, { institutionId: 'H42010600001' }),
    undefined,
    'H42010600001',
  ],
  [
    'account-not-shared',
    visit(1, { account: { maxFen: 1, sharedFrom: 'CQE3' } }),
    '/account/sharedFrom',
  ],
  [
    'account-not-shared',
    visit(1, { account: { maxFen: 1, sharedFrom: 'NOBODY' } }),
    '/account/sharedFrom',
  ],
  [
    'institution-unknown',
    stay(1, { institutionId: 'H00000000000' }),
    '/institutionId',
    'H00000000000',
  ],
  ['institution-not-designated', stay(1, { institutionId: PHARMACY }), undefined, PHARMACY],
  [
    'institution-not-designated',
    stay(1, {
      careType: 'pharmacy',
      servedOn: '2012-06-01',
      admittedOn: undefined,
      dischargedOn: undefined,
    }),
  ],
  ['agreement-suspended', stay(1, { institutionId: 'H50010300007' }), undefined, 'H50010300007'],
  ['approval-unknown', stay(1, { institutionId: L3, approvalId: 'R9' }), '/approvalId', L3],
  ['approval-mismatch', stay(1, { institutionId: L3, approvalId: 'R2' }), '/approvalId', L3],
  ['approval-mismatch', stay(1, { approvalId: 'R1' }), '/approvalId'],
  [
    'approval-mismatch',
    stay(1, { institutionId: L3, approvalId: 'R1', ...inYear(2013) }),
    '/approvalId',
    L3,
  ],
  ['institution-mismatch', stay(1, { institutionId: L1 }), '/institutionId'],
]

t.test('what a bill, a person, a policy or an institution is refused for', async (t) => {
  for (const [code, body, pointer, who = L2] of BILLS) {
    const expected = {
      status: OUTCOMES[code].status,
      body: { code, ...(pointer === undefined ? {} : { errors: [{ pointer }] }) },
    }
    const quoted = await counter.as(who).post('/v1/quotes', body)
    t.match(quoted, expected, `${code}, quoted`)
    const message = { requestId: messageId(), ...body }
    const settled = await counter.as(who).post('/v1/settlements', message)
    t.match(settled, expected, `${code}, settled`)
    t.equal(settled.body.detail, quoted.body.detail)
  }
  // What the year's bills come to is bounded as one bill is; the next year is another.
  const full = { requestId: messageId(), ...stay(1, { personId: 'CQR2', lines: [most()] }) }
  t.equal((await counter.as(L2).post('/v1/settlements', full)).status, 201)
  const above = stay(1, { personId: 'CQR2' })
  t.match(await counter.as(L2).post('/v1/quotes', above), {
    status: 422,
    body: { code: 'total-too-large' },
  })
  const later = { ...above, ...inYear(2013) }
  t.equal((await counter.as(L2).post('/v1/quotes', later)).status, 200)
  // The same is fine once what was wrong is right.
  t.equal(
    (await counter.as(L2).post('/v1/quotes', stay(1, { personId: 'LATE', ...inYear(2013) })))
      .status,
    200,
  )
  t.equal(
    (
      await counter
        .as(L2)
        .post('/v1/quotes', visit(1, { account: { maxFen: 1, sharedFrom: 'CQE2' } }))
    ).status,
    200,
  )
})

t.test('a date that only the policy can refuse', async (t) => {
  const counter = await open()
  const joined = '      - { joined: true }\n'
  const apart = [
    '      - { homeDistrict: "500113", joined: false }\n',
    `      - { homeDistrict: [${[...districts(counter)].map((code) => `"${code}"`).join(', ')}], joined: true }\n`,
  ]
  counter.editRules('chongqing/common/participation.yaml', joined, apart.join(''))
  t.strictSame((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  t.match(await counter.as(L2).post('/v1/quotes', stay(1)), {
    status: 422,
    body: { code: 'district-not-joined' },
  })
})

/**
 * Persons of cities that ask something before they pay; no shipped pack asks for an approval, nor
 * goes beyond the calendar, which the test city does.
 */
t.test('what the city asks before it pays', async (t) => {
  const counter = await open()
  counter.addTestCity('emergency-report')
  t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  const waits = { grade: 1, from: '2023-04-01', registeredOn: '2023-04-01', entry: 'late' } as const
  counter.putPerson(resident('WAITS', '500113', waits))
  counter.putPerson(resident('HUAINAN', '340403'))
  counter.putPerson(resident('REPORTS', '991119'))
  counter.putInstitution(hospitalOf('H34040300002', 2))
  counter.putInstitution(hospitalOf('H98111900003', 3))
  const reported = (id: string, days: readonly [string, string]) =>
    counter.putApproval(emergencyReport(id, 'REPORTS', '981119', days))
  reported('IN-TIME', ['2024-09-30', '2024-10-12'])
  reported('BEYOND', ['2027-03-01', '2027-03-02'])

  const late = (admittedOn: string) =>
    stay(130_000, { personId: 'WAITS', admittedOn, dischargedOn: '2023-07-10' })
  const severe = (diseaseCode: string) =>
    visit(10_000, { personId: 'WHR1', careType: 'outpatient-special', diseaseCode })
  const reports = (admittedOn: string, more: object = {}) =>
    stay(100_000, { personId: 'REPORTS', admittedOn, dischargedOn: admittedOn, ...more })
  const refused: readonly [OutcomeCode, string, object, object?][] = [
    ['in-waiting-period', L2, late('2023-06-29'), { beginsOn: '2023-06-30' }],
    ['disease-not-registered', 'H42010600001', severe('transplant')],
    ['not-entitled', 'H34040300002', visit(5_000, { personId: 'HUAINAN' })],
    ['approval-required', 'H98111900003', reports('2024-09-30')],
    [
      'calendar-missing',
      'H98111900003',
      reports('2027-03-01', { approvalId: 'BEYOND' }),
      { year: 2027 },
    ],
  ]
  for (const [code, who, body, more] of refused) {
    const at = counter.as(who)
    const expected = { status: 422, body: { code, ...more } }
    const bill = { ...body, institutionId: who }
    t.match(await at.post('/v1/quotes', bill), expected, `${code}, quoted`)
    const message = { requestId: messageId(), ...bill }
    t.match(await at.post('/v1/settlements', message), expected, `${code}, settled`)
  }
  // What the city asked for, given.
  t.match(await counter.as(L2).post('/v1/quotes', late('2023-06-30')), {
    status: 200,
    body: { amounts: { fundFen: 70_000 } },
  })
  const inTime = {
    ...reports('2024-09-30', { approvalId: 'IN-TIME' }),
    institutionId: 'H98111900003',
  }
  t.match(await counter.as('H98111900003').post('/v1/quotes', inTime), {
    status: 200,
    body: { amounts: { fundFen: 60_000 } },
  })
})

t.test('a stay that the patient was not transferred from', async (t) => {
  const institutionId = 'H42010600001'
  const counter = await open()
  counter.putPerson(resident('SOMEBODY', '420106'))
  const at = counter.as(institutionId)
  const stayed = (admittedOn: string, more: object = {}) =>
    stay(100_000, {
      personId: 'WHR1',
      institutionId,
      admittedOn,
      dischargedOn: '2019-03-15',
      ...more,
    })
  const first = stayed('2019-03-01', { dischargedOn: '2019-03-10' })
  const { body: booked } = await at.post('/v1/settlements', { requestId: 'FIRST', ...first })
  const transferFrom = booked.settlementId
  const refuses = async (code: OutcomeCode, body: object) => {
    const expected = { status: 422, body: { code, errors: [{ pointer: '/transferFrom' }] } }
    t.match(await at.post('/v1/quotes', body), expected, `${code}, quoted`)
    const message = { requestId: messageId(), ...body }
    t.match(await at.post('/v1/settlements', message), expected, `${code}, settled`)
  }
  await refuses('transfer-mismatch', stayed('2019-03-09', { transferFrom }))
  const somebody = stayed('2019-03-10', { transferFrom, personId: 'SOMEBODY' })
  await refuses('transfer-unknown', somebody)
  await refuses('transfer-unknown', stayed('2019-03-10', { transferFrom: 'S999999' }))
  await refuses('transfer-unknown', stayed('2019-03-10', { transferFrom: 'none' }))
  const second = stayed('2019-03-10', { transferFrom })
  t.match(await at.post('/v1/quotes', second), {
    status: 200,
    body: { amounts: { deductibleFen: 0, fundFen: 60_000 } },
  })
  // What a rebill takes back is no stay that its replacement could go on from.
  const rebill = { requestId: 'ANEW', settlementId: transferFrom, replacement: second }
  t.match(await at.post('/v1/rebills', rebill), {
    status: 422,
    body: { code: 'transfer-unknown', errors: [{ pointer: '/replacement/transferFrom' }] },
  })
  await at.post(`/v1/settlements/${transferFrom}/reversal`, { requestId: 'BACK' })
  await refuses('transfer-unknown', second)
})

t.test('an invoice that was claimed before', async (t) => {
  const agency = counter.as('agency')
  const claim = (requestId: string) =>
    agency.post('/v1/manual-claims', { requestId, ...paidElsewhere('00012345') })
  t.equal((await claim('ONCE')).status, 201)
  t.match(await claim('TWICE'), {
    status: 422,
    body: { code: 'invoice-already-claimed', errors: [{ pointer: '/invoiceNumber' }] },
  })
})

function districts({ ports }: TestCounter): Set<string> {
  const codes = new Set(ports.policy().packs[0]!.pack.districts.keys())
  codes.delete('500113')
  return codes
}

t.test('the message, the key, the address', async (t) => {
  const at = counter.as(L2)
  const json = { 'content-type': 'application/json' }
  const quote = (text: string | Buffer, headers: Record<string, string> = json, as = at) =>
    as.send('POST', '/v1/quotes', text, headers)
  const cases: [OutcomeCode, Reply][] = [
    ['malformed-json', await quote('{')],
    [
      'malformed-msgpack',
      await quote(Buffer.from([0xc1]), { 'content-type': 'application/msgpack' }),
    ],
    ['duplicate-key', await quote('{"a":1,"a":1}')],
    ['nesting-too-deep', await quote('['.repeat(20))],
    ['invalid-request', await quote('{}')],
    ['body-too-large', await quote(`"${'x'.repeat(20_000)}"`)],
    ['unsupported-content-type', await quote('{}', { 'content-type': 'text/csv' })],
    ['not-acceptable', await quote('{}', { ...json, accept: 'image/png' })],
    ['unauthorized', await quote('{}', json, counter.as('nobody'))],
    ['role-not-allowed', await quote('{}', json, counter.as('policy'))],
    ['not-found', await at.get('/v2')],
    ['settlement-not-found', await at.get('/v1/settlements/S999')],
    ['person-not-found', await at.get('/v1/persons/NOBODY/benefits?on=2012-01-01')],
  ]
  for (const [code, reply] of cases) {
    t.match(reply, { status: OUTCOMES[code].status, body: { code } }, code)
  }
})

t.test('message ids and quotes', async (t) => {
  const at = counter.as(L2)
  const settle = (requestId: string, body: object) =>
    at.post('/v1/settlements', { requestId, ...body })
  const { body: booked } = await settle('A', stay(1_000_000))
  t.match(await settle('A', stay(2)), { status: 422, body: { code: 'request-id-reused' } })
  await at.post('/v1/reversals', { requestId: 'C', originalRequestId: 'B' })
  t.match(await settle('B', stay(2)), { status: 409, body: { code: 'request-blocked' } })
  const url = `/v1/settlements/${booked.settlementId}/reversal`
  await at.post(url, { requestId: 'D' })
  t.match(await at.post(url, { requestId: 'E' }), {
    status: 409,
    body: { code: 'already-reversed' },
  })
  const { quoteId } = (await at.post('/v1/quotes', stay(20_000_000))).body
  t.match(await settle('F', stay(3, { quoteId })), { body: { code: 'quote-mismatch' } })
  t.match(await settle('F', stay(3, { quoteId: 'x' })), { body: { code: 'quote-unknown' } })
  await settle('G', stay(10_000_000))
  t.match(await settle('F', stay(20_000_000, { quoteId })), { body: { code: 'quote-moved' } })
})

/** Those of keys and staff, of visits, records and imports, of the engine itself and of proposals have tests of their own. */
function isMetElsewhere(code: string): boolean {
  const { number } = OUTCOMES[code as OutcomeCode]
  return ELSEWHERE.some(([from, until]) => number >= from && number < until)
}
const ELSEWHERE = [
  [206, 230],
  [700, 960],
] as const

t.test('none was left out', async (t) => {
  const seen = new Set(opened.flatMap(({ codes }) => [...codes]))
  const expected = Object.keys(OUTCOMES).filter((code) => !isMetElsewhere(code))
  t.strictSame([...seen].sort(), expected.sort())
})

t.test('no refusal repeats what was sent, which may be an identity number', async (t) => {
  const number = idCardNumber('500199', '1980-05-20', '991')
  const hospital = counter.as(L2)
  const policy = counter.as('policy')
  const sent = messageId()
  const blocks = { requestId: messageId(), originalRequestId: number }
  t.equal((await hospital.post('/v1/reversals', blocks)).status, 201)
  for (const [who, path, body] of [
    [hospital, '/v1/quotes', stay(1_000, { personId: number })],
    [hospital, '/v1/quotes', stay(1_000, { approvalId: number })],
    [hospital, '/v1/quotes', stay(1_000, { ...inYear(2023), transferFrom: number })],
    [hospital, '/v1/quotes', stay(1_000, { lines: [line(1_000, { code: number })] })],
    [hospital, '/v1/settlements', { ...stay(1_000), requestId: number }],
    [hospital, '/v1/settlements', { ...stay(1_000), requestId: sent, quoteId: number }],
    [hospital, `/v1/settlements/${number}/reversal`, { requestId: sent }],
    [hospital, '/v1/persons/lookup', { kind: 'id-card', value: `${number.slice(0, -1)}?` }],
    [policy, '/v1/policy/rollback', { pack: number }],
    [policy, '/v1/policy/rollback', { to: number.slice(0, 17) }],
  ] as const) {
    const { status, bytes } = await who.post(path, body)
    t.ok(status >= 400, `${path} ${status}`)
    t.notMatch(bytes, new RegExp(number.slice(0, 17)), `${path} ${bytes}`)
  }
})

t.test('a body that comes to no route', async (t) => {
  const json = { 'content-type': 'application/json' }
  for (const [method, url] of [
    ['POST', '/v1/nothing'],
    ['PUT', '/v1/quotes'],
    ['DELETE', '/v1/settlements'],
    ['POST', '/nothing'],
  ] as const) {
    for (const body of ['{"a":1}', '{', 'x'.repeat(20_000)]) {
      const { status } = await counter.as(L2).send(method, url, body, json)
      t.equal(status, 404, `${method} ${url} ${body.slice(0, 9)}`)
    }
  }
})
