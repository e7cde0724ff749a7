import t from 'tap'
import { RecordReading } from '../../engine/counter/record-reading.ts'
import { L2 } from '../../fixtures/counter/bills.ts'
import { OF_RESIDENT, people, sender, template } from '../../fixtures/counter/import-files.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { idCardNumber } from '../../fixtures/id-card.ts'
import { HospitalSystem, type Message } from '../../fixtures/nhsa/hospital-system.ts'
import { admit } from '../his/stay-messages.ts'

/** What whoever stands at the counter sees of a file that became live. */
async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  return {
    counter,
    registry: counter.as('registry'),
    hospital: counter.as(L2),
    send: sender(counter),
  }
}

t.test('a file says what persons show at the counter, from its entry on', async (t) => {
  const { counter, hospital, send } = await open(t)
  const client = new HospitalSystem(counter, L2)
  const brought = async (...rows: readonly string[]) =>
    (await send('credentials', `personId,kind,value\n${rows.join('\n')}\n`)).body
  const whose = async (kind: string, value: string) => {
    const { status, body } = await hospital.post('/v1/persons/lookup', { kind, value })
    return status === 200 ? body.personId : body.code
  }
  const number = idCardNumber('500199', '1949-12-31', '009')
  t.match(number, /X$/)
  const file = people({ personId: 'A', ...OF_RESIDENT }, { personId: 'B', ...OF_RESIDENT })
  t.match((await send('people', file)).body, { state: 'applied' })
  t.equal(await whose('e-voucher', 'V1'), 'person-not-found')
  t.match(
    await brought(
      `A,id-card,${number.toLowerCase()}`,
      'A,social-security-card,C1',
      'B,e-voucher,V1',
    ),
    { state: 'applied', records: 2, rows: 3 },
  )
  t.equal(await whose('e-voucher', 'V1'), 'B', 'that nobody had it is not remembered')
  for (const [type, shown] of [
    ['02', number],
    ['02', number.toLowerCase()],
    ['03', 'C1'],
  ]) {
    const data = { mdtrt_cert_type: type, mdtrt_cert_no: shown }
    const answer = await client.ask(t, '1101', { data })
    t.equal(answer.output?.baseinfo.psn_no, 'A', answer.err_msg)
  }
  const visitOf = (psn_no: string, mdtrt_cert_no: string, more: Message = {}) =>
    client.ask(t, '2201', {
      data: {
        psn_no,
        insutype: '390',
        begntime: '2012-06-01 09:00:00',
        mdtrt_cert_type: '03',
        mdtrt_cert_no,
        ipt_otp_no: `${psn_no}-1`,
        atddr_no: 'D1',
        dr_name: '医师',
        dept_code: 'K1',
        dept_name: '内科',
        caty: 'A03',
        ...more,
      },
    })
  const CARD = /就诊凭证（mdtrt_cert_no）与人员编号（psn_no）不是同一人/
  const CERTIFICATE = /证件号码（certno）与人员编号（psn_no）不是同一人/
  for (const [what, shown, more, refused] of [
    ['a card', 'C1', {}, CARD],
    ['an identity number under the type of a card', number, {}, CARD],
    ['an identity number beside a card that nobody has', 'X', { certno: number }, CERTIFICATE],
    ['the same, small', '', { certno: number.toLowerCase(), psn_cert_type: '1' }, CERTIFICATE],
  ] as const) {
    const answer = await visitOf('B', shown, more)
    t.match(answer, { infcode: -1, err_msg: refused }, `${what} of another person`)
    t.match(await visitOf('A', shown, more), { infcode: 0 }, `${what} of their own`)
  }
  const passport = await visitOf('B', '', { certno: number, psn_cert_type: '08' })
  t.match(passport, { infcode: 0 }, 'the same number on a passport is another one')
  const patient = { personId: 'B', insurance: '390', showsType: '03', shows: 'X' }
  const { input } = admit(patient, '2012-06-01', '1', '21')
  const mdtrtinfo = { ...(input['mdtrtinfo'] as Message), certno: number, cert_type: '01' }
  const admitted = await client.ask(t, '2401', { ...input, mdtrtinfo })
  t.match(admitted, { infcode: -1, err_msg: CERTIFICATE }, 'an admission, too')

  t.match(await brought('B,social-security-card,C1'), {
    state: 'refused',
    faults: [{ row: 2, column: 'value', expected: /^nobody else’s/ }],
  })
  t.equal(await whose('social-security-card', 'C1'), 'A')
  t.match(await brought('B,social-security-card,C1', 'A,social-security-card,C2'), {
    state: 'applied',
  })
  t.equal(await whose('social-security-card', 'C1'), 'B', 'whoever had it has another now')
  t.equal(await whose('social-security-card', 'C2'), 'A')
  t.equal(await whose('id-card', number), 'person-not-found', 'all that A showed is replaced')
  t.equal((await visitOf('B', 'C1')).infcode, 0)
  t.match(await brought('A,,'), { state: 'applied', records: 1 })
  t.equal(await whose('social-security-card', 'C2'), 'person-not-found')
  for (const psnNo of ['A', 'B']) {
    t.match(await visitOf(psnNo, 'C2'), { infcode: -1, err_msg: /就诊凭证已停用/ }, 'a lost card')
  }
  const lost = { mdtrt_cert_type: '03', mdtrt_cert_no: 'C2' }
  t.match(await client.ask(t, '1101', { data: lost }), { infcode: -1, err_msg: /已停用/ })
  t.match(await brought(`A,id-card,${number}`), { state: 'applied' })
  for (const [certificate, answered] of [
    [
      { ...lost, certno: number },
      { infcode: -1, err_msg: /已停用/ },
    ],
    [{ mdtrt_cert_type: '02', mdtrt_cert_no: number }, { infcode: 0 }],
  ]) {
    t.match(await client.ask(t, '1101', { data: certificate }), answered, 'whatever is beside it')
  }
  t.match(await brought('B,social-security-card,C2'), { state: 'applied' }, 'nobody has it')
  t.strictSame(await brought('A,,'), await brought('A,,'), 'a file is applied once')
})

