import t from 'tap'
import { L1, L2 } from '../../fixtures/counter/bills.ts'
import { DEMO_CREDENTIALS, DEMO_PERSONS } from '../../fixtures/demo.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  ID_CARD,
  type Message,
  otherShape,
  PERSON,
  type Sent,
  same,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** Visits of outpatients over the national interface, played with the messages that real clients sent. */

/** The captured story in its order: the transaction, its address, and what comes of it. */
const STORY: readonly (readonly [name: string, service: string, infcode: 0 | -1])[] = [
  ['zj-9001', 'signInSignOutService/signIn', 0],
  ['zj-1101', 'fsiPsnInfoService/queryPsnInfo', 0],
  ['zj-2201', 'outpatientDocInfoService/outpatientRregistration', 0],
  ['zj-2203A', 'outpatientDocInfoService/outpatientMdtrtinfoUpA', 0],
  ['zj-2204', 'outpatientDocInfoService/outpatientFeeListUp', 0],
  ['zj-2206A', 'outpatientSettleService/preSettletmentA', 0],
  ['zj-2207A', 'outpatientSettleService/saveSettletmentA', 0],
  ['zj-2208', 'outpatientSettleService/cancleSettletment', 0],
  ['zj-2601-after-2208-rejected', 'reverseService/revsMethod', -1],
  ['zj-2202', 'outpatientDocInfoService/outpatientRegistrationCancel', 0],
  ['zj-9002', 'signInSignOutService/signOut', 0],
]

t.test('the captured story, as it was sent and in the other shape', async (t) => {
  for (const [told, shape] of [
    ['strings and objects', same],
    ['numbers, lists, text', otherShape],
  ] as const) {
    await t.test(told, (t) =>
      withCounter(async (counter) => {
        const client = new HospitalSystem(counter)
        const answers = new Map<string, Answer>()
        for (const [name, service, infcode] of STORY) {
          const answer = await client.send(t, name, { path: `/fsi/api/${service}`, shape })
          answers.set(name, answer)
          t.equal(answer.infcode, infcode, `${name}: ${answer.err_msg}`)
          t.match(answer.inf_refmsgid, /^500113\d{24}$/)
          if (name === 'zj-9001') client.ids['sign_no'] = answer.output.signinoutb.sign_no
          if (name === 'zj-2201') client.ids['mdtrt_id'] = answer.output.data.mdtrt_id
          if (name === 'zj-2207A') {
            client.ids['setl_id'] = answer.output.setlinfo.setl_id
            client.ids['omsgid'] = answer.output.setlinfo.medins_setl_id
          }
        }
        const output = (name: string) => answers.get(name).output
        t.match(output('zj-1101'), {
          baseinfo: { psn_no: PERSON, gend: '1', brdy: '1980-05-20', certno: ID_CARD },
          insuinfo: [{ insutype: '310', psn_type: '11', insuplc_admdvs: '500103', balc: 2000 }],
        })
        t.match(output('zj-2204').result, [
          { det_item_fee_sumamt: 1200, cnt: 10, pric: 120, inscp_scp_amt: 1200, chrgitm_lv: '01' },
        ])
        const [{ pric_uplmt_amt }] = output('zj-2204').result
        t.equal(
          pric_uplmt_amt,
          99_999_999,
          'what has no ceiling is answered as platforms answer it',
        )
        const trial = output('zj-2206A').setlinfo
        const settled = output('zj-2207A').setlinfo
        const moneyOf = (row: Answer) =>
          Object.entries(row).filter(([name, value]) => typeof value === 'number' && name !== 'age')
        t.strictSame(moneyOf(trial), moneyOf(settled), 'nothing moved between')
        t.match(settled, {
          medfee_sumamt: 1200,
          inscp_scp_amt: 1200,
          psn_no: PERSON,
          med_type: '11',
        })
        t.ok(settled.acct_pay > 0, 'the account was asked for')
        t.equal(settled.balc, 2000 - settled.acct_pay)
        const cancelled = output('zj-2208').setlinfo
        for (const [name, value] of moneyOf(settled) as [string, number][]) {
          if (name === 'pool_prop_selfpay' || name === 'balc' || !(name in cancelled)) continue
          t.equal(cancelled[name], value === 0 ? 0 : -value, name)
        }
        t.equal(cancelled.balc, 2000)
        t.match(answers.get('zj-2601-after-2208-rejected').err_msg, /已退费.*omsgid/)
      }),
    )
  }
})

