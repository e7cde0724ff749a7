import t, { type Test } from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import {
  ADMISSION,
  type Answer,
  DRUG,
  HospitalSystem,
  ID_CARD,
  type Message,
  otherShape,
  PERSON,
  same,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** A pharmacy's counter over the national interface, and drugs sold by the codes of their packs. */

const UNDO = 'zj-2601-after-2208-rejected'

const moneyOf = (row: Answer): [string, number][] =>
  Object.entries(row).filter(
    (one): one is [string, number] =>
      typeof one[1] === 'number' && !['age', 'pool_prop_selfpay', 'balc'].includes(one[0]),
  )

t.test('a purchase is quoted, settled and cancelled, in both shapes', async (t) => {
  for (const shape of [same, otherShape]) {
    await withCounter(async (counter) => {
      const client = new HospitalSystem(counter, PHARMACY)
      const trial = await client.send(t, '2101', { shape })
      t.equal(trial.infcode, 0, trial.err_msg)
      t.match(trial.output.setlinfo, { mdtrt_id: '', psn_no: PERSON })
      const days = await counter.ports.ledger.bookings(PHARMACY, 0, 2 ** 52)
      t.equal(days.length, 0, 'a trial books nothing')
      // Whatever the client says of the split is not looked at.
      const split = { fulamt_ownpay_amt: '60', inscp_scp_amt: '0', fund_pay_sumamt: '60' }
      const druginfo = { ...split, ...PURCHASE }
      const id = client.nextId()
      const settled = await client.send(t, '2102', { id, shape, more: { druginfo } })
      t.equal(settled.infcode, 0, settled.err_msg)
      const { setlinfo, setldetail, detlcutinfo } = settled.output
      t.strictSame(moneyOf(trial.output.setlinfo), moneyOf(setlinfo), 'nothing moved between')
      t.strictSame(trial.output.setldetail, setldetail)
      t.equal(trial.output.setlinfo.balc, setlinfo.balc)
      t.match(setlinfo, {
        psn_no: PERSON,
        medfee_sumamt: 60,
        med_type: '41',
        clr_type: '41',
        medins_setl_id: id,
        mdtrt_id: /^V\d+$/,
        setl_id: /^S\d+$/,
      })
      t.ok(setlinfo.acct_pay > 0, 'the account was asked for')
      t.match(detlcutinfo, [
        { feedetl_sn: '1', det_item_fee_sumamt: 60, cnt: 2, pric: 30, inscp_scp_amt: 60 },
      ])
      const { setl_id, mdtrt_id } = setlinfo
      const asked = await client.send(t, '5203', { more: { setl_id, mdtrt_id } })
      t.match(asked.output.setlinfo, { setl_id, refd_setl_flag: '0', medfee_sumamt: 60 })
      t.notOk('setllist' in asked.output, 'one that was asked for by its id is no list')
      const undoing = client.nextId()
      const cancelling = { id: undoing, shape, more: { setl_id, mdtrt_id } }
      const cancelled = await client.bytes(t, '2103', cancelling)
      const back = JSON.parse(cancelled).output.setlinfo
      t.match(back, { medins_setl_id: undoing, mdtrt_id, setl_id: /^R\d+$/, balc: 2000 })
      for (const [name, value] of moneyOf(setlinfo)) {
        if (name in back) t.equal(back[name], value === 0 ? 0 : -value, name)
      }
      // Another purchase moves the account, and what was answered stays as it was.
      const later = { begntime: '2022-01-21 11:00:00' }
      t.equal((await client.send(t, '2102', { more: later })).infcode, 0)
      t.equal(await client.bytes(t, '2103', cancelling), cancelled)
      const twice = await client.send(t, '2103', { more: { setl_id, mdtrt_id } })
      t.match(twice, { infcode: -1, err_msg: /不能重复撤销/ })
      const undone = await client.send(t, UNDO, { more: { omsgid: id, oinfno: '2102' } })
      t.match(undone, { infcode: -1, err_msg: /已退费.*omsgid/ })
    })
  }
})

/** The purchase as the client sends it. */
const PURCHASE: Message = {
  psn_no: PERSON,
  mdtrt_cert_type: '02',
  mdtrt_cert_no: ID_CARD,
  begntime: '2022-01-21 10:00:00',
  medfee_sumamt: '60',
  insutype: '310',
  acct_used_flag: '1',
  med_type: '41',
}

t.test('what is refused at the counter', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter, PHARMACY)
    const CASES: readonly (readonly [Message, RegExp])[] = [
      [{ medfee_sumamt: '59.99' }, /明细合计不符/],
      [{ pric: '31' }, /数量乘单价不符.*费用明细流水号.*数量乘单价为/],
      [{ cnt: '-2', det_item_fee_sumamt: '-60' }, /第1条明细：数量（cnt）必须大于0/],
      [{ fee_ocur_time: '2026-11-23' }, /第1条明细：费用发生时间（fee_ocur_time）不应晚于/],
      [{ med_type: '99' }, /医疗类别/],
      [{ med_type: '11' }, /无此类别的定点协议/],
      [{ acct_used_flag: '2', psn_no: 'CQE3', mdtrt_cert_no: 'X' }, /共济/],
      [{ psn_no: 'CQE3' }, /不是同一人/],
      [{ psn_no: 'NOBODY', mdtrt_cert_no: '1' }, /未查到参保人/],
      [{ drugdetail: [DRUG, DRUG].map((row) => ({ ...row, med_list_codg: 'DEMO-A' })) }, /重复/],
      [{ begntime: '' }, /开始时间（begntime）不能为空/],
    ]
    for (const [more, sentence] of CASES) {
      for (const infno of ['2101', '2102']) {
        const answer = await client.send(t, infno, { more })
        t.match(answer, { infcode: -1, err_msg: sentence }, `${infno} ${JSON.stringify(more)}`)
      }
    }
    const settled = (await client.send(t, '2102')).output.setlinfo
    const { setl_id, mdtrt_id } = settled
    for (const [more, sentence] of [
      [{ setl_id, mdtrt_id, psn_no: 'CQE3' }, /不属于该人员/],
      [{ setl_id: 'S1', mdtrt_id }, /未找到该结算/],
      [{ setl_id, mdtrt_id: 'V1' }, /未找到该就诊/],
    ] as const) {
      t.match(await client.send(t, '2103', { more }), { infcode: -1, err_msg: sentence })
    }
    const other = new HospitalSystem(counter, L1)
    t.match(await other.send(t, '2103', { more: { setl_id, mdtrt_id } }), { infcode: -1 })
    const days = await counter.ports.ledger.bookings(PHARMACY, 0, 2 ** 52)
    t.equal(days.length, 1, 'nothing else was booked')
  }),
)

