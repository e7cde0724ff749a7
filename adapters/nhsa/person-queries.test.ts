import t, { type Test } from 'tap'
import type { Insurance, PersonRecord } from '../../engine/registry/records.ts'
import { L1, L2 } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  ID_CARD,
  type Message,
  PERSON,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** What institutions ask about persons, held against what settlements then do. */

const SUSPENDED = 'H50010300007'

/** Residents and employees who may enjoy nothing, each for a reason of their own. */
const INSURED: Readonly<Record<string, Partial<Insurance>>> = {
  ARREARS: { status: 'in-arrears' },
  SUSPENDED: { status: 'suspended' },
  FROM_JUNE: { from: '2022-06-01' },
  LATE: { scheme: 'resident', grade: 1, from: '2022-05-01', entry: 'late' },
  NOWHERE: { homeDistrict: '999999' },
  BORN_IN_MAY: { scheme: 'resident', grade: 1, from: '2022-06-01', entry: 'newborn' },
}

const BORN_ON: Readonly<Record<string, string>> = { BORN_IN_MAY: '2022-05-02' }

function person(personId: string, insured: Partial<Insurance>): PersonRecord {
  return {
    personId,
    version: 1,
    sex: 'male',
    bornOn: BORN_ON[personId] ?? '1980-01-01',
    insurances: [
      {
        scheme: 'employee',
        ...(insured.scheme === 'resident' ? {} : { employment: 'active' }),
        homeDistrict: '500113',
        status: 'paid-up',
        from: '2010-01-01',
        ...insured,
      },
    ],
    categories: [],
    accountSharedWith: [],
  }
}

function putPersons(counter: TestCounter): void {
  for (const [id, insured] of Object.entries(INSURED)) counter.putPerson(person(id, insured))
}

function check(said: Message, more: Message = {}): Message {
  const { psn_no, insutype, med_type, begntime, dise_codg } = said
  return {
    data: { psn_no, insutype, med_type, begntime, dise_codg, fixmedins_code: L2, ...more },
  }
}

/** The first refusal of a visit up to its pre-settlement, or what that answers. */
async function tryVisit(t: Test, client: HospitalSystem, said: Message): Promise<Answer> {
  const opened = await client.send(t, 'zj-2201', { more: said })
  t.equal(opened.infcode, 0, opened.err_msg)
  const more = { ...said, mdtrt_id: opened.output.data.mdtrt_id }
  for (const name of ['zj-2203A', 'zj-2204', 'zj-2206A']) {
    const answer = await client.send(t, name, { more })
    if (answer.infcode !== 0 || name === 'zj-2206A') return answer
  }
}

