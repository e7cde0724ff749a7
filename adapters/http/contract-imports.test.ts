import t from 'tap'
import type { Claim } from '../../engine/claim/claim.ts'
import { gather } from '../../engine/counter/gather.ts'
import { IMPORT_KINDS } from '../../engine/counter/record-entry.ts'
import { ownEntry } from '../../engine/ledger/own-entry.ts'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import {
  IMPORTS,
  OF_RESIDENT,
  people,
  sender,
  template,
} from '../../fixtures/counter/import-files.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { idCardNumber } from '../../fixtures/id-card.ts'

/** Whole files of records: checked row by row, live all at once or not at all. */

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const registry = counter.as('registry')
  return { counter, registry, hospital: counter.as(L2), send: sender(counter) }
}

t.test('the templates are applied, in this order, and say what they hold', async (t) => {
  const { registry, send, hospital } = await open(t)
  for (const kind of IMPORT_KINDS) {
    const reply = await send(kind, template(kind))
    t.match(reply, { status: 200, body: { state: 'applied', faultCount: 0, position: Number } })
    const again = await send(kind, template(kind))
    t.match(again.body, { state: 'applied', position: reply.body.position }, 'once')
  }
  const { body: person } = await registry.get('/v1/persons/P-0001')
  t.match(person, {
    sex: 'female',
    householdId: 'HH-0001',
    insurances: [{ grade: 1, gradeChanges: [{ handledOn: '2012-03-01', to: 2 }] }],
    categories: [{ category: 'low-income' }],
    registrations: [{ kind: 'chronic' }],
    careAssessments: [{ careGrade: 3 }],
    chosenInstitutions: [
      { institutionId: 'H50011300002', careTypes: ['outpatient', 'outpatient-chronic'] },
    ],
    attributes: [{ name: 'student', value: 'yes' }],
  })
  t.match((await registry.get('/v1/institutions/H-0001')).body, {
    levels: [{ level: 2 }],
    agreements: [{ careTypes: ['inpatient', 'outpatient'] }, { status: 'suspended' }],
  })
  t.match((await registry.get('/v1/approvals/A-0001')).body, { personId: 'P-0001' })
  const { body } = await hospital.get('/v1/persons/P-0001/benefits?on=2012-06-01')
  t.match(body, { used: { stays: 1, 'resident-pool/paid/inpatient': 450_000 } })
  t.equal(body.remaining.accountBalanceFen, 120_000)
})

t.test('an import counts from its entry on; a change after it counts more', async (t) => {
  const { registry, send, hospital } = await open(t)
  const claim = stay(1_000_000)
  const book = (more: object = {}) =>
    hospital.post('/v1/settlements', { requestId: messageId(), ...claim, ...more })
  const early = (await book()).body
  const { quoteId } = (await hospital.post('/v1/quotes', claim)).body
  const { body: before } = await registry.get('/v1/persons/CQR1')
  await registry.put('/v1/persons/CQR1', { ...before, sex: 'male' })

  const raised = await send('people', people({ personId: 'CQR1', ...OF_RESIDENT, grade: '2' }))
  const { body: person } = await registry.get('/v1/persons/CQR1')
  t.equal(person.version, raised.body.position)
  t.equal(person.insurances[0].grade, 2)
  t.strictSame((await book({ quoteId })).body.moved, ['registry'])
  const late = (await book()).body
  t.ok(late.amounts.fundFen > early.amounts.fundFen)
  t.strictSame((await hospital.get(`/v1/settlements/${early.settlementId}`)).body, early)
  t.equal((await registry.get('/v1/persons/CQR2')).body.version, 1, 'not in the file: as it was')

  const changed = { ...person, insurances: [{ ...person.insurances[0], grade: 1 }] }
  const put = await registry.put('/v1/persons/CQR1', changed)
  t.ok(put.body.version > person.version)
  t.equal((await registry.get('/v1/persons/CQR1')).body.insurances[0].grade, 1)
  // Another file, another import: now its record is the newest.
  await send('people', people({ personId: 'CQR1', ...OF_RESIDENT, grade: '2', entry: 'first' }))
  t.equal((await registry.get('/v1/persons/CQR1')).body.insurances[0].grade, 2)
})