const OPENS: Readonly<Record<string, readonly [before: string | undefined, node: string]>> = {
  '2101': [undefined, 'detlcutinfo'],
  '2102': [undefined, 'detlcutinfo'],
  'zj-2204': ['zj-2201', 'result'],
  '2301': [ADMISSION, 'result'],
}
const OWN_PAY = '目录中无此编码，按全自费处理，请核对'
const LINES: readonly (readonly [said: Message, told: Message])[] = [
  [{ med_list_codg: 'DEMO-B10' }, { med_chrgitm_type: '05', chrgitm_lv: '02', memo: '' }],
  [{ med_list_codg: 'DEMO-B10', med_chrgitm_type: '09' }, { med_chrgitm_type: '09' }],
  [{ med_list_codg: 'DEMO-A' }, { med_chrgitm_type: '' }],
  [
    { med_list_codg: 'NOWHERE', med_chrgitm_type: '08' },
    { med_chrgitm_type: '08', memo: OWN_PAY, inscp_scp_amt: 0, selfpay_prop: 1 },
  ],
]

t.test('the type of charge of a line, and items that no catalogue has', (t) =>
  withCounter(async (counter) => {
    for (const [infno, [before, node]] of Object.entries(OPENS)) {
      const client = new HospitalSystem(counter, before === undefined ? PHARMACY : L2)
      const more = before === undefined ? {} : await opened(t, client, before)
      for (const [at, [said, told]] of LINES.entries()) {
        const shape = withCodes(within({ ...said, feedetl_sn: `N${at}` }))
        const id = client.nextId()
        const bytes = await client.bytes(t, infno, { id, more, shape })
        const answer = JSON.parse(bytes)
        const what = `${infno} ${JSON.stringify(said)}`
        t.equal(answer.infcode, 0, `${what}: ${answer.err_msg}`)
        t.equal(answer.warn_msg, told['memo'] ?? '', what)
        const [line] = answer.output[node]
        for (const [name, value] of Object.entries(told)) t.equal(line[name], value, what)
        if ('inscp_scp_amt' in told) t.equal(line.fulamt_ownpay_amt, line.det_item_fee_sumamt)
        if (infno === '2101') continue
        counter.now += 60_000
        t.equal(await client.bytes(t, infno, { id, more, shape }), bytes, 'byte for byte')
      }
    }
  }),
)