t.test('2001 says what a visit of that day then comes to', (t) =>
  withCounter(async (counter) => {
    putPersons(counter)
    // Who, with which insurance, for which care, on which day, at which institution, and why not.
    const CASES: readonly (readonly [
      string,
      string,
      string,
      string,
      string,
      RegExp | undefined,
    ])[] = [
      [PERSON, '310', '11', '2022-07-01', L2, undefined],
      [PERSON, '310', '11', '2023-07-01', L1, undefined],
      [PERSON, '310', '11', '2022-07-01', SUSPENDED, /协议已暂停/],
      [PERSON, '310', '14', '2022-07-01', L2, /不支持此就医类别/],
      [PERSON, '310', '99', '2022-07-01', L2, /医疗类别/],
      [PERSON, '310', '11', '2025-07-01', L2, /政策的范围/],
      ['CQR3', '390', '11', '2023-07-01', L2, undefined],
      ['CQR3', '390', '14', '2023-07-01', L2, /未办理该病种/],
      ['ARREARS', '310', '11', '2022-07-01', L2, /欠费/],
      ['SUSPENDED', '310', '11', '2022-07-01', L2, /参保状态暂停/],
      ['FROM_JUNE', '310', '11', '2022-07-01', L2, undefined],
      ['FROM_JUNE', '310', '11', '2022-05-01', L2, /未参保/],
      ['LATE', '390', '11', '2022-07-01', L2, /等待期.*待遇自2022-07-30起/],
      ['LATE', '390', '11', '2022-08-01', L2, undefined],
      ['BORN_IN_MAY', '390', '11', '2022-05-02', L2, undefined],
      ['BORN_IN_MAY', '390', '11', '2022-05-01', L2, /未参保/],
    ]
    const clients = new Map<string, HospitalSystem>()
    for (const [psn_no, insutype, med_type, day, at, reason] of CASES) {
      const what = `${psn_no} ${med_type} on ${day} at ${at}`
      const client = clients.get(at) ?? new HospitalSystem(counter, at)
      clients.set(at, client)
      const said = {
        psn_no,
        insutype,
        med_type,
        mdtrt_cert_no: 'unknown',
        begntime: `${day} 10:00:00`,
        fee_ocur_time: `${day} 10:00:00`,
        acct_used_flag: '0',
        dise_codg: 'M00500',
      }
      const checked = await client.ask(t, '2001', check(said, { fixmedins_code: at }))
      t.equal(checked.infcode, 0, `${what}: ${checked.err_msg}`)
      const rows: Answer[] = checked.output.trtinfo
      t.ok(rows.length > 0)
      const came = await tryVisit(t, client, said)
      const enjoyed = rows.some((row) => row.trt_enjymnt_flag === '1')
      t.equal(enjoyed, came.infcode === 0, `${what}: ${came.err_msg}`)
      t.equal(enjoyed, reason === undefined, what)
      if (reason === undefined) {
        const types = new Set(rows.map((row) => row.fund_pay_type))
        const paid: Answer[] = came.output.setldetail
        for (const { fund_pay_type, fund_payamt } of paid) {
          if (fund_payamt > 0) t.ok(types.has(fund_pay_type), `${what}: ${fund_pay_type}`)
        }
        continue
      }
      for (const row of rows) {
        t.match(row, { psn_no, trt_chk_type: '01', trt_chk_rslt: reason, begndate: day }, what)
        t.ok(came.err_msg.startsWith(row.trt_chk_rslt.slice(0, 8)), `${what}: ${came.err_msg}`)
      }
    }
  }),
)

t.test('2001 over a period, of a stay, and of funds that are not for everybody', (t) =>
  withCounter(async (counter) => {
    putPersons(counter)
    const client = new HospitalSystem(counter)
    const ask = async (data: Message): Promise<Answer> =>
      client.ask(t, '2001', {
        data: { insutype: '310', fixmedins_code: L2, med_type: '11', ...data },
      })
    const period = { begntime: '2022-05-30 00:00:00', endtime: '2022-06-02 23:59:59' }
    const told = (rows: readonly Answer[], type: string) =>
      rows
        .filter((row) => row.fund_pay_type === type)
        .map((row) => [row.trt_enjymnt_flag, row.begndate, row.enddate])
    const whole = (await ask({ psn_no: 'FROM_JUNE', ...period })).output.trtinfo
    t.strictSame(told(whole, '310100'), [
      ['0', '2022-05-30', '2022-05-31'],
      ['1', '2022-06-01', '2022-06-02'],
    ])
    const stay = { med_type: '21', psn_no: PERSON, ...period }
    t.strictSame(told((await ask(stay)).output.trtinfo, '310100'), [
      ['1', '2022-05-30', '2022-06-02'],
    ])
    const aided = { insutype: '390', med_type: '21', begntime: '2023-06-01 00:00:00' }
    for (const [psn_no, flag] of [
      ['CQR3', '1'],
      ['CQR1', '0'],
    ] as const) {
      const rows = (await ask({ psn_no, ...aided })).output.trtinfo
      t.strictSame(told(rows, '390100'), [['1', '2023-06-01', '2023-06-01']])
      t.strictSame(told(rows, '610100'), [[flag, '2023-06-01', '2023-06-01']], `aid of ${psn_no}`)
    }
    const CASES: readonly (readonly [Message, RegExp])[] = [
      [{ psn_no: 'NOBODY', ...period }, /未查到参保人/],
      [{ psn_no: PERSON, begntime: '2022-06-02', endtime: '2022-06-01' }, /早于开始时间/],
      [{ psn_no: PERSON, begntime: '2022-06-02', endtime: '2024-06-01' }, /不能超过/],
      [{ psn_no: 'NOWHERE', ...period }, /政策未接入/],
    ]
    for (const [data, sentence] of CASES) {
      t.match(await ask(data), { infcode: -1, err_msg: sentence })
    }
    const other = await ask({ psn_no: PERSON, insutype: '390', begntime: '2022-06-02' })
    t.match(other, {
      output: { trtinfo: [{ fund_pay_type: '310100', trt_enjymnt_flag: '1' }] },
      warn_msg: /报文为390，已按310检查/,
    })
  }),
)