t.test('lost answers of a settlement', async (t) => {
  const READY = ['zj-2201', 'zj-2203A', 'zj-2204']
  const settle = 'zj-2207A'
  const undo = 'zj-2601-after-2208-rejected'

  await t.test('the same message again is answered byte for byte, later, too', (t) =>
    withCounter(async (counter) => {
      const client = new HospitalSystem(counter)
      await client.upTo(t, ...READY)
      const id = client.nextId()
      const [first, second] = await Promise.all([
        client.bytes(t, settle, { id }),
        client.bytes(t, settle, { id }),
      ])
      t.equal(second, first)
      counter.now += 3_600_000
      t.equal(await client.bytes(t, settle, { id }), first)
      const other = await client.send(t, settle, { id, more: { invono: 'another' } })
      t.match(other, { infcode: -1, err_msg: /报文号已用于另一笔业务/ })
    }),
  )

  await t.test('a new message for the same is answered with the standing settlement', (t) =>
    withCounter(async (counter) => {
      const client = new HospitalSystem(counter)
      await client.upTo(t, ...READY)
      const first = await client.send(t, settle, { more: { insutype: '390' } })
      t.equal(first.output.setlinfo.insutype, '310', 'the insurance in force pays')
      t.match(first.warn_msg, /险种类型.*报文为390，已按310结算/)
      const again = await client.send(t, settle)
      t.equal(again.warn_msg, '')
      t.strictSame(again.output, first.output)
      const later = await client.send(t, settle, { more: { acct_used_flag: '0' } })
      t.match(later, { infcode: -1, err_msg: /不能重复结算/ })
      t.match(later.err_msg, first.output.setlinfo.setl_id)
      const total = await client.send(t, settle, { more: { medfee_sumamt: '1300' } })
      t.match(total, { infcode: -1, err_msg: /不符|重复/ })
    }),
  )

  await t.test('2601 after it, twice, by either id, and of nobody else', (t) =>
    withCounter(async (counter) => {
      const client = new HospitalSystem(counter)
      await client.upTo(t, ...READY)
      const [original, retried, reversal] = [client.nextId(), client.nextId(), client.nextId()]
      t.equal((await client.send(t, settle, { id: original })).infcode, 0)
      t.equal((await client.send(t, settle, { id: retried })).infcode, 0)
      const foreign = await client.send(t, undo, { more: { omsgid: original, psn_no: 'CQE3' } })
      t.match(foreign, { infcode: -1, err_msg: /冲正失败.*omsgid/ })
      const undone = await client.bytes(t, undo, { id: reversal, more: { omsgid: retried } })
      t.match(JSON.parse(undone), { infcode: 0, output: null })
      t.equal(await client.bytes(t, undo, { id: reversal, more: { omsgid: retried } }), undone)
      t.equal((await client.send(t, undo, { more: { omsgid: original } })).infcode, 0)
      const [person] = (await client.send(t, 'zj-1101')).output.insuinfo
      t.equal(person.balc, 2000, 'the account has it back')
      t.equal((await client.send(t, settle)).infcode, 0, 'the lines can be settled anew')
    }),
  )

  await t.test('2601 before it blocks the message that comes late', (t) =>
    withCounter(async (counter) => {
      const client = new HospitalSystem(counter)
      await client.upTo(t, ...READY)
      const id = client.nextId()
      const oinfno = '2207'
      t.equal((await client.send(t, undo, { more: { omsgid: id, oinfno } })).infcode, 0)
      t.match(await client.send(t, settle, { id }), { infcode: -1, err_msg: /已被冲正/ })
      t.equal((await client.send(t, settle)).infcode, 0)
    }),
  )
})