/** A visit or a stay, for lines to be uploaded to. */
async function opened(t: Test, client: HospitalSystem, name: string): Promise<Message> {
  const { output } = await client.send(t, name)
  return { mdtrt_id: (output.data ?? output.result).mdtrt_id }
}

/** The same pack, in every way that senders put its code; each is of line 1. */
const pack = (code: string, more: Message = {}) => ({
  drug_trac_codg: code,
  trdn_flag: '0',
  ...more,
})
const SHAPES: Readonly<Record<string, (code: string) => Message>> = {
  'within the line, a list': (code) => within({ durg_trac_info: [pack(code)] }),
  'within the line, one row': (code) => within({ durg_trac_info: pack(code) }),
  'spelled right': (code) => within({ drug_trac_info: [pack(code)] }),
  'with its line': (code) => within({ durg_trac_info: [pack(code, { feedetl_sn: '1' })] }),
  'in camel case, as a number': (code) =>
    within({ drugTracInfo: [{ drugTracCodg: code, trdnFlag: 0 }] }),
  'beside the lines, a list': (code) => beside([pack(code, { feedetl_sn: '1' })]),
  'beside the lines, one row': (code) => beside(pack(code, { feedetl_sn: '1' })),
  'beside as well as within': (code) => ({
    ...within({ durg_trac_info: [pack(code)] }),
    ...beside([pack(code, { feedetl_sn: '1' })]),
  }),
}
const within = (node: Message) => ({ line: node, input: {} })
const beside = (rows: unknown) => ({ line: {}, input: { durg_trac_info: rows } })

/** Puts the codes into a message of any of the transactions that carry them. */
function withCodes({ line, input }: Answer, more: Message = {}) {
  return (message: Message): Message => {
    const nodes = Object.entries({ ...(message['input'] as Message), ...input }).map(
      ([name, node]) => [
        name,
        name === 'drugdetail' || name === 'feedetail'
          ? { ...(node as Message), ...line, ...more }
          : node,
      ],
    )
    return { ...message, input: Object.fromEntries(nodes) }
  }
}

t.test('the code of a pack counts in whatever shape it came', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter, PHARMACY)
    const hospital = new HospitalSystem(counter, L2)
    await hospital.upTo(t, 'zj-2201', 'zj-2203A')
    for (const [index, [name, shape]] of Object.entries(SHAPES).entries()) {
      const code = `8100000000000000${index}`
      const first = await client.send(t, '2102', { shape: withCodes(shape(code)) })
      t.equal(first.infcode, 0, `${name}: ${first.err_msg}`)
      const refused = { infcode: -1, err_msg: new RegExp(`费用明细流水号：1，追溯码：${code}`) }
      for (const infno of ['2101', '2102']) {
        const begntime = '2022-01-21 12:00:00'
        const again = await client.send(t, infno, {
          more: { begntime },
          shape: withCodes(shape(code)),
        })
        t.match(again, refused, name)
        t.match(again.err_msg, first.output.setlinfo.setl_id, 'our own settlement is named')
      }
      const elsewhere = await hospital.send(t, 'zj-2204', {
        more: { feedetl_sn: '1', chrg_bchno: code },
        shape: withCodes(shape(code)),
      })
      t.match(elsewhere, refused, name)
      t.notMatch(elsewhere.err_msg, first.output.setlinfo.setl_id)
    }
    const STRAY: readonly (readonly [Answer, RegExp])[] = [
      [beside([pack('1', { feedetl_sn: '9' })]), /流水号9没有对应的明细/],
      [within({ durg_trac_info: [pack('1\n2')] }), /只能由数字/],
      [within({ durg_trac_info: [pack('1'), pack('1')] }), /重复出现.*追溯码：1/],
      [within({ durg_trac_info: [{ drug_trac_codg: '1' }] }), /拆零标志（trdn_flag）不能为空/],
    ]
    for (const [shape, sentence] of STRAY) {
      const answer = await client.send(t, '2102', { shape: withCodes(shape) })
      t.match(answer, { infcode: -1, err_msg: sentence })
    }
  }),
)