t.test('going back to what an earlier file said takes a word, and is no retry', async (t) => {
  const { registry, send } = await open(t)
  const gradeNow = async () =>
    (await registry.get('/v1/persons/CQR1')).body.insurances[0].grade as number
  const [one, two] = ['1', '2'].map((grade) =>
    people({ personId: 'CQR1', ...OF_RESIDENT, grade }),
  ) as [string, string]
  const first = await send('people', one, { again: true })
  t.match(first.body, { state: 'applied', records: 1 }, 'also where it is the first time')
  await send('people', two)
  t.match((await send('people', one)).body, { state: 'applied', position: first.body.position })
  t.equal(await gradeNow(), 2, 'a file that is sent once more by mistake')
  t.match((await send('people', one, { again: true, dryRun: true })).body, { state: 'checked' })
  t.equal(await gradeNow(), 2)

  const back = await send('people', one, { again: true })
  t.match(back.body, { state: 'applied', records: 1, unchanged: 0 })
  t.ok(back.body.position > first.body.position)
  t.equal(await gradeNow(), 1)
  const still = await send('people', one, { again: true })
  t.match(still.body, { state: 'applied', records: 1, unchanged: 1 })
  t.match((await send('people', two, { again: true })).body, { unchanged: 0 })
  t.equal(await gradeNow(), 2)

  const balances = await send('balances', template('balances'), { again: true })
  const pointed = { errors: [{ pointer: '/again', code: 'not-for-balances' }] }
  t.match(balances, { status: 400, body: { code: 'invalid-request', ...pointed } })
})

t.test('an import that becomes live between the reading and the booking moves it', async (t) => {
  const { counter, send } = await open(t)
  const claim = stay(1_000_000) as unknown as Claim
  const gathered = await gather(counter.ports, claim)
  t.match(gathered.snapshot.person?.insurances, [{ grade: 1 }])
  await send('people', people({ personId: 'CQR1', ...OF_RESIDENT, grade: '2' }))
  const entry = ownEntry({
    kind: 'administrative-act',
    bookedAt: counter.now,
    content: null,
  })
  const { guards } = gathered
  const booking = await counter.ports.ledger.append({ entries: [entry], guards })
  t.strictSame(booking, { outcome: 'moved', subjects: ['registry'] })
  const again = await gather(counter.ports, claim)
  t.match(again.snapshot.person?.insurances, [{ grade: 2 }])
})