/** An upload of two lines whose amounts are no products, and of one whose amount is. */
function twoWrong(message: Message): Message {
  const { feedetail } = message['input'] as { feedetail: Message }
  const line = (feedetl_sn: string, cnt: string) => ({ ...feedetail, ...THIRD, feedetl_sn, cnt })
  return { ...message, input: { feedetail: [line('7', '10'), line('8', '11'), line('9', '12')] } }
}

const ID_CARD_OF_ANOTHER = DEMO_CREDENTIALS.find(
  ({ kind, personId }) => kind === 'id-card' && personId !== PERSON,
)!.value
const OTHER_VISIT = { mdtrt_id: 'V1' }

/** A line that the story has not uploaded. */
const THIRD = { chrg_bchno: '3', feedetl_sn: '3' }

t.test('refusals of a visit', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    await client.upTo(t, 'zj-2201', 'zj-2203A', 'zj-2204')
    const settled = await client.send(t, 'zj-2207A')
    client.ids['setl_id'] = settled.output.setlinfo.setl_id
    const asked = await client.send(t, '5203')
    t.match(asked.output.setlinfo, {
      setl_id: client.ids['setl_id'],
      refd_setl_flag: '0',
      psn_pay: settled.output.setlinfo.psn_part_amt,
      fixmedins_code: L2,
      begndate: '2022-01-21',
    })
    const CASES: readonly (readonly [string, Sent, RegExp])[] = [
      ['5203', { more: { setl_id: 'S1' } }, /未找到该结算/],
      ['zj-2206A', {}, /不能重复结算/],
      ['zj-2205', {}, /不能撤销/],
      ['zj-2205', { more: { chrg_bchno: 'B77' } }, /未找到此费用明细.*收费批次号：B77）/],
      ['zj-2202', {}, /未撤销的结算/],
      ['zj-2204', { more: { feedetl_sn: '2' } }, /已结算/],
      [
        'zj-2204',
        { more: { chrg_bchno: '2', feedetl_sn: '2', pric: '121' } },
        /明细流水号：2，.*1,210.00元/,
      ],
      ['zj-2203A', { more: { med_type: '99' } }, /医疗类别/],
      ['zj-2204', { shape: twoWrong }, /明细流水号：8、9）/],
      ['zj-2203A', { more: { med_type: '21' } }, /医疗类别（med_type）为住院类/],
      ['zj-2206A', { more: { med_type: '2101' } }, /医疗类别（med_type）为住院类/],
      ['zj-2206A', { more: { acct_used_flag: '3' } }, /acct_used_flag）只能是0.*1.*2/],
      [
        'zj-2204',
        { more: { ...THIRD, hosp_appr_flag: 'Y' } },
        /第1条明细：.*hosp_appr_flag）只能是/,
      ],
      ['zj-2206A', { more: { chrg_bchno: 'ZZ' } }, /没有未结算的费用明细.*收费批次号：ZZ/],
      ['zj-2204', { more: { cnt: '9', det_item_fee_sumamt: '1080' } }, /流水号.*请先撤销原明细/],
      [
        'zj-2204',
        { more: { ...THIRD, fee_ocur_time: '2025-06-01' } },
        /2025-06-01，政策自2012-01-01/,
      ],
      [
        'zj-2204',
        { more: { ...THIRD, fee_ocur_time: '2026-11-23' } },
        /第1条明细：费用发生时间（fee_ocur_time）不应晚于2026-11-22$/,
      ],
      ['zj-2207A', { more: { psn_no: 'CQE3' } }, /不是同一人/],
      ['zj-2208', { more: { psn_no: 'CQE3' } }, /不属于该人员/],
      ['zj-2201', { more: { psn_no: 'NOBODY', mdtrt_cert_no: '1' } }, /未查到参保人/],
      ['zj-2601-after-2208-rejected', { more: { oinfno: '2204' } }, /只能冲正/],
      ['zj-9002', { more: { sign_no: '680003' } }, /签到编号/],
      ['zj-1101', { more: { mdtrt_cert_no: '0' } }, /未查到参保人/],
    ]
    for (const [name, sent, sentence] of CASES) {
      t.match(await client.send(t, name, sent), { infcode: -1, err_msg: sentence }, name)
    }
    const two = { mdtrt_cert_type: '02', mdtrt_cert_no: ID_CARD, certno: ID_CARD_OF_ANOTHER }
    t.match(await client.ask(t, '1101', { data: two }), { infcode: -1, err_msg: /不是同一人/ })
    const all = { more: { chrg_bchno: '0000' } }
    t.equal((await client.send(t, 'zj-2205', all)).infcode, 0, 'all that is unsettled: nothing')
    const cancelled = await client.send(t, 'zj-2208')
    t.equal(cancelled.infcode, 0)
    t.equal((await client.send(t, '5203')).output.setlinfo.refd_setl_flag, '1')
    const { setlinfo: back, setldetail } = cancelled.output
    const found = await client.send(t, '5203', { more: { setl_id: back.setl_id } })
    const { psn_part_amt: psn_pay, psn_cash_pay: cash_payamt } = settled.output.setlinfo
    t.match(found.output.setlinfo, {
      ...Object.fromEntries(Object.entries(back).filter(([name]) => name in found.output.setlinfo)),
      refd_setl_flag: '1',
      psn_pay: 0 - psn_pay,
      cash_payamt: 0 - cash_payamt,
      begndate: '2022-01-21',
    })
    t.strictSame(found.output.setldetail, setldetail)
    const { mdtrt_id } = client.ids
    const linesOf = async (setl_id: string): Promise<Answer> =>
      (await client.ask(t, '5204', { data: { psn_no: PERSON, mdtrt_id, setl_id } })).output[0]
    const line = await linesOf(client.ids['setl_id']!)
    t.strictSame(await linesOf(back.setl_id), {
      ...line,
      setl_id: back.setl_id,
      cnt: 0 - line.cnt,
      det_item_fee_sumamt: 0 - line.det_item_fee_sumamt,
      inscp_scp_amt: 0 - line.inscp_scp_amt,
    })
    for (const more of [{ setl_id: `R${settled.output.setlinfo.setl_id.slice(1)}` }, OTHER_VISIT]) {
      const sent = { more: { setl_id: back.setl_id, ...more } }
      t.match(await client.send(t, '5203', sent), { infcode: -1, err_msg: /未找到该结算/ })
    }
    t.match(await client.send(t, 'zj-2208'), { infcode: -1, err_msg: /不能重复撤销/ })
    t.equal((await client.send(t, 'zj-2205', all)).infcode, 0)
    t.match(await client.send(t, 'zj-2207A'), { infcode: -1, err_msg: /没有未结算/ })
    const other = new HospitalSystem(counter, L1)
    other.ids['mdtrt_id'] = client.ids['mdtrt_id']!
    t.match(await other.send(t, 'zj-2202'), { infcode: -1, err_msg: /未找到该就诊/ })
    const foreign = { more: { setl_id: back.setl_id } }
    t.match(await other.send(t, '5203', foreign), { infcode: -1, err_msg: /未找到该结算/ })
  }),
)

