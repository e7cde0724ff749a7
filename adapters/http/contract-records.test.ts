import t from 'tap'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/** Single records of the registries, and what a change of one does to decisions. */
const QUOTES = '/v1/quotes'
const SETTLEMENTS = '/v1/settlements'
const PERSON = '/v1/persons/CQR1'
/** Until what was sent is held, on a machine that does much else, too. */
const HELD_MS = 200

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  return { counter, registry: counter.as('registry'), hospital: counter.as(L2) }
}

const PERSON_NEW = {
  sex: 'male',
  bornOn: '1980-05-01',
  insurances: [
    {
      scheme: 'resident',
      grade: 1,
      homeDistrict: '500113',
      status: 'paid-up',
      from: '2011-01-01',
      gradeChanges: [{ handledOn: '2012-02-01', to: 2, condition: 'illness' }],
      entry: 'first',
      registeredOn: '2010-12-01',
      yearsBefore: 3,
    },
  ],
  categories: [{ category: 'low-income', from: '2011-01-01', until: '2013-01-01' }],
  registrations: [{ kind: 'chronic', diseaseCode: 'D1', from: '2011-01-01' }],
  careAssessments: [{ careGrade: 3, from: '2011-01-01' }],
  chosenInstitutions: [{ institutionId: 'H50011300002', from: '2011-01-01' }],
  attributes: [
    { name: 'student', value: 'yes', from: '2011-01-01' },
    { name: 'arrears-months', value: 2, from: '2011-01-01' },
  ],
}
const INSTITUTION_NEW = {
  name: 'A new one',
  kind: 'hospital',
  district: '500113',
  levels: [{ level: 2, from: '2011-01-01' }],
  agreements: [{ careTypes: ['inpatient'], status: 'in-force', from: '2011-01-01' }],
}
const APPROVAL_NEW = {
  kind: 'emergency-report',
  personId: 'CQR1',
  institutionId: L2,
  registeredOn: '2012-06-01',
  rescue: true,
  from: '2012-06-01',
  until: '2012-06-08',
}

t.test('a record is made, read back whole, changed under its version', async (t) => {
  const { registry, counter } = await open(t)
  const cases = [
    [
      '/v1/persons/NEW1',
      PERSON_NEW,
      { personId: 'NEW1', accountSharedWith: [] },
      { sex: 'female' },
    ],
    ['/v1/institutions/HNEW1', INSTITUTION_NEW, { institutionId: 'HNEW1' }, { name: 'Renamed' }],
    ['/v1/approvals/ANEW1', APPROVAL_NEW, { approvalId: 'ANEW1' }, { rescue: false }],
  ] as const
  for (const [url, body, filledIn, change] of cases) {
    t.equal((await registry.get(url)).status, 404)
    const made = await registry.put(url, body)
    t.equal(made.status, 201)
    const { version } = made.body
    t.strictSame(made.body, { ...body, ...filledIn, version })
    t.strictSame((await registry.get(url)).body, made.body)
    t.strictSame((await counter.as('agency').get(url)).body, made.body)
    t.match(await registry.put(url, body), { status: 200, body: { version } }, 'a lost answer')

    const again = await registry.put(url, { ...made.body, ...change })
    t.equal(again.status, 200)
    t.ok(again.body.version > version)
    const stale = await registry.put(url, { ...body, version })
    const problem = { code: 'record-moved', version: again.body.version }
    t.match(stale, { status: 409, body: { ...problem, errors: [{ pointer: '/version' }] } })
    t.match(await registry.put(url, body), { status: 409, body: problem }, 'not new any more')
    t.strictSame((await registry.get(url)).body, again.body)
  }
  t.equal((await counter.as('HNEW1').post(QUOTES, stay(1))).body.code, 'institution-mismatch')
})