const EMPLOYEE = {
  personId: 'CQE1',
  ...OF_RESIDENT,
  bornOn: '1980-05-20',
  scheme: 'employee',
  grade: '',
  employment: 'active',
}
const FILED = { kind: 'special', diseaseCode: 'M00500', from: '2022-01-01' }
const OF_FILE = { personId: 'CQE1', stretch: 'registration', diseaseKind: 'special' }

t.test('what institutions filed outlives an import of the person', async (t) => {
  const { counter, registry, send } = await open(t)
  const client = new HospitalSystem(counter, L2)
  const said = {
    psn_no: 'CQE1',
    insutype: '310',
    opsp_dise_code: FILED.diseaseCode,
    opsp_dise_name: '恶性肿瘤门诊治疗',
    insu_optins: '500100',
    ide_fixmedins_no: L2,
    ide_fixmedins_name: '医院',
    hosp_ide_date: FILED.from,
    diag_dr_codg: 'D1',
    diag_dr_name: '医师',
    begndate: FILED.from,
  }
  const file = async (infno: string, data: object): Promise<string> => {
    const answer = await client.ask(t, infno, { data })
    t.equal(answer.infcode, 0, answer.err_msg)
    return answer.output?.result.trt_dcla_detl_sn
  }
  const chosen = {
    psn_no: 'CQE1',
    biz_appy_type: '03',
    begndate: '2023-01-01',
    fix_srt_no: '1',
    fixmedins_code: L2,
    fixmedins_name: '医院',
  }
  const record = async () => (await registry.get('/v1/persons/CQE1')).body
  const brought = async (entry: string, ...rows: readonly Record<string, string>[]) => {
    const reply = await send('people', people({ ...EMPLOYEE, entry }, ...rows))
    t.match(reply.body, { state: 'applied', faultCount: 0 })
    const { version, registrations = [], chosenInstitutions = [] } = await record()
    t.equal(version, reply.body.position, 'it is the record of the import')
    return { registrations, chosenInstitutions }
  }
  const disease = await file('2503', said)
  const place = await file('2505', chosen)
  const kept = [{ institutionId: L2, from: '2023-01-01' }]
  t.strictSame(await brought('first'), { registrations: [FILED], chosenInstitutions: kept })
  t.equal((await client.ask(t, '5301', { data: { psn_no: 'CQE1' } })).output.feedetail.length, 1)

  const own = { ...OF_FILE, diseaseCode: 'M00500', from: '2021-01-01', until: '2023-01-01' }
  const { registrations } = await brought('continued', own)
  t.match(registrations, [{ from: '2021-01-01', until: '2023-01-01' }], 'the file goes before')
  t.equal(registrations.length, 1)

  const withdrawal = { psn_no: 'CQE1', trt_dcla_detl_sn: place, memo: '误报' }
  await file('2506', withdrawal)
  t.strictSame((await brought('late')).chosenInstitutions, [], 'what was withdrawn is gone')
  const late = { data: { ...withdrawal, trt_dcla_detl_sn: disease } }
  t.match(await client.ask(t, '2504', late), { infcode: -1, err_msg: /已由经办机构更改/ })

  await file('2503', { ...said, begndate: '2022-02-01' })
  const { registrations: filed, ...rest } = await record()
  t.match(filed, [{ from: '2022-02-01' }])
  t.equal((await registry.put('/v1/persons/CQE1', rest)).status, 200)
  t.strictSame((await brought('interrupted')).registrations, [], 'what the agency took out, too')

  // Filed and withdrawn between the reading of the filings and the entry that makes the import live.
  const taken = await file('2505', { ...chosen, begndate: '2023-02-01' })
  const { ledger } = counter.ports
  const { append } = ledger
  let tries = 0
  ledger.append = async (request) => {
    const isImport = request.entries.at(-1)?.kind === 'import-activation'
    if (isImport && ++tries === 1) {
      await file('2503', { ...said, begndate: '2022-03-01' })
      await file('2506', { ...withdrawal, trt_dcla_detl_sn: taken })
    }
    return append.call(ledger, request)
  }
  t.strictSame(
    await brought('continued', { ...OF_FILE, diseaseCode: 'M01600', from: '2020-01-01' }),
    {
      registrations: [
        { ...FILED, diseaseCode: 'M01600', from: '2020-01-01' },
        { ...FILED, from: '2022-03-01' },
      ],
      chosenInstitutions: [],
    },
  )
  t.equal(tries, 2)
})