t.test('1101 tells the categories in the city’s codes', (t) =>
  withCounter(async (counter) => {
    const low = { category: 'low-income', from: '2011-01-01' }
    counter.putPerson({
      ...person('AIDED', { scheme: 'resident', grade: 1 }),
      categories: [
        low,
        { category: 'destitute', from: '2020-01-01', until: '2024-01-01' },
        { category: 'monitored', from: '2030-01-01' },
        { category: 'of-no-city', from: '2011-01-01' },
      ],
    })
    const client = new HospitalSystem(counter)
    const told = async (more: Message): Promise<Answer> =>
      (await client.send(t, 'hunan-1101-req-line721', { more })).output
    const now = { mdtrt_cert_no: 'AIDED', begntime: '' }
    const blank = { psn_type_lv: '', memo: '' }
    const lowIncome = {
      psn_idet_type: '2303',
      ...blank,
      begntime: '2011-01-01 00:00:00',
      endtime: '',
    }
    t.strictSame((await told(now)).idetinfo, [lowIncome])
    const destitute = {
      psn_idet_type: '2304',
      ...blank,
      begntime: '2020-01-01 00:00:00',
      endtime: '2023-12-31 23:59:59',
    }
    const since = { ...now, begntime: '2023-01-01 00:00:00' }
    t.strictSame((await told(since)).idetinfo, [lowIncome, destitute])
    t.strictSame((await told({ mdtrt_cert_no: ID_CARD, begntime: '' })).idetinfo, [])
  }),
)

t.test('a newborn whom the city covers from birth is insured for every question', (t) =>
  withCounter(async (counter) => {
    putPersons(counter)
    counter.now = Date.UTC(2022, 4, 31, 2)
    const client = new HospitalSystem(counter)
    const psn_no = 'BORN_IN_MAY'
    const begntime = '2022-05-03 10:00:00'
    const shown = { psn_no, mdtrt_cert_no: psn_no }
    for (const since of ['', begntime]) {
      const more = { ...shown, begntime: since }
      const { output } = await client.send(t, 'hunan-1101-req-line721', { more })
      t.match(output.insuinfo, [{ insutype: '390', psn_insu_date: '2022-06-01' }])
    }
    const admitted = await client.send(t, ADMISSION, { more: { ...shown, begntime } })
    t.equal(admitted.infcode, 0, admitted.err_msg)
    const period = { begntime: '2022-05-01 00:00:00', endtime: '2022-05-31 23:59:59' }
    const more = { psn_no, ...period }
    const lying = await client.send(t, 'hunan-5303-req-line9257', { more })
    t.match(lying.output.data, [{ psn_no, insutype: '390', begndate: '2022-05-03' }])
    const year = await client.ask(t, '5206', { data: { psn_no, cum_ym: '202205' } })
    t.match(year.output?.cuminfo, [{ insutype: '390', year: '2022' }], year.err_msg)
  }),
)

