import t from 'tap'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { findVisit } from '../../engine/counter/find-visit.ts'
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
import { IMPLEMENTED } from './implemented.ts'
import { DONE_HERE } from './transactions/transactions.ts'

/** Whole visits over the national interface, played with the messages that real clients sent. */

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

/** Number, code, and whether it is the main one of a stay, or void in care of one day. */
type SaidDiagnosis = readonly [number: string, code: string, flag?: string]

t.test('a message changes the diagnoses that it names, by their numbers', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const MAIN: SaidDiagnosis = ['1', 'J18', '1']
    const SECOND: SaidDiagnosis = ['2', 'E11', '0']
    const CASES: readonly (readonly [string, readonly SaidDiagnosis[], readonly string[]])[] = [
      [ADMISSION, [SECOND, MAIN], ['J18', 'E11']],
      ['2403', [], ['J18', 'E11']],
      ['2403', [['3', 'I10', '0']], ['J18', 'E11', 'I10']],
      ['2403', [['2', 'E14', '0']], ['J18', 'E14', 'I10']],
      ['2403', [['4', 'C34', '1']], ['C34', 'J18', 'E14', 'I10']],
      ['2403', [['4', 'C50', '0']], ['J18', 'E14', 'I10', 'C50']],
      ['2402', [MAIN], ['J18']],
      ['2403', [SECOND], ['J18', 'E11']],
      ['zj-2201', [], []],
      [
        'zj-2203A',
        [
          ['2', 'E11'],
          ['1', 'J18'],
        ],
        ['J18', 'E11'],
      ],
      ['zj-2203A', [['3', 'I10']], ['J18', 'E11', 'I10']],
      ['zj-2203A', [['2', 'E11', '0']], ['J18', 'I10']],
      [
        'zj-2203A',
        [
          ['1', 'J15', '1'],
          ['3', 'I10', '0'],
        ],
        ['J15'],
      ],
    ]
    for (const [name, said, expected] of CASES) {
      const shape = (message: Message): Message => {
        const { diseinfo, ...input } = message['input'] as { diseinfo: Message }
        const rows = said.map(([diag_srt_no, diag_code, flag = '1']) => ({
          ...diseinfo,
          diag_srt_no,
          diag_code,
          ...('vali_flag' in diseinfo ? { vali_flag: flag } : { maindiag_flag: flag }),
        }))
        return { ...message, input: rows.length === 0 ? input : { ...input, diseinfo: rows } }
      }
      const answer = await client.send(t, name, { shape })
      const what = `${name} ${JSON.stringify(said)}`
      t.equal(answer.infcode, 0, `${what}: ${answer.err_msg}`)
      const opened = answer.output?.result ?? answer.output?.data
      if (opened !== undefined) client.ids['mdtrt_id'] = opened.mdtrt_id
      const visit = await findVisit(counter.ports, {
        requester: { role: 'institution', id: L2 },
        visitId: client.ids['mdtrt_id']!,
      })
      t.strictSame('info' in visit && (visit.info.diagnoses ?? []), expected, what)
    }
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

t.test('a stay from admission to discharge, with what is refused on the way', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const returned = {
      feedetl_sn: '2',
      init_feedetl_sn: '1',
      cnt: '-10',
      det_item_fee_sumamt: '-1200',
    }
    const later = { feedetl_sn: '3', fee_ocur_time: '2022-01-25' }
    const inDays = (days: number) => chinaDate(counter.now + days * DAY_MS)
    // Transaction, what it says besides, a refusal or what the answer has, and what it warns of.
    const STEPS: readonly (readonly [string, Message, RegExp | Message | null, RegExp?])[] = [
      [ADMISSION, { med_type: '99' }, /医疗类别/],
      [ADMISSION, { med_type: '11' }, /医疗类别（med_type）为门诊类，不能按住院办理/],
      [ADMISSION, { begntime: inDays(2) }, new RegExp(`begntime）不应晚于${inDays(1)}`)],
      [ADMISSION, { begntime: inDays(1) }, { result: { mdtrt_id: /^V\d+$/ } }],
      ['2404', {}, null],
      [ADMISSION, {}, { result: { mdtrt_id: /^V\d+$/ } }],
      ['2403', { begntime: '2099-01-20' }, /开始时间（begntime）不应晚于/],
      [ADMISSION, {}, /在院状态.*机构编号：H50011300002.*就诊ID/],
      ['2403', { begntime: '2022-01-20 10:00:00' }, null],
      ['2404', { psn_no: 'CQE3' }, /不属于该人员/],
      ['2301', { cnt: '0' }, /数量/],
      [
        '2301',
        { fee_ocur_time: '2022-01-19' },
        /流水号：1，明细日期（fee_ocur_time）不应早于2022-01-20）/,
      ],
      ['2301', { ...returned, init_feedetl_sn: '9' }, /未找到原费用流水号/],
      ['2301', {}, { result: [{ cnt: 100, inscp_scp_amt: 12_000 }] }],
      ['2301', returned, { result: [{ cnt: -10, pric: 120, inscp_scp_amt: -1200 }] }],
      ['2301', { ...returned, feedetl_sn: '4', cnt: '-91', det_item_fee_sumamt: '-10920' }, /超过/],
      ['2404', {}, /未撤销的费用明细.*共2条.*feedetl_sn）填0000/],
      ['2303', {}, /明细合计不符.*明细合计：10,800.00元/],
      ['2303', { medfee_sumamt: '10800', dscgTime: '' }, { setlinfo: { medfee_sumamt: 10_800 } }],
      ['2303', { medfee_sumamt: '10800' }, { setlinfo: { medfee_sumamt: 10_800 } }],
      [
        '2304',
        { medfee_sumamt: '10800', mid_setl_flag: '1', dscgTime: '2022-01-24' },
        { setlinfo: { medfee_sumamt: 10_800, med_type: '21' } },
      ],
      ['2302', { feedetl_sn: '1' }, /不能撤销.*流水号：1，结算ID：S\d+/],
      ['2302', { feedetl_sn: '77' }, /未找到此费用明细.*流水号：77）/],
      ['2301', { ...returned, feedetl_sn: '5' }, /不能撤销或退费.*流水号：5，结算ID：S\d+/],
      ['2402', { endtime: '2099-01-25' }, /结束时间（endtime）不应晚于/],
      ['2402', { endtime: '2022-01-19' }, /结束时间（endtime）不应早于2022-01-20）/],
      ['2402', { endtime: '2022-01-23' }, /结束时间（endtime）不应早于2022-01-24）/],
      ['2301', later, { result: [{ cnt: 100 }] }],
      ['2304', { mid_setl_flag: '2' }, /中途结算标志（mid_setl_flag）只能是0（否）或1（是）/],
      ['2304', { dscgTime: inDays(2) }, /出院时间（dscgTime）不应晚于/],
      ['2303', { dscgTime: '2022-01-19' }, /出院时间（dscgTime）不应早于2022-01-24）/],
      ['2304', { dscgTime: '' }, /尚未办理出院.*2402.*dscgTime.*mid_setl_flag/],
      ['2303', { dscgTime: '2022-01-24' }, /流水号：3，明细日期应在2022-01-24至2022-01-24/],
      ['2402', {}, null],
      ['2402', {}, /已办理出院.*出院日期：2022-01-28，.*请先撤销出院（2405）/],
      [
        '2301',
        { feedetl_sn: '6', fee_ocur_time: '2022-01-29' },
        /流水号：6，明细日期应在2022-01-20至2022-01-28之间/,
      ],
      [
        '2301',
        { ...returned, feedetl_sn: '6', init_feedetl_sn: '3', fee_ocur_time: '2022-01-29' },
        { result: [{ cnt: -10 }] },
      ],
      ['2302', { feedetl_sn: '6' }, null],
      ...['2303', '2304'].map(
        (infno) =>
          [
            infno,
            { dscgTime: '2022-01-27' },
            { setlinfo: { medfee_sumamt: 12_000 } },
            /dscgTime）与出院登记不一致：报文为2022-01-27，已按2022-01-28结算/,
          ] as const,
      ),
      ['2304', {}, { setlinfo: { medfee_sumamt: 12_000 } }, /^$/],
      ['2405', {}, /未撤销的结算/],
      ['2305', {}, { setlinfo: { medfee_sumamt: -12_000 } }],
      ['2405', {}, null],
      ['2302', {}, null],
      ['2404', {}, /未撤销的结算/],
    ]
    for (const [infno, more, expected, warned = /(?:)/] of STEPS) {
      const what = `${infno} ${JSON.stringify(more)}`
      const answer = await client.send(t, infno, { more })
      if (expected instanceof RegExp) t.match(answer, { infcode: -1, err_msg: expected }, what)
      else t.match(answer, { infcode: 0, output: expected }, `${what}: ${answer.err_msg}`)
      if (answer.infcode !== 0) continue
      t.match(answer.warn_msg, warned, what)
      if (infno === ADMISSION) client.ids['mdtrt_id'] = answer.output.result.mdtrt_id
      if (infno === '2304') client.ids['setl_id'] = answer.output.setlinfo.setl_id
    }
  }),
)