t.test('an import of people ends, though institutions go on filing meanwhile', async (t) => {
  const { counter, registry, send } = await open(t)
  const client = new HospitalSystem(counter, L2)
  const ids = Array.from({ length: 20 }, (_, index) => `M${index}`)
  const everybody = (from: string) =>
    people(...ids.map((personId) => ({ ...EMPLOYEE, personId, from })))
  t.match((await send('people', everybody('2010-01-01'))).body, { state: 'applied' })
  const chosen = { biz_appy_type: '03', fix_srt_no: '1', fixmedins_code: L2, fixmedins_name: 'x' }
  let filed = 0
  const file = async () => {
    const psn_no = ids[filed % ids.length]
    const year = 2020 + Math.floor(filed / ids.length)
    filed += 1
    const days = { begndate: `${year}-01-01`, enddate: `${year}-12-31` }
    const answer = await client.ask(t, '2505', { data: { ...chosen, ...days, psn_no } })
    t.equal(answer.infcode, 0, answer.err_msg)
  }
  for (const _ of ids) await file()

  const { ledger } = counter.ports
  const { append, load, peek } = ledger
  const isOfFilings = (subject: string) => subject.startsWith('filings/')
  let tries = 0
  let read = 0
  let isFiling = false
  ledger.append = (request) => {
    if (request.entries.at(-1)?.kind === 'import-activation') tries += 1
    return append.call(ledger, request)
  }
  ledger.peek = (subject) => (isOfFilings(subject) ? undefined : peek.call(ledger, subject))
  ledger.load = async (subject) => {
    const loaded = await load.call(ledger, subject)
    // Whoever looks at everybody again is never done before the next filing.
    if (isOfFilings(subject) && !isFiling && ++read % 10 === 0 && tries < 20) {
      isFiling = true
      await file()
      isFiling = false
    }
    return loaded
  }
  t.match((await send('people', everybody('2011-01-01'))).body, { state: 'applied' })
  t.ok(tries > 1 && tries < 5, `${tries} tries`)
  t.ok(filed > ids.length, `${filed} filed`)
  const kept = await Promise.all(ids.map((id) => registry.get(`/v1/persons/${id}`)))
  const there = kept.reduce((sum, { body }) => sum + body.chosenInstitutions.length, 0)
  t.equal(there, filed, 'each is in the record')
})

t.test('an approval of a file is found by a visit', async (t) => {
  const { counter, send } = await open(t)
  const row = 'A-9,agency-consent,CQE1,H50011400004,,2022-01-01,,2022-01-01,'
  const [header] = template('approvals').split('\n') as [string]
  const found = async () => {
    const approvals = await new RecordReading(counter.ports).approvalsOf('CQE1')
    return approvals.map(({ approvalId }) => approvalId).sort()
  }
  t.strictSame(await found(), ['R2'])
  t.match((await send('approvals', `${header}\n${row}\n`)).body, { state: 'applied' })
  t.strictSame(await found(), ['A-9', 'R2'])
})

t.test('whoever shares an account with a person is found, by file and by change', async (t) => {
  const { counter, registry, send } = await open(t)
  const sharers = async () =>
    (await new RecordReading(counter.ports).sharersOf('CQR1')).map(({ personId }) => personId)
  t.strictSame(await sharers(), [])
  const shares = { stretch: 'account-sharing', from: '2012-01-01', sharedWith: 'CQR1' }
  const file = people(
    { personId: 'A', ...OF_RESIDENT },
    { personId: 'A', ...shares, until: '2013-01-01' },
    { personId: 'A', ...shares, from: '2014-01-01', until: '2015-01-01' },
    { personId: 'B', ...OF_RESIDENT },
  )
  const reply = await send('people', file)
  t.match(reply.body, { state: 'applied' })
  t.strictSame(await sharers(), ['A'])
  const put = async (personId: string, accountSharedWith: readonly object[]) => {
    const { body } = await registry.get(`/v1/persons/${personId}`)
    const changed = await registry.put(`/v1/persons/${personId}`, { ...body, accountSharedWith })
    t.equal(changed.status, 200, JSON.stringify(changed.body))
  }
  const shared = [{ personId: 'CQR1', from: '2020-01-01' }]
  await put('B', shared)
  t.strictSame(await sharers(), ['A', 'B'])
  await put('A', [])
  await put('B', [...shared, { personId: 'A', from: '2020-01-01' }])
  t.strictSame(await sharers(), ['B'], 'who shares no more is not')
})