t.test('a pack is sold once, by visit, stay or purchase, until the sale is cancelled', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter, PHARMACY)
    const hospital = new HospitalSystem(counter, L2)
    const code = '83000000000000000001'
    const codes = withCodes(within({ durg_trac_info: [pack(code)] }))
    const sold = { infcode: -1, err_msg: new RegExp(`已有结算记录.*追溯码：${code}`) }
    await hospital.upTo(t, 'zj-2201', 'zj-2203A')
    // Uploaded while it is free, and sold by somebody else before it is settled.
    t.match(await hospital.send(t, 'zj-2204', { shape: codes }), { infcode: 0 })
    const bought = await client.send(t, '2102', { shape: codes })
    t.equal(bought.infcode, 0, bought.err_msg)
    t.match(await hospital.send(t, 'zj-2206A'), sold)
    t.match(await hospital.send(t, 'zj-2207A'), sold)
    const { setl_id, mdtrt_id } = bought.output.setlinfo
    t.equal((await client.send(t, '2103', { more: { setl_id, mdtrt_id } })).infcode, 0)
    t.equal((await hospital.send(t, 'zj-2206A')).infcode, 0)
    const settled = await hospital.send(t, 'zj-2207A')
    t.equal(settled.infcode, 0, settled.err_msg)
    t.match(await client.send(t, '2102', { shape: codes }), sold)
    // What the visit has is its own, also when it is sent again.
    t.equal((await hospital.send(t, 'zj-2204', { shape: codes })).infcode, 0)
    const other = withCodes(within({ durg_trac_info: [pack('84')] }))
    t.match(await hospital.send(t, 'zj-2204', { shape: other }), { err_msg: /流水号已用于/ })
    hospital.ids['setl_id'] = settled.output.setlinfo.setl_id
    t.equal((await hospital.send(t, 'zj-2208')).infcode, 0)
    const stay = new HospitalSystem(counter, L2)
    stay.ids['mdtrt_id'] = (await stay.send(t, ADMISSION)).output.result.mdtrt_id
    t.equal((await stay.send(t, '2301', { shape: codes })).infcode, 0)
    const final = await stay.send(t, '2304')
    t.equal(final.infcode, 0, final.err_msg)
    t.match(await client.send(t, '2102', { shape: codes }), sold)
    t.match(await hospital.send(t, 'zj-2207A'), sold)
    const undo = { omsgid: final.output.setlinfo.medins_setl_id, oinfno: '2304' }
    t.equal((await stay.send(t, UNDO, { more: undo })).infcode, 0)
    t.equal((await client.send(t, '2102', { shape: codes })).infcode, 0)
  }),
)