t.test('a fault anywhere, and nothing is applied', async (t) => {
  const { registry, send, counter } = await open(t)
  const fine = { personId: 'NEW1', ...OF_RESIDENT }
  const of = (change: object) => people(fine, { personId: 'NEW2', ...OF_RESIDENT, ...change })
  const [header, ...rest] = people(fine).split('\n') as [string, ...string[]]
  const second = { personId: 'NEW2', stretch: 'category', from: '2011-01-01' }
  const card = 'social-security-card,DEMO90001'
  const number = idCardNumber('500199', '1949-12-31', '001')
  const shown: [rows: string[], row: number, column: string, expected: RegExp][] = [
    [[`NOBODY,${card}`], 2, 'personId', /registered/],
    [['CQR1,passport,G1'], 2, 'kind', /id-card, social-security-card, e-voucher/],
    [['CQR1,id-card,'], 2, 'value', /a value/],
    [[`CQR1,${card}`, 'CQR1,,'], 3, 'kind', /a value/],
    [['CQR1,e-voucher,1 2'], 2, 'value', /without blanks/],
    [[`CQR1,e-voucher,${'1'.repeat(257)}`], 2, 'value', /at most 256/],
    [[`CQR1,id-card,${number.replace('001', '010')}`], 2, 'value', /GB 11643/],
    [[`CQR1,id-card,${number.slice(1)}`], 2, 'value', /GB 11643/],
    [['CQR1,id-card,5.00199E+17'], 2, 'value', /GB 11643/],
    [[`CQR1,${card}`, `CQR1,${card}`], 3, 'value', /once/],
    [[`CQR1,${card}`, `CQR2,${card}`], 3, 'value', /once/],
    [[`CQR1,${card}`, `CQR2,id-card,${number}`, 'CQR1,e-voucher,1'], 4, 'personId', /together/],
    [['CQR2,social-security-card,DEMO00004'], 2, 'value', /^nobody else’s/],
  ]
  const cases: [kind: string, file: string, row: number, column: string, expected: RegExp][] = [
    ['people', of({ sex: 'x' }), 3, 'sex', /female, male/],
    ['people', of({ bornOn: '1970-02-30' }), 3, 'bornOn', /a date as YYYY-MM-DD/],
    ['people', of({ from: '' }), 3, 'from', /a value/],
    ['people', of({ from: '1970-03-14' }), 3, 'from', /not before the birth/],
    ['people', of({ grade: '1.5' }), 3, 'grade', /a whole number/],
    ['people', of({ homeDistrict: '1' }), 3, 'homeDistrict', /six digits/],
    ['people', of({ careGrade: '1' }), 3, 'careGrade', /nothing in a row of insurance/],
    ['people', of({ personId: '' }), 3, 'personId', /a value/],
    ['people', of({ personId: 'A B' }), 3, 'personId', /letters, digits/],
    ['people', of({ until: '2010-01-01' }), 3, 'until', /a day after from/],
    ['people', people(fine, fine), 3, 'from', /no day that an earlier stretch has/],
    ['people', people(fine, { ...fine, personId: 'NEW2' }, fine), 4, 'personId', /together/],
    ['people', people(fine, { ...second, personId: 'NEW1' }), 3, 'category', /a value/],
    ['people', people(fine, { ...fine, sex: 'female' }), 3, 'sex', /same as in row 2/],
    ['people', people(fine, { ...second, stretch: 'grade-change', grade: '2' }), 3, 'sex', /value/],
    ['people', [`${header},nickname`, ...rest].join('\n'), 1, 'no. 28', /one of personId/],
    ['people', [header.replace(',sex', ''), ...rest].join('\n'), 1, 'sex', /this column/],
    ['people', `${header}\nNEW1,"male\n`, 2, '', /CSV as in RFC 4180/],
    ['people', of({ value: 'x', extra: 'y' }).replace(/\n$/, ',,,\n'), 3, '', /^27 cells$/],
    ['people', ' ', 1, '', /a header/],
    [
      'people',
      people(fine).replaceAll(',', ';'),
      1,
      '',
      /^the names of the columns, in CSV with c/,
    ],
    ['people', `2026\n${people(fine)}`, 1, '', /^the names of the columns, .*: personId, sex, /],
    [
      'institutions',
      template('institutions').replace('inpatient', 'surgery'),
      3,
      'careTypes',
      /inpatient/,
    ],
    ['approvals', template('approvals').replace('P-0001', 'NOBODY'), 2, 'personId', /registered/],
    [
      'approvals',
      template('approvals').replace('A-0001', 'R1').replace('P-0001', 'CQR2'),
      2,
      'personId',
      /person of the record before/,
    ],
    ...shown.map(([rows, row, column, expected]): (typeof cases)[number] => [
      'credentials',
      `personId,kind,value\n${rows.join('\n')}\n`,
      row,
      column,
      expected,
    ]),
    ['balances', template('balances'), 2, 'personId', /registered/],
    [
      'balances',
      template('balances').replaceAll('P-0001', 'CQR1').replace('120000', '1.5'),
      2,
      'amount',
      /whole number/,
    ],
    [
      'balances',
      'personId,year,accumulator,amount\nCQR1,,balance,100000000001\n',
      2,
      'amount',
      /from 0 to 100000000000$/,
    ],
    ...['stay', 'in-scope', 'resident-pool/payed/inpatient', 'resident-pool'].map(
      (name): (typeof cases)[number] => [
        'balances',
        `personId,year,accumulator,amount\nCQR1,2024,${name},1\n`,
        2,
        'accumulator',
        /^stays, in-scope\/SCHEME or FUND/,
      ],
    ),
  ]
  for (const [kind, file, row, column, expected] of cases) {
    const { body } = await send(kind, file)
    t.match(body, { state: 'refused', records: Number }, `${column}: ${expected}`)
    t.match(body.faults[0], { row, column, expected }, `${column}: ${expected}`)
    const report = await registry.get(`${IMPORTS}/${body.importId}/report`, { accept: 'text/csv' })
    t.match(report.body, /^row,column,expected\n/)
    t.equal(report.body.trim().split('\n').length, body.faultCount + 1)
    t.notOk(/nickname|NOBODY|DEMO\d/.test(report.body), 'what was found is not repeated')
  }
  const unknown = [
    ['/v1/persons/NEW1', 'person-not-found'],
    ['/v1/persons/NEW2', 'person-not-found'],
    ['/v1/institutions/H-0001', 'record-not-found'],
  ] as const
  for (const [url, code] of unknown) {
    t.match(await registry.get(url), { status: 404, body: { code } }, url)
  }
  const gbk = Buffer.concat([
    Buffer.from(template('institutions').split('\n')[0]!),
    Buffer.from('\nH1,'),
    Buffer.from([0xc8, 0xcb, 0xc3, 0xf1]),
    Buffer.from(',hospital,500113,level,2012-01-01,,1\n'),
  ])
  t.match((await send('institutions', gbk)).body.faults, [{ row: 2, expected: /UTF-8/ }])
  const { body } = await send('people', people(fine), { dryRun: true })
  t.match(body, { state: 'checked', rows: 1, records: 1 })
  t.equal((await registry.get('/v1/persons/NEW1')).status, 404, 'a dry run applies nothing')
  t.match((await send('people', people(fine))).body, { state: 'applied' })
  t.match((await counter.as('agency').get('/v1/persons/NEW1')).body, { personId: 'NEW1' })
})