t.test('lost answers of a stay', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    const undo = 'zj-2601-after-2208-rejected'
    const lost = client.nextId()
    const admitted = await client.bytes(t, ADMISSION, { id: lost })
    t.equal(await client.bytes(t, ADMISSION, { id: lost }), admitted)
    const undoing = { more: { omsgid: lost, oinfno: '2401' } }
    t.equal((await client.send(t, undo, undoing)).infcode, 0)
    t.equal(await client.bytes(t, ADMISSION, { id: lost }), admitted, 'also after it was undone')
    const answer = await client.send(t, ADMISSION)
    client.ids['mdtrt_id'] = answer.output.result.mdtrt_id
    t.equal((await client.send(t, '2301')).infcode, 0)
    const id = client.nextId()
    const first = await client.bytes(t, '2304', { id })
    t.equal(JSON.parse(first).infcode, 0)
    t.equal(await client.bytes(t, '2304', { id }), first)
    t.strictSame((await client.send(t, '2304')).output, JSON.parse(first).output)
    t.equal((await client.send(t, undo, { more: { omsgid: id, oinfno: '2304' } })).infcode, 0)
    t.equal(await client.bytes(t, '2304', { id }), first, 'also after it was undone')
    t.equal((await client.send(t, '2304')).infcode, 0, 'and can be settled anew')
  }),
)