t.test('a bill names the person as its message did', async (t) => {
  const said = { psn_name: '某人', psn_cert_type: '02', certno: '军字第1号' }
  const shape = (message: Message): Message => {
    const { data } = message['input'] as { data: Message }
    return { ...message, input: { data: { ...data, ...said } } }
  }
  const PLAYS: readonly (readonly [settle: string, ...before: string[]])[] = [
    ['zj-2206A', 'zj-2201', 'zj-2203A', 'zj-2204'],
    ['2303', ADMISSION, '2301', '2402'],
    ['2304', ADMISSION, '2301', '2402'],
  ]
  for (const [settle, ...before] of PLAYS) {
    await t.test(settle, (t) =>
      withCounter(async (counter) => {
        const client = new HospitalSystem(counter)
        await client.upTo(t, ...before)
        const settled = await client.send(t, settle, { shape })
        t.match(settled, { infcode: 0, output: { setlinfo: said } })
      }),
    )
  }
})

t.test('lines of two days in one batch are one bill', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    await client.upTo(t, 'zj-2201', 'zj-2203A')
    const [psn_no, mdtrt_id] = [PERSON, client.ids['mdtrt_id']!]
    const ordered = (feedetl_sn: string, fee_ocur_time: string) => ({
      ...{ feedetl_sn, mdtrt_id, psn_no, fee_ocur_time, chrg_bchno: '2022-01-21' },
      ...{ med_list_codg: 'DEMO-A', det_item_fee_sumamt: 600, cnt: 5, pric: 120 },
    })
    const feedetail = [ordered('1', '2022-01-20 23:50:00'), ordered('2', '2022-01-21 00:10:00')]
    const uploaded = await client.ask(t, '2204', { feedetail })
    t.match(uploaded, { infcode: 0, output: { result: [{ inscp_scp_amt: 600 }, {}] } })
    const settled = await client.send(t, 'zj-2207A')
    t.match(settled, { infcode: 0, output: { setlinfo: { inscp_scp_amt: 1200 } } })
    client.ids['setl_id'] = settled.output.setlinfo.setl_id
    const { setl_id } = settled.output.setlinfo
    const { output } = await client.ask(t, '5204', { data: { psn_no, mdtrt_id, setl_id } })
    const times = output.map(({ fee_ocur_time }: Answer) => fee_ocur_time)
    t.strictSame(times, ['2022-01-20 23:50:00', '2022-01-21 00:10:00'], 'as each was charged')
  }),
)