t.test('who may, and what cannot be registered', async (t) => {
  const { registry, counter, hospital } = await open(t)
  t.match(await hospital.get(PERSON), { status: 403, body: { code: 'role-not-allowed' } })
  for (const who of [L2, 'agency', 'policy']) {
    t.equal((await counter.as(who).put('/v1/persons/NEW1', PERSON_NEW)).status, 403)
  }
  t.match(await registry.get('/v1/persons/NOBODY'), { body: { code: 'person-not-found' } })
  t.match(await registry.get('/v1/approvals/NONE'), { body: { code: 'record-not-found' } })

  const [insurance] = PERSON_NEW.insurances
  const insured = (...changes: object[]) => ({
    insurances: changes.map((change) => ({ ...insurance, gradeChanges: [], ...change })),
  })
  const from = '2011-01-01'
  const two = (span: object) => [
    { ...span, from },
    { ...span, from: '2012-01-01' },
  ]
  const forms: [object, string][] = [
    [{ nickname: 'x' }, '/nickname'],
    [{ sex: undefined }, '/sex'],
    [{ bornOn: '1980-02-30' }, '/bornOn'],
    [insured({ status: 'unknown' }), '/insurances/0/status'],
    [insured({ homeDistrict: '5001' }), '/insurances/0/homeDistrict'],
    [insured({ name: 'x' }), '/insurances/0/name'],
    [{ version: -1 }, '/version'],
  ]
  for (const [change, pointer] of forms) {
    const reply = await registry.put('/v1/persons/NEW1', { ...PERSON_NEW, ...change })
    t.match(reply, { status: 400, body: { code: 'invalid-request' } }, pointer)
    t.equal(reply.body.errors[0].pointer, pointer)
  }
  const careType = { ...INSTITUTION_NEW.agreements[0], careTypes: ['surgery'] }
  const unknownCare = { ...INSTITUTION_NEW, agreements: [careType] }
  t.equal((await registry.put('/v1/institutions/HNEW1', unknownCare)).status, 400)

  const persons: [object, string, string][] = [
    [insured({ until: from }), '/insurances/0/until', 'until-not-after-from'],
    [insured({}, { from: '2012-01-01' }), '/insurances/1', 'overlap'],
    [insured({ from: '1980-04-30' }), '/insurances/0/from', 'contradiction'],
    [insured({ brokenYears: 1 }), '/insurances/0/brokenYears', 'contradiction'],
    [insured({ boughtBackYears: 1 }), '/insurances/0/boughtBackYears', 'contradiction'],
    [
      insured({ gradeChanges: [{ handledOn: '2010-12-31', to: 2 }] }),
      '/insurances/0/gradeChanges/0/handledOn',
      'contradiction',
    ],
    [
      insured({ until: '2013-01-01', gradeChanges: [{ handledOn: '2013-01-01', to: 2 }] }),
      '/insurances/0/gradeChanges/0/handledOn',
      'contradiction',
    ],
    [
      insured({ gradeChanges: Array(2).fill({ handledOn: '2012-01-01', to: 2 }) }),
      '/insurances/0/gradeChanges/1/handledOn',
      'contradiction',
    ],
    [
      insured({ grade: undefined, gradeChanges: [{ handledOn: '2012-01-01', to: 2 }] }),
      '/insurances/0/grade',
      'contradiction',
    ],
    [{ categories: two({ category: 'low-income' }) }, '/categories/1', 'overlap'],
    [{ attributes: two({ name: 'student', value: 'yes' }) }, '/attributes/1', 'overlap'],
    [
      { accountSharedWith: [{ personId: 'NEW1', from }] },
      '/accountSharedWith/0/personId',
      'contradiction',
    ],
    [{ personId: 'CQR2' }, '/personId', 'contradiction'],
  ]
  const refused = async (url: string, body: object, pointer: string, code: string) => {
    const reply = await registry.put(url, body)
    t.match(reply, { status: 422, body: { code: 'invalid-record' } }, pointer)
    t.match(reply.body.errors, [{ pointer, code, expected: /\w/ }], pointer)
  }
  for (const [change, pointer, code] of persons) {
    await refused('/v1/persons/NEW1', { ...PERSON_NEW, ...change }, pointer, code)
  }
  const [agreement] = INSTITUTION_NEW.agreements
  const agreements = [agreement, { ...agreement, status: 'suspended', from: '2012-01-01' }]
  const overlapping = { ...INSTITUTION_NEW, agreements }
  await refused('/v1/institutions/HNEW1', overlapping, '/agreements/1', 'overlap')
  const approvals: [object, string][] = [
    [{ until: '2012-06-01' }, '/until'],
    [{ district: '500113' }, '/district'],
    [{ kind: 'referral' }, '/rescue'],
    [{ kind: 'referral', rescue: undefined, institutionId: undefined }, '/institutionId'],
    [{ personId: 'NOBODY' }, '/personId'],
  ]
  for (const [change, pointer] of approvals) {
    const code = pointer === '/until' ? 'until-not-after-from' : 'contradiction'
    await refused('/v1/approvals/ANEW1', { ...APPROVAL_NEW, ...change }, pointer, code)
  }
  const other = { ...(await registry.get('/v1/approvals/R1')).body, personId: 'CQR2' }
  await refused('/v1/approvals/R1', other, '/personId', 'contradiction')
  // Two faults are told at once, and nothing of all this was registered.
  const twice = { ...PERSON_NEW, ...insured({ until: from, brokenYears: 1 }) }
  t.equal((await registry.put('/v1/persons/NEW1', twice)).body.errors.length, 2)
  for (const url of ['/v1/persons/NEW1', '/v1/institutions/HNEW1', '/v1/approvals/ANEW1']) {
    t.equal((await registry.get(url)).status, 404)
  }
  // Changes of the grade on the first and the last day of a stretch that begins with the birth.
  const changes = [from, '2012-12-31'].map((handledOn, at) => ({ handledOn, to: 2 + at }))
  const whole = insured({ until: '2013-01-01', gradeChanges: changes })
  const born = { ...PERSON_NEW, ...whole, bornOn: from }
  t.equal((await registry.put('/v1/persons/NEW1', born)).status, 201)
})