t.test('the page tells of what is done, and of nothing else', async (t) => {
  const told = new Set(Object.keys(IMPLEMENTED).map((code) => code.slice(0, 4)))
  t.strictSame([...DONE_HERE.keys()].sort(), [...told].sort())
})

t.test('who calls, and what is no message', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter)
    t.equal((await client.send(t, 'zj-1101', { key: `demo-${L2}` })).infcode, 0)
    const CALLS: readonly (readonly [Sent, RegExp])[] = [
      [{ key: `demo-${L1}` }, /与接入凭证的机构不一致/],
      [{ key: 'demo-agency' }, /与接入凭证的机构不一致/],
      [{ key: 'nonsense' }, /凭证/],
      [{ more: { fixmedins_code: 'H00000000000' } }, /未在本平台登记/],
      [{ more: { fixmedins_code: 'agency' } }, /未在本平台登记/],
      [{ more: { infno: '2208' } }, /有误/],
      [{ more: { infno: '3401A' } }, /暂未开通交易：批量科室信息上传（3401A）/],
      [{ more: { infno: '7777' } }, /未知交易编号（7777）/],
    ]
    for (const [sent, sentence] of CALLS) {
      t.match(await client.send(t, 'zj-1101', sent), { infcode: -1, err_msg: sentence })
    }
    const item = {
      fixmedins_code: L2,
      fixmedins_hilist_id: '1',
      list_type: '1',
      med_list_codg: '1',
    }
    const unserved = { infno: '3302', input: item }
    t.match(
      await client.send(t, 'zj-1101', { shape: (message) => ({ ...message, ...unserved }) }),
      {
        infcode: -1,
        err_msg: /暂未开通/,
      },
    )
    t.match(await client.send(t, 'zj-1101', { path: '/fsi/api/reverseService/revsMethod' }), {
      type: 'error',
      infcode: -1,
      err_msg: /^FSI-FSI-交易报文不正确：未知交易编号！,异常流水号:\d+$/,
      inf_refmsgid: /^500113\d{24}$/,
    })
    for (const [payload, sentence] of [
      ['', /JSON/],
      ['{', /JSON/],
      ['[]', /JSON对象/],
      ['{"infno":"1101","infno":"1101"}', /出现两次/],
    ] as const) {
      t.match(JSON.parse(await client.raw(t, payload)), { infcode: -1, err_msg: sentence })
    }
  }),
)