t.test('what stands as the last file brought it is left', async (t) => {
  const { registry, send } = await open(t)
  const version = async (of: string) => (await registry.get(`/v1/${of}`)).body.version
  const row = (personId: string, more: object = {}) => ({ personId, ...OF_RESIDENT, ...more })
  const household = { householdId: 'HH8' }
  const brought = async (...rows: readonly Readonly<Record<string, string>>[]) =>
    (await send('people', people(...rows))).body
  const first = await brought(row('A'), row('B'), row('C', household), row('D', household))
  t.match(first, { state: 'applied', records: 4, unchanged: 0 })
  const { body: changed } = await registry.get('/v1/persons/A')
  t.equal((await registry.put('/v1/persons/A', { ...changed, sex: 'female' })).status, 200)
  const [a, b] = [row('A'), row('B')]
  const again = await brought(b, a, row('E'))
  t.match(again, { state: 'applied', records: 3, unchanged: 1 })
  t.match((await registry.get('/v1/persons/A')).body, { sex: 'male', version: again.position })
  t.equal(await version('persons/B'), first.position)
  t.match(await brought(a, b, row('E'), row('F')), { unchanged: 3 }, 'also after another file')
  for (const rows of [
    [b, row('G'), b],
    [row('B', { grade: '2' }), row('G'), b],
    [b, row('G'), row('B', { grade: '2' })],
  ]) {
    const faults = [{ row: 4, column: 'personId', expected: /together/ }]
    t.match(await brought(...rows), { state: 'refused', faults })
  }
  const apart = await brought(row('C', { ...household, grade: '2' }), row('D', household))
  t.match(apart, { state: 'refused', faults: [{ row: 2, column: 'grade' }] }, 'who is left counts')
  for (const [kind, id] of [
    ['institutions', 'institutions/H-0001'],
    ['approvals', 'approvals/A-0001'],
  ] as const) {
    await send('people', template('people'))
    const { position, unchanged } = (await send(kind, template(kind))).body
    t.equal(unchanged, 0)
    const [header, ...rest] = template(kind).trim().split('\n')
    const other = rest[0]!.replace('-0001', '-0009')
    const { body } = await send(kind, [header, other, ...rest, ''].join('\n'))
    t.match(body, { state: 'applied', unchanged: body.records - 1 }, kind)
    t.equal(await version(id), position, kind)
  }
  const shown = async (...rows: readonly string[]) =>
    (await send('credentials', `personId,kind,value\n${rows.join('\n')}\n`)).body
  const [cardOfA, voucherOfA, cardOfB] = [
    'A,social-security-card,C1',
    'A,e-voucher,V1',
    'B,social-security-card,C2',
  ] as const
  t.match(await shown(cardOfA, voucherOfA, cardOfB), { records: 2, unchanged: 0 })
  t.match(await shown(cardOfB, voucherOfA, cardOfA), { records: 2, unchanged: 2 })
  t.match(await shown(cardOfB, cardOfA), { unchanged: 1 }, 'one less is another record')
  t.match(await shown(cardOfA, 'B,,'), { unchanged: 1 })
  t.match(await shown('B,,', cardOfA), { unchanged: 2 }, 'nothing as well')
  const taken = [{ column: 'value', expected: /^nobody else’s/ }]
  t.match(await shown(cardOfA, 'B,social-security-card,C1'), { state: 'refused', faults: taken })
  const together = [{ column: 'personId', expected: /together/ }]
  t.match(await shown(cardOfA, cardOfB, 'A,e-voucher,V2'), { faults: together })
  t.match(await shown('A,e-voucher,V2', cardOfB, cardOfA), { faults: together })
  t.match(await shown(cardOfA, cardOfA), { faults: [{ row: 3, expected: /once/ }] })
})