t.test('members of a household insure in one grade', async (t) => {
  const { registry, hospital } = await open(t)
  const [insurance] = PERSON_NEW.insurances
  const member = (change: object = {}, rest: object = {}) => ({
    ...PERSON_NEW,
    attributes: [],
    householdId: 'HH1',
    insurances: [{ ...insurance, gradeChanges: [], ...change }],
    ...rest,
  })
  const put = (personId: string, body: object) => registry.put(`/v1/persons/${personId}`, body)
  t.equal((await put('A', member())).status, 201)
  const cases: [string, object, boolean][] = [
    ['the same', member(), true],
    ['another', member({ grade: 2 }), false],
    ['another on other days', member({ grade: 2, from: '2009-01-01', until: '2011-01-01' }), true],
    ['another scheme', member({ grade: 2, scheme: 'other' }), true],
    ['an employee', member({ grade: 2, employment: 'active' }), true],
    ['a newborn', member({ grade: 2, entry: 'newborn' }), true],
    ['a student', member({ grade: 2 }, { attributes: PERSON_NEW.attributes }), true],
    ['another household', member({ grade: 2 }, { householdId: 'HH2' }), true],
  ]
  for (const [index, [title, body, fine]] of cases.entries()) {
    const reply = await put(`B${index}`, body)
    t.equal(reply.status, fine ? 201 : 422, title)
    if (fine) continue
    const fault = { pointer: '/insurances/0/grade', code: 'unequal-grade' }
    t.match(reply.body, { code: 'invalid-record', errors: [fault] })
  }
  // Who leaves the household is compared no longer.
  const { body } = await registry.get('/v1/persons/A')
  t.equal((await put('A', { ...body, householdId: 'HH3' })).status, 200)
  const left = (await registry.get('/v1/persons/B0')).body
  t.equal((await put('B0', { ...left, householdId: 'HH4' })).status, 200)
  t.equal((await put('C', member({ grade: 2 }))).status, 201)
  const alone = (await registry.get('/v1/persons/C')).body
  t.equal((await put('C', { ...alone, ...member({ grade: 1 }) })).status, 200, 'corrected')
  // Never a refusal at the counter.
  const quote = await hospital.post(QUOTES, stay(1_000_000, { personId: 'C' }))
  t.equal(quote.status, 200)
})