t.test('5303: who lies here, and no more of who lies elsewhere than 2401 says', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const other = new HospitalSystem(counter, L1)
    const admit = async (at: HospitalSystem, psn_no: string, begntime: string): Promise<string> => {
      const more = { psn_no, mdtrt_cert_no: 'unknown', begntime }
      const answer = await at.send(t, ADMISSION, { more })
      t.equal(answer.infcode, 0, answer.err_msg)
      return answer.output.result.mdtrt_id
    }
    const asked = (at: HospitalSystem, psn_no: string, begntime: string, endtime: string) =>
      at.send(t, 'hunan-5303-req-line9257', { more: { psn_no, begntime, endtime } })
    const here = async (from: string, to: string): Promise<string[]> => {
      const { output } = await asked(client, '', `${from} 00:00:00`, `${to} 23:59:59`)
      return output.data.map((row: Answer) => row.mdtrt_id)
    }
    const first = await admit(client, 'CQE1', '2022-01-21 10:00:00')
    const second = await admit(client, 'CQE3', '2022-02-03 10:00:00')
    await admit(other, 'CQE2', '2022-02-03 10:00:00')
    t.strictSame(await here('2022-01-21', '2022-02-03'), [first, second])
    t.strictSame(await here('2022-01-01', '2022-02-02'), [first])
    t.strictSame(await here('2022-01-22', '2022-02-28'), [second])

    const { data } = (await asked(client, 'CQE1', '2022-01-01', '2022-12-31')).output
    t.match(data, [
      {
        mdtrt_id: first,
        psn_no: 'CQE1',
        gend: '1',
        brdy: '1980-05-20',
        insutype: '310',
        begndate: '2022-01-21',
        med_type: '21',
        ipt_otp_no: '20220121',
        out_flag: '0',
      },
    ])
    const elsewhere = await asked(client, 'CQE2', '2022-01-01', '2022-12-31')
    t.match(elsewhere, {
      infcode: 0,
      output: { data: [] },
      warn_msg: /其他机构住院（机构编号：H50011300003，机构名称：.+，入院日期：2022-02-03）/,
    })
    t.notMatch(JSON.stringify(elsewhere), /"V\d+"/, 'not its visit')
    t.strictSame((await asked(client, 'CQE3', '2022-03-01', '2022-12-31')).output.data, [])
    t.match(await asked(client, '', '2022-03-01', '2022-02-01'), { infcode: -1 })

    const moved = { mdtrt_id: first, begntime: '2022-01-19 10:00:00', psn_no: 'CQE1' }
    t.equal((await client.send(t, '2403', { more: moved })).infcode, 0)
    t.strictSame(await here('2022-01-20', '2022-01-31'), [], 'the admission was put right')
    t.strictSame(await here('2022-01-19', '2022-01-19'), [first])
    const left = { mdtrt_id: second, psn_no: 'CQE3', endtime: '2022-02-10 10:00:00' }
    t.equal((await client.send(t, '2402', { more: left })).infcode, 0)
    t.strictSame(await here('2022-01-01', '2022-12-31'), [first], 'who left lies here no more')
    t.equal((await client.send(t, '2405', { more: left })).infcode, 0)
    t.strictSame(await here('2022-01-01', '2022-12-31'), [first, second])
  }),
)

t.test('5301 names what nobody filed here as the dictionary of the city does', (t) =>
  withCounter(async (counter) => {
    const special = { kind: 'special', from: '2020-01-01' } as const
    const registrations = [
      { ...special, diseaseCode: 'M00500' },
      { ...special, diseaseCode: 'M01600', until: '2022-01-01' },
    ]
    counter.putPerson({ ...person('ILL', {}), registrations })
    const client = new HospitalSystem(counter)
    const names = async () =>
      (await client.ask(t, '5301', { data: { psn_no: 'ILL' } })).output.feedetail.map(
        ({ opsp_dise_code, opsp_dise_name }: Answer) => [opsp_dise_code, opsp_dise_name],
      )
    t.strictSame(await names(), [['M00500', '']], 'no name is made up; one has ended')
    const own = 'opsp_dise_code: { name: 门慢门特病种, codes: { M00500: 恶性肿瘤门诊治疗 } }'
    const funds = '\nfunds:\n'
    counter.editRules('chongqing/nhsa.yaml', funds, `\ndictionaries:\n  ${own}${funds}`)
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    t.strictSame(await names(), [['M00500', '恶性肿瘤门诊治疗']])
  }),
)