/** Whom an account was shared with is noted; a release before found it by the household alone. */
const FAMILIES = [
  { householdId: undefined, isNoted: true },
  { householdId: 'CQ-HOUSEHOLD-1', isNoted: false },
]
for (const { householdId, isNoted } of FAMILIES) {
  t.test(`approval withheld, and the account of the family ${householdId ?? ''}`, (t) =>
    withCounter(async (counter) => {
      if (!isNoted) Object.assign(counter.ports.registry, { sharersOf: () => [] })
      for (const person of DEMO_PERSONS) {
        if (!['CQE1', 'CQE2'].includes(person.personId)) continue
        // Shared when the care was, and no longer when it is settled.
        const accountSharedWith = person.accountSharedWith.map((share) => ({
          ...share,
          until: '2022-02-01',
        }))
        counter.putPerson({
          ...person,
          accountSharedWith,
          ...(householdId === undefined ? {} : { householdId }),
        })
      }
      const client = new HospitalSystem(counter)
      await client.upTo(t, 'zj-2201', 'zj-2203A')
      const withheld = await client.send(t, 'zj-2204', { more: { hosp_appr_flag: '2' } })
      t.match(withheld.output.result[0], {
        fulamt_ownpay_amt: 1200,
        inscp_scp_amt: 0,
        lmt_used_flag: '0',
      })
      const all = { chrg_bchno: 'B', feedetl_sn: 'B', cnt: '100', det_item_fee_sumamt: '12000' }
      const bill = { chrg_bchno: 'B', medfee_sumamt: '12000', acct_used_flag: '2' }
      t.match((await client.send(t, 'zj-2204', { more: all })).output.result[0], {
        fulamt_ownpay_amt: 0,
        selfpay_prop: 0,
      })
      const trial = await client.send(t, 'zj-2206A', { more: bill })
      const settled = await client.send(t, 'zj-2207A', { more: bill })
      for (const { output } of [trial, settled]) {
        t.match(output.setlinfo, { acct_pay: 4000, acct_mulaid_pay: 2000, balc: 0 })
      }
      client.ids['setl_id'] = settled.output.setlinfo.setl_id
      t.match((await client.send(t, 'zj-2208')).output.setlinfo, {
        acct_pay: -4000,
        acct_mulaid_pay: -2000,
        balc: 2000,
      })
      const alone = { psn_no: 'CQE3', mdtrt_cert_no: '1', mdtrt_cert_type: '02' }
      const visit = await client.send(t, 'zj-2201', { more: alone })
      const { mdtrt_id } = visit.output.data
      await client.send(t, 'zj-2204', { more: { ...all, ...alone, mdtrt_id } })
      const refused = await client.send(t, 'zj-2207A', { more: { ...bill, ...alone, mdtrt_id } })
      t.match(refused, { infcode: -1, err_msg: /共济/ })
    }),
  )
}