t.test('a settlement sees the record of its moment and keeps what it read', async (t) => {
  const { registry, hospital } = await open(t)
  const claim = stay(1_000_000)
  const settle = (more: object = {}) =>
    hospital.post(SETTLEMENTS, { requestId: messageId(), ...claim, ...more })
  const { body: early } = await settle()
  const { quoteId, amounts } = (await hospital.post(QUOTES, claim)).body

  const { body: person } = await registry.get(PERSON)
  const [insurance] = person.insurances
  const raised = { ...person, insurances: [{ ...insurance, grade: 2 }] }
  const { body: changed } = await registry.put(PERSON, raised)
  const moved = await settle({ quoteId })
  t.match(moved, { status: 409, body: { code: 'quote-moved' } })
  t.strictSame(moved.body.moved, ['registry'])
  const { body: quoted } = await hospital.post(QUOTES, claim)
  t.ok(quoted.amounts.fundFen > amounts.fundFen, 'the higher tier')
  const { body: late } = await settle({ quoteId: quoted.quoteId })
  t.equal(late.amounts.fundFen, quoted.amounts.fundFen)
  t.strictSame((await hospital.get(`${SETTLEMENTS}/${early.settlementId}`)).body, early)

  // Back to the old tier, and a level that changes: only the institution has moved.
  const lowered = { ...person, version: changed.version }
  t.equal((await registry.put(PERSON, lowered)).status, 200)
  const url = `/v1/institutions/${L2}`
  const { body: institution } = await registry.get(url)
  const before = (await hospital.post(QUOTES, claim)).body
  const levels = [{ level: 1, from: '2005-01-01' }]
  t.equal((await registry.put(url, { ...institution, levels })).status, 200)
  t.strictSame((await settle({ quoteId: before.quoteId })).body.moved, ['institution'])

  // A suspended agreement, an arrear: refused at once.
  const now = (await registry.get(url)).body
  const [agreement] = now.agreements
  const suspended = { ...now, agreements: [{ ...agreement, status: 'suspended' }] }
  await registry.put(url, suspended)
  t.equal((await settle()).body.code, 'agreement-suspended')
  const owing = (await registry.get(PERSON)).body
  const inArrears = [{ ...owing.insurances[0], status: 'in-arrears' }]
  await registry.put(PERSON, { ...owing, insurances: inArrears })
  t.equal((await settle()).body.code, 'in-arrears')
})

t.test('a change between the reading and the booking: decided again', async (t) => {
  const cases = ['person', 'institution', 'approval'] as const
  for (const changes of cases) {
    const { registry, hospital, counter } = await open(t)
    const requestId = messageId()
    const claim = stay(1_000_000, changes === 'approval' ? { approvalId: 'R9' } : {})
    if (changes === 'approval') {
      const { rescue, ...report } = APPROVAL_NEW
      const approval = { ...report, kind: 'agency-consent', from: '2012-01-01', until: undefined }
      t.equal((await registry.put('/v1/approvals/R9', approval)).status, 201)
    }
    const { body: quoted } = await hospital.post(QUOTES, claim)
    const address = {
      person: PERSON,
      institution: `/v1/institutions/${L2}`,
      approval: '/v1/approvals/R9',
    }[changes]
    const { body: record } = await registry.get(address)
    const changed = {
      person: { insurances: [{ ...record.insurances?.[0], grade: 2 }] },
      institution: { levels: [{ level: 1, from: '2005-01-01' }] },
      approval: { until: '2012-01-02' },
    }[changes]
    counter.hold()
    const putting = registry.put(address, { ...record, ...changed })
    await new Promise((resolve) => setTimeout(resolve, HELD_MS))
    const settling = hospital.post(SETTLEMENTS, { requestId, ...claim })
    await new Promise((resolve) => setTimeout(resolve, HELD_MS))
    counter.release()
    t.equal((await putting).status, 200)
    const settled = await settling
    if (changes === 'approval') t.equal(settled.body.code, 'approval-mismatch')
    else {
      t.equal(settled.status, 201)
      t.not(settled.body.amounts.fundFen, quoted.amounts.fundFen, `by the new ${changes}`)
    }
  }
})

t.test('of two changes of one version, one is told that the other was first', async (t) => {
  const { registry, counter } = await open(t)
  const { body: person } = await registry.get(PERSON)
  counter.hold()
  const both = ['D1', 'D2'].map((diseaseCode) =>
    registry.put(PERSON, {
      ...person,
      registrations: [{ kind: 'chronic', diseaseCode, from: '2012-01-01' }],
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, HELD_MS))
  counter.release()
  const statuses = (await Promise.all(both)).map(({ status }) => status)
  t.strictSame(statuses.sort(), [200, 409])
})