t.test('a household is compared with those whom the file does not bring', async (t) => {
  const { registry, send } = await open(t)
  const member = (personId: string, change: object = {}) => ({
    personId,
    ...OF_RESIDENT,
    householdId: 'HH9',
    ...change,
  })
  const apart = await send('people', people(member('A'), member('B', { grade: '2' })))
  t.match(apart.body.faults, [
    { row: 2, column: 'grade', expected: /household/ },
    { row: 3, column: 'grade' },
  ])
  const student = { stretch: 'attribute', from: '2010-01-01', attribute: 'student', value: 'yes' }
  const excused = people(
    member('A'),
    member('B', { grade: '2' }),
    { personId: 'B', ...student },
    member('C', { grade: '2', entry: 'newborn' }),
    member('D', { grade: '2', employment: 'active' }),
  )
  t.equal((await send('people', excused)).body.state, 'applied')
  const changed = people(member('E', { grade: '2' }))
  t.match((await send('people', changed)).body, { state: 'refused', faults: [{ row: 2 }] })
  const { body: person } = await registry.get('/v1/persons/A')
  t.equal(
    (await registry.put('/v1/persons/F', { ...person, personId: 'F', version: 0 })).status,
    201,
  )
  const all = (grade: string) => people(member('A', { grade }), member('E', { grade }))
  t.match((await send('people', all('2'))).body.state, 'refused', 'F was put, and is not in it')
  const both = people(member('A', { grade: '2' }), member('F', { grade: '2' }))
  t.equal((await send('people', both)).body.state, 'applied', 'who changes together may')
})