t.test('a batch is for the disease that its lines say', (t) =>
  withCounter(async (counter) => {
    const special = { kind: 'special', from: '2020-01-01' } as const
    const registrations = ['M00500', 'M01607'].map((diseaseCode) => ({ ...special, diseaseCode }))
    const known = DEMO_PERSONS.find(({ personId }) => personId === PERSON)!
    counter.putPerson({ ...known, personId: 'ILL', registrations })
    const client = new HospitalSystem(counter)
    Object.assign(client.ids, { psn_no: 'ILL', mdtrt_cert_no: 'x', med_type: '14' })
    const step = async (name: string, more: Message = {}) => {
      const answer = await client.send(t, name, { more })
      t.equal(answer.infcode, 0, `${name} ${JSON.stringify(more)}: ${answer.err_msg}`)
      return answer.output
    }
    // What 2203 says, what the line does, and the disease that is settled, with its name.
    const CASES = [
      ['M01607', '', 'M01607', '病种名称'],
      ['', 'M01607', 'M01607', ''],
      ['1', 'M01607', 'M01607', ''],
      ['M00500', 'M01607', 'M01607', ''],
      ['M01607', 'I10.x00', 'M01607', '病种名称'],
    ] as const
    for (const [ofVisit, ofLine, dise_codg, dise_name] of CASES) {
      client.ids['mdtrt_id'] = (await step('zj-2201')).data.mdtrt_id
      await step('zj-2203A', { dise_codg: ofVisit })
      await step('zj-2204', { dise_codg: ofLine })
      const trial = await step('zj-2206A')
      const { setlinfo } = await step('zj-2207A')
      t.equal(trial.setlinfo.fund_pay_sumamt, setlinfo.fund_pay_sumamt)
      const found = await step('5203', { setl_id: setlinfo.setl_id })
      t.match(found.setlinfo, { dise_codg, dise_name, clr_type: '14' }, `${ofVisit}, ${ofLine}`)
    }
    // A line sent again stays as it was: what it did not say is not dropped without a word.
    const plain = { feedetl_sn: '9', chrg_bchno: 'nine', dise_codg: '' }
    await step('zj-2204', plain)
    await step('zj-2204', plain)
    const named = await client.send(t, 'zj-2204', { more: { ...plain, dise_codg: 'M01607' } })
    t.match(named, { infcode: -1, err_msg: /流水号：9.*请先撤销原明细/ })
    const more = { dise_codg: 'M00500', feedetl_sn: '2', chrg_bchno: 'two' }
    await step('zj-2204', more)
    const mixed = { more: { ...more, dise_codg: 'M01607', feedetl_sn: '3' } }
    const refused = await client.send(t, 'zj-2204', mixed)
    t.match(refused, { infcode: -1, err_msg: /收费批次two.*dise_codg.*不一致：M00500、M01607/ })
  }),
)
