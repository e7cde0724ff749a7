import t, { type Test } from 'tap'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import { settleVisit } from '../../engine/counter/settle-visit.ts'
import { L1, L2, line } from '../../fixtures/counter/bills.ts'
import {
  type Answer,
  HospitalSystem,
  type Message,
  PERSON,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import {
  CAPITAL,
  cancelStay,
  HOME,
  saidOfStay,
  stay,
  withHospitals,
} from '../../fixtures/nhsa/referred-stay.ts'

/** What institutions file for their patients, and what settlements then make of it. */

const REFERRAL = {
  psn_no: 'JLR1',
  insutype: '390',
  diag_code: 'I21',
  diag_name: '急性心肌梗死',
  reflin_medins_no: CAPITAL,
  reflin_medins_name: '省医院',
  mdtrtarea_admdvs: '220102',
  refl_type: '2',
  refl_date: '2023-05-10',
  refl_rea: '病情需要',
  refl_opnn: '同意',
}

t.test('a referral that is filed while its stay is settled', (t) =>
  withHospitals(async (counter) => {
    const home = new HospitalSystem(counter, HOME)
    const capital = new HospitalSystem(counter, CAPITAL)
    const days = ['2023-05-10', '2023-05-20'] as const
    const unreferred = await stay(t, capital, ...days)
    await cancelStay(t, capital, unreferred)
    const { ledger } = counter.ports
    let filings = 0
    // It is booked after the settlement has looked for it and before anything else is read.
    const load: typeof ledger.load = async (subject) => {
      const loaded = await ledger.load(subject)
      if (subject.startsWith('filings/') && ++filings === 1) {
        t.equal((await home.ask(t, '2501', { refmedin: REFERRAL })).infcode, 0)
      }
      return loaded
    }
    const slow = new Proxy(ledger, {
      get: (target, name) => {
        if (name === 'load') return load
        if (name === 'peek') return () => undefined
        const member = Reflect.get(target, name, target)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
    const settled = await settleVisit(
      { ...counter.ports, ledger: slow },
      {
        requester: { role: 'institution', id: CAPITAL },
        requestId: capital.nextId(),
        requestHash: new Uint8Array(32),
        operation: '2304',
        visitId: unreferred.visit,
        part: { final: true, until: days[1] },
        terms: {},
      },
    )
    t.ok(!isRefusal(settled) && settled.answer.claim.approvalId, 'it was booked before: it counts')
    t.equal(filings, 2, 'the settlement was decided again')
  }),
)

t.test('after 2501 the settlement there is one of a referral', (t) =>
  withHospitals(async (counter) => {
    const home = new HospitalSystem(counter, HOME)
    const capital = new HospitalSystem(counter, CAPITAL)
    const before = await stay(t, home, '2023-05-01', '2023-05-10')
    const days = ['2023-05-10', '2023-05-20'] as const
    for (const more of [
      { refl_date: '2023-05-01', enddate: '2023-05-09' },
      { refl_date: '2023-05-11' },
      { reflin_medins_no: 'H22010200003' },
    ]) {
      const elsewhere = await home.ask(t, '2501', { refmedin: { ...REFERRAL, ...more } })
      t.equal(elsewhere.infcode, 0, 'of other days, or to another place')
    }
    const unreferred = await stay(t, capital, ...days)
    await cancelStay(t, capital, unreferred)

    const id = home.nextId()
    const input = { refmedin: { ...REFERRAL, refl_old_mdtrt_id: before.visit } }
    const filed = await home.tell(t, '2501', input, id)
    t.match(JSON.parse(filed).output, { result: { trt_dcla_detl_sn: /^F\d+$/ } })
    t.equal(await home.tell(t, '2501', input, id), filed, 'byte for byte')
    const again = await home.ask(t, '2501', input)
    t.strictSame(again.output, JSON.parse(filed).output, 'by another message, the same filing')

    const more = { ...saidOfStay(...days), mdtrt_id: unreferred.visit }
    const settled = await capital.send(t, '2304', { more })
    const referred = settled.output.setlinfo
    t.ok(referred.fund_pay_sumamt > unreferred.fund, 'ten points more')
    t.ok(referred.act_pay_dedc < unreferred.deductible, 'what the stay before bore counts')
    const repeated = await capital.send(t, '2304', { more })
    t.equal(repeated.output.setlinfo.setl_id, referred.setl_id, 'a new message for the same bill')

    const trt_dcla_detl_sn = again.output.result.trt_dcla_detl_sn
    const withdrawal = { data: { trt_dcla_detl_sn, psn_no: 'JLR1', memo: '误报' } }
    const inUse = await home.ask(t, '2502', withdrawal)
    t.match(inUse, { infcode: -1, err_msg: new RegExp(`先撤销结算.*${referred.setl_id}`) })
    for (const [client, infno, psn_no] of [
      [capital, '2502', 'JLR1'],
      [home, '2504', 'JLR1'],
      [home, '2502', 'CQE1'],
    ] as const) {
      const answer = await client.ask(t, infno, { data: { ...withdrawal.data, psn_no } })
      t.match(answer, { infcode: -1, err_msg: /未找到本机构/ }, `${infno} of ${psn_no}`)
    }
    await cancelStay(t, capital, { ...unreferred, settlement: referred.setl_id })
    const taken = home.nextId()
    const withdrawn = await home.tell(t, '2502', withdrawal, taken)
    t.match(JSON.parse(withdrawn), { infcode: 0, output: null })
    t.equal(await home.tell(t, '2502', withdrawal, taken), withdrawn)
    t.match(await home.ask(t, '2502', withdrawal), { infcode: -1, err_msg: /不能重复撤销/ })
    const trial = (await capital.send(t, '2303', { more })).output.setlinfo
    t.equal(trial.fund_pay_sumamt, unreferred.fund, 'as if never referred')
    t.equal(trial.act_pay_dedc, unreferred.deductible)
    const approvals = (await counter.ports.ledger.subjects('approval/', '', 9)).map((subject) =>
      subject.slice('approval/'.length),
    )
    const kept = await Promise.all(
      approvals.map((one) => counter.as('registry').get(`/v1/approvals/${one}`)),
    )
    const [gone, ...others] = kept.filter(({ body }) => body.withdrawn)
    t.match(gone?.body, { kind: 'referral', personId: 'JLR1', institutionId: CAPITAL })
    t.equal(others.length, 0)
    const claim = {
      personId: 'JLR1',
      institutionId: CAPITAL,
      careType: 'inpatient',
      admittedOn: days[0],
      dischargedOn: days[1],
      approvalId: gone?.body.approvalId,
      lines: [line(100)],
    }
    const named = await counter.as(CAPITAL).post('/v1/quotes', claim)
    t.match(named.body, { code: 'approval-unknown' }, 'nor can a claim name it')

    const anew = (await home.ask(t, '2501', input)).output.result
    t.not(anew.trt_dcla_detl_sn, trt_dcla_detl_sn, 'filed anew, it is another filing')
    // At the same moment: whichever is first, the settlement never leans on what is withdrawn.
    const last = { data: { ...withdrawal.data, trt_dcla_detl_sn: anew.trt_dcla_detl_sn } }
    const [both, takenBack] = await Promise.all([
      capital.send(t, '2304', { more }),
      home.ask(t, '2502', last),
    ])
    const paid = both.output.setlinfo.fund_pay_sumamt
    t.equal(paid, takenBack.infcode === 0 ? unreferred.fund : referred.fund_pay_sumamt)

    const late = { refmedin: { ...REFERRAL, reflin_medins_no: HOME, enddate: '2023-05-09' } }
    t.match(await home.ask(t, '2501', late), { infcode: -1, err_msg: /早于开始日期/ })
  }),
)

t.test('a referral whose approval the agency has withdrawn or shortened counts for nothing', (t) =>
  withHospitals(async (counter) => {
    const home = new HospitalSystem(counter, HOME)
    const capital = new HospitalSystem(counter, CAPITAL)
    const registry = counter.as('registry')
    const days = ['2023-05-10', '2023-05-20'] as const
    const unreferred = await stay(t, capital, ...days)
    await cancelStay(t, capital, unreferred)
    const more = { ...saidOfStay(...days), mdtrt_id: unreferred.visit }
    const paid = async () => {
      const { infcode, err_msg, output } = await capital.send(t, '2303', { more })
      t.equal(infcode, 0, err_msg)
      return output.setlinfo.fund_pay_sumamt
    }
    const change = async (said: object) => {
      const [id] = (await counter.ports.ledger.subjects('approval/', '', 9)).slice(-1)
      const url = `/v1/${id!.replace('approval/', 'approvals/')}`
      const { body } = await registry.get(url)
      t.equal((await registry.put(url, { ...body, ...said })).status, 200)
    }
    const file = async () => {
      const { infcode, err_msg, output } = await home.ask(t, '2501', { refmedin: REFERRAL })
      t.equal(infcode, 0, err_msg)
      return output.result.trt_dcla_detl_sn
    }
    const filings = new Set<string>()
    for (const said of [{ withdrawn: true }, { until: '2023-05-10', from: '2023-05-01' }]) {
      filings.add(await file())
      const referred = await paid()
      t.ok(referred > unreferred.fund, 'ten points more')
      await change(said)
      t.equal(await paid(), unreferred.fund, JSON.stringify(said))
    }
    t.equal(filings.size, 2, 'filed again, it is another filing')
    const [first] = filings
    const withdrawal = { data: { trt_dcla_detl_sn: first, psn_no: 'JLR1', memo: '误报' } }
    t.match(await home.ask(t, '2502', withdrawal), { err_msg: /已由经办机构更改/ })
  }),
)

/** An outpatient visit of the demo's employee, up to its settlement or the first refusal. */
async function visit(
  t: Test,
  client: HospitalSystem,
  said: Message,
  until: 'zj-2206A' | 'zj-2207A' = 'zj-2207A',
): Promise<Answer> {
  const opened = await client.send(t, 'zj-2201', { more: said })
  t.equal(opened.infcode, 0, opened.err_msg)
  const more = { ...said, mdtrt_id: opened.output.data.mdtrt_id }
  for (const name of ['zj-2203A', 'zj-2204']) {
    const answer = await client.send(t, name, { more })
    if (answer.infcode !== 0) return answer
  }
  return client.send(t, until, { more })
}

const DISEASE = {
  psn_no: PERSON,
  insutype: '310',
  opsp_dise_code: 'M00500',
  opsp_dise_name: '恶性肿瘤门诊治疗',
  insu_optins: '500103',
  ide_fixmedins_no: L2,
  ide_fixmedins_name: '医院',
  hosp_ide_date: '2022-01-01',
  diag_dr_codg: 'D1',
  diag_dr_name: '医师',
  begndate: '2022-01-01',
  enddate: '2027-12-31',
}
const OF_DISEASE = { med_type: '14', dise_codg: 'M00500', acct_used_flag: '0' }

t.test('after 2503 the disease is settled as such, until 2504', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const other = new HospitalSystem(counter, L1)
    const refused = await visit(t, client, OF_DISEASE)
    t.match(refused, { infcode: -1, err_msg: /不支持此就医类别|未办理/ })

    const id = client.nextId()
    const [filed, twin] = await Promise.all([
      client.tell(t, '2503', { data: DISEASE }, id),
      client.tell(t, '2503', { data: DISEASE }, id),
    ])
    t.equal(twin, filed, 'sent twice at once, filed once')
    const sn = JSON.parse(filed).output.result.trt_dcla_detl_sn
    const reused = { data: { ...DISEASE, opsp_dise_code: 'M01600' } }
    t.match(await client.ask(t, '2503', reused, id), { infcode: -1, err_msg: /报文号/ })
    t.match(await other.ask(t, '2503', { data: DISEASE }), {
      infcode: -1,
      err_msg: /同样的有效备案.*已有备案自2022-01-01起至2028-01-01前/,
    })
    t.strictSame((await other.ask(t, '5301', { data: { psn_no: PERSON } })).output.feedetail, [
      {
        opsp_dise_code: 'M00500',
        opsp_dise_name: '恶性肿瘤门诊治疗',
        begndate: '2022-01-01',
        enddate: '2027-12-31',
      },
    ])

    const settled = await visit(t, client, OF_DISEASE)
    t.equal(settled.infcode, 0, settled.err_msg)
    const { mdtrt_id, setl_id, hifp_pay, clr_type } = settled.output.setlinfo
    t.ok(hifp_pay > 0, 'the pool pays')
    t.equal(clr_type, '14')
    const withdrawal = { data: { trt_dcla_detl_sn: sn, psn_no: PERSON, memo: '误报' } }
    const inUse = await client.ask(t, '2504', withdrawal)
    t.match(inUse, { infcode: -1, err_msg: new RegExp(`先撤销结算.*${setl_id}`) })
    t.match(await other.ask(t, '2504', withdrawal), { infcode: -1, err_msg: /未找到本机构/ })
    const cancelled = await client.send(t, 'zj-2208', { more: { mdtrt_id, setl_id } })
    t.equal(cancelled.infcode, 0)
    t.equal((await client.ask(t, '2504', withdrawal)).infcode, 0)
    t.match(await visit(t, client, OF_DISEASE), { infcode: -1 }, 'as before')
    t.strictSame((await client.ask(t, '5301', { data: { psn_no: PERSON } })).output.feedetail, [])

    // The last day that a date can say means that there is no end.
    const endless = await client.ask(t, '2503', { data: { ...DISEASE, enddate: '9999-12-31' } })
    t.equal(endless.infcode, 0, endless.err_msg)
    const { feedetail } = (await client.ask(t, '5301', { data: { psn_no: PERSON } })).output
    t.match(feedetail, [{ begndate: '2022-01-01', enddate: '' }])
    const { trt_dcla_detl_sn: open } = endless.output.result
    const takeOpen = { data: { ...withdrawal.data, trt_dcla_detl_sn: open } }
    t.equal((await client.ask(t, '2504', takeOpen)).infcode, 0)

    // What the agency changed since is the agency's.
    const anew = await client.ask(t, '2503', { data: DISEASE })
    const { body } = await counter.as('registry').get(`/v1/persons/${PERSON}`)
    const { registrations, ...rest } = body
    t.match(registrations, [{ kind: 'special', diseaseCode: 'M00500', until: '2028-01-01' }])
    t.equal((await counter.as('registry').put(`/v1/persons/${PERSON}`, rest)).status, 200)
    const { trt_dcla_detl_sn } = anew.output.result
    const late = await client.ask(t, '2504', {
      data: { ...withdrawal.data, trt_dcla_detl_sn },
    })
    t.match(late, { infcode: -1, err_msg: /已由经办机构更改/ })

    // Filed by another hospital then, it is that one's; withdrawn there, it can be filed here again.
    const registered = async () =>
      (await counter.as('registry').get(`/v1/persons/${PERSON}`)).body.registrations?.length
    const file = async (by: HospitalSystem) =>
      (await by.ask(t, '2503', { data: DISEASE })).output.result.trt_dcla_detl_sn
    const take = (by: HospitalSystem, filing: string) =>
      by.ask(t, '2504', { data: { ...withdrawal.data, trt_dcla_detl_sn: filing } })
    const theirs = await file(other)
    t.match(await take(client, trt_dcla_detl_sn), { err_msg: /已由经办机构更改/ })
    t.equal(await registered(), 1)
    t.equal((await take(other, theirs)).infcode, 0)
    const third = await file(client)
    t.not(third, trt_dcla_detl_sn)
    t.equal(await registered(), 1, 'what is answered as filed is in the record')
    t.equal(await file(client), third)
  }),
)

const CHOSEN = {
  psn_no: PERSON,
  biz_appy_type: '03',
  begndate: '2023-01-01',
  fix_srt_no: '1',
  fixmedins_code: L2,
  fixmedins_name: '医院',
}
const OUTPATIENT_RATE = 'chongqing/employee/outpatient-rate.yaml'
const RATE_OF_2023 = '      - { level: [1, 2], employment: active, ratePermyriad: 6000 }'

t.test('after 2505 the institution is a chosen one, until 2506', (t) =>
  withCounter(async (counter) => {
    const dimension = '  employment: [active, retired]\n'
    counter.editRules(
      OUTPATIENT_RATE,
      dimension,
      `${dimension}  chosenInstitution: [true, false]\n`,
    )
    counter.editRules(
      OUTPATIENT_RATE,
      RATE_OF_2023,
      `${RATE_OF_2023.replace(' ratePermyriad: 6000', 'chosenInstitution: false, ratePermyriad: 6000')}
${RATE_OF_2023.replace(' ratePermyriad: 6000', 'chosenInstitution: true, ratePermyriad: 8000')}`,
    )
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    const client = new HospitalSystem(counter)
    const said = {
      begntime: '2023-06-01 10:00:00',
      fee_ocur_time: '2023-06-01 10:00:00',
      acct_used_flag: '0',
    }
    const before = (await visit(t, client, said, 'zj-2206A')).output.setlinfo.hifp_pay
    t.ok(before > 0)
    const filed = await client.ask(t, '2505', { data: CHOSEN })
    const sn = filed.output.result.trt_dcla_detl_sn
    const settled = (await visit(t, client, said)).output.setlinfo
    t.equal(settled.hifp_pay, (before * 8) / 6, '80 % for 60 %')
    const withdrawal = { data: { trt_dcla_detl_sn: sn, psn_no: PERSON, memo: '误报' } }
    t.match(await client.ask(t, '2506', withdrawal), { infcode: -1, err_msg: /先撤销结算/ })
    const { mdtrt_id, setl_id } = settled
    t.equal((await client.send(t, 'zj-2208', { more: { mdtrt_id, setl_id } })).infcode, 0)
    t.equal((await client.ask(t, '2506', withdrawal)).infcode, 0)
    t.equal((await visit(t, client, said, 'zj-2206A')).output.setlinfo.hifp_pay, before)
  }),
)

t.test('what is refused, and in which words', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const referral = { ...REFERRAL, psn_no: PERSON, insutype: '310' }
    const CASES: readonly (readonly [string, Message, RegExp])[] = [
      ['2501', { refmedin: { ...referral, psn_no: 'NOBODY' } }, /未查到参保人/],
      ['2501', { refmedin: { ...referral, insutype: '390' } }, /险种类型/],
      ['2501', { refmedin: { ...referral, refl_date: '2009-05-10' } }, /未参保/],
      ['2501', { refmedin: { ...referral, diag_code: '' } }, /诊断代码（diag_code）/],
      ['2503', { data: { ...DISEASE, enddate: '2021-12-31' } }, /早于开始日期/],
      ['2503', { data: { ...DISEASE, insutype: '390' } }, /险种类型/],
      ['2505', { data: { ...CHOSEN, fixmedins_code: 'H99999999999' } }, /所选定点机构/],
      ['2505', { data: { ...CHOSEN, biz_appy_type: '99' } }, /biz_appy_type/],
      ['2502', { data: { psn_no: PERSON, trt_dcla_detl_sn: 'F1' } }, /未找到本机构/],
      ['2504', { data: { psn_no: PERSON, trt_dcla_detl_sn: 'x', memo: 'x' } }, /未找到本机构/],
    ]
    for (const [infno, input, sentence] of CASES) {
      t.match(await client.ask(t, infno, input), { infcode: -1, err_msg: sentence }, infno)
    }
    const settledBefore = client.nextId()
    const filed = await client.tell(t, '2505', { data: CHOSEN }, settledBefore)
    t.equal(JSON.parse(filed).infcode, 0)
    for (const [from, to] of [
      ['referral: { by: institution }', 'referral: { by: agency }'],
      ['disease:\n    by: institution', 'disease:\n    by: agency'],
      ['chosenInstitution:\n    by: institution', 'chosenInstitution:\n    by: agency'],
    ] as const) {
      counter.editRules('chongqing/nhsa.yaml', from, to)
    }
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    for (const [infno, input] of [
      ['2501', { refmedin: referral }],
      ['2503', { data: DISEASE }],
      ['2505', { data: { ...CHOSEN, fixmedins_code: L1 } }],
    ] as const) {
      const answer = await client.ask(t, infno, input)
      t.match(answer, { infcode: -1, err_msg: /由参保地经办机构办理/ }, infno)
    }
    const again = await client.tell(t, '2505', { data: CHOSEN }, settledBefore)
    t.equal(again, filed, 'what was filed before the rules changed is answered as it was')
  }),
)