t.test('a lost settlement is found by the person', (t) =>
  withCounter(async (counter) => {
    const client = new HospitalSystem(counter, PHARMACY)
    const hospital = new HospitalSystem(counter, L2)
    const settle = async (begntime: string) => {
      const answer = await client.send(t, '2102', { more: { begntime } })
      counter.now += 60_000
      return answer.output.setlinfo
    }
    const bought = [await settle('2022-01-21 10:00:00'), await settle('2022-01-21 11:00:00')]
    await hospital.upTo(t, 'zj-2201', 'zj-2203A', 'zj-2204')
    const visit = (await hospital.send(t, 'zj-2207A')).output.setlinfo
    const { setl_id, mdtrt_id } = bought[0]
    t.equal((await client.send(t, '2103', { more: { setl_id, mdtrt_id } })).infcode, 0)
    const rowOf = (one: Answer, infno: string, refunded: boolean): Message => ({
      setl_id: one.setl_id,
      mdtrt_id: one.mdtrt_id,
      infno,
      msgid: one.medins_setl_id,
      setl_time: one.setl_time,
      medfee_sumamt: one.medfee_sumamt,
      fund_pay_sumamt: one.fund_pay_sumamt,
      acct_pay: one.acct_pay,
      psn_cash_pay: one.psn_cash_pay,
      refd_setl_flag: refunded ? '1' : '0',
    })
    const [first, second] = [rowOf(bought[0], '2102', true), rowOf(bought[1], '2102', false)]
    const at = bought[1].setl_time
    const ASKED: readonly (readonly [HospitalSystem, Message, readonly Message[]])[] = [
      [client, {}, [second, first]],
      [client, { mdtrt_id: bought[0].mdtrt_id }, [first]],
      [client, { oinfno: '2102A' }, [second, first]],
      [client, { oinfno: '2207' }, []],
      [client, { begntime: at }, [second]],
      [client, { endtime: bought[0].setl_time }, [first]],
      [client, { begntime: at.slice(0, 10), endtime: at.slice(0, 10) }, [second, first]],
      [client, { begntime: '2000-01-01', endtime: '2000-12-31' }, []],
      [client, { psn_no: 'CQE2' }, []],
      [hospital, { mdtrt_id: '' }, [rowOf(visit, '2207', false)]],
    ]
    for (const [who, more, expected] of ASKED) {
      const data = { psn_no: PERSON, setl_id: '', ...more }
      const answer = await who.send(t, '5203', { more: { data } })
      const told = JSON.stringify(more)
      if (expected.length === 0) t.match(answer, { infcode: -1, err_msg: /没有该人员/ }, told)
      else {
        t.match(answer.output.setllist, expected, told)
        t.equal(answer.output.setllist.length, expected.length, told)
        t.equal(answer.output.setlinfo.setl_id, expected[0]!['setl_id'], 'the last one in full')
      }
    }
    // With what was found, the purchase can be undone by message.
    await undoFound(t, client, second)
  }),
)

async function undoFound(t: Test, client: HospitalSystem, row: Message): Promise<void> {
  const unknown = await client.send(t, UNDO, { more: { omsgid: 'X1', oinfno: '2102' } })
  t.match(unknown, { infcode: 0, warn_msg: /未找到该报文.*5203/ })
  // The id that was logged is not the one that was sent: what stands is named.
  const { msgid } = row as { msgid: string }
  t.match(
    unknown.warn_msg,
    new RegExp(`未撤销的结算${row['setl_id']}（交易2102，报文ID${msgid}），请核对`),
  )
  const blocked = { id: client.nextId(), more: { omsgid: msgid, oinfno: '2207' } }
  const other = await client.bytes(t, UNDO, blocked)
  t.match(
    JSON.parse(other),
    { infcode: 0, warn_msg: /未撤销的结算.*交易2102/ },
    'of another transaction',
  )
  const wrong = { omsgid: row['msgid'], oinfno: '2102', psn_no: 'CQE3' }
  t.match(await client.send(t, UNDO, { more: wrong }), { infcode: -1, err_msg: /冲正失败.*5203/ })
  const right = { omsgid: row['msgid'], oinfno: row['infno'] }
  t.match(await client.send(t, UNDO, { more: right }), { infcode: 0, warn_msg: '' })
  t.equal(await client.bytes(t, UNDO, blocked), other, 'as it was then')
  const nobody = { omsgid: 'X2', oinfno: '2207', psn_no: 'CQE3' }
  t.notMatch((await client.send(t, UNDO, { more: nobody })).warn_msg, /未撤销/)
}
