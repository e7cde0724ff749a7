import t, { type Test } from 'tap'
import { L1, L2, PHARMACY } from '../../fixtures/counter/bills.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import {
  ADMISSION,
  type Answer,
  HospitalSystem,
  type Message,
  PERSON,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'
import { type List, listItem, rightList } from '../../fixtures/nhsa/settlement-list.ts'

/** 4101: settlement lists, right ones and wrong ones. */

/** The captured stay from 21 to 28 January, of 12,000 yuan. */
async function settledStay(t: Test, client: HospitalSystem): Promise<Answer> {
  const admitted = await client.send(t, ADMISSION)
  const more = { mdtrt_id: admitted.output.result.mdtrt_id }
  for (const infno of ['2301', '2402']) {
    const answer = await client.send(t, infno, { more })
    t.equal(answer.infcode, 0, answer.err_msg)
  }
  const settled = await client.send(t, '2304', { more })
  t.equal(settled.infcode, 0, settled.err_msg)
  return settled.output
}

const STAY = {
  personId: PERSON,
  admittedAt: '2022-01-21 10:00:00',
  dischargedAt: '2022-01-28 09:00:00',
  days: 7,
  operatedOn: '2022-01-22',
  items: [
    listItem('09', 9000, { claa_sumfee: 8000, clab_amt: 1000 }),
    listItem('01', 3000, { claa_sumfee: 3000 }),
  ],
}
const listOf = (settled: Answer): List => rightList(settled, STAY)

/** What is changed in a right list, and in which words that is refused. */
const WRONG: Readonly<Record<string, readonly [(list: List) => Message, RegExp]>> = {
  'a field that is missing': [of({ bill_no: '' }), /票据号码（bill_no）/],
  'another sex': [of({ gend: '2' }), /性别（gend）与参保信息不一致/],
  'another birthday': [of({ brdy: '1980-05-21' }), /brdy）与参保信息不一致/],
  'an age of somebody else': [of({ age: 42 }), /年龄（age）与出生日期（1980-05-20）不符/],
  'an age of nobody': [of({ age: -1 }), /年龄（age）与出生日期/],
  'days of somebody who is a year old': [of({ nwb_age: 20 }), /nwb_age）与出生日期/],
  'another institution': [of({ fixmedins_code: 'H1' }), /fixmedins_code）与结算机构不一致/],
  'days before the stay': [
    of({ setl_begn_date: '2022-01-01', setl_end_date: '2022-01-02' }),
    /setl_end_date）早于结算期间/,
  ],
  'days in the wrong order': [
    of({ setl_begn_date: '2022-01-28', setl_end_date: '2022-01-21' }),
    /setl_end_date）早于setl_begn_date/,
  ],
  'another admission': [of({ adm_time: '2022-01-20 10:00:00' }), /adm_time）与入院登记不一致/],
  'another discharge': [of({ dscg_time: '2022-01-27 10:00:00' }), /dscg_time）与出院登记不一致/],
  'no admission': [of({ adm_time: '' }), /adm_time）住院清单不能为空/],
  'days that are not counted so': [of({ act_ipt_days: 8 }), /act_ipt_days）应为7天/],
  'another account': [of({ acct_pay: 1 }), /acct_pay）与结算不一致，结算为\d+\.\d\d/],
  'another cash': [of({ psn_cashpay: 1 }), /psn_cashpay）与结算不一致/],
  'shares that do not add up': [of({ psn_selfpay: 1 }), /之和应为个人负担总金额\d+\.\d\d/],
  'own pay that is none': [
    ({ setlinfo }) => ({
      setlinfo: { ...setlinfo, psn_ownpay: 1, psn_selfpay: Number(setlinfo['psn_selfpay']) - 1 },
    }),
    /psn_ownpay）应不低于全自费金额0\.00，不高于/,
  ],
  'another fund': [
    ({ payinfo }) => ({ payinfo: [{ ...payinfo[0], fund_payamt: 1 }, ...payinfo.slice(1)] }),
    /payinfo第1行：基金支付金额（fund_payamt）与结算不一致/,
  ],
  'a fund that did not pay': [
    ({ payinfo }) => ({ payinfo: [...payinfo, { fund_pay_type: '610100', fund_payamt: 5 }] }),
    /不是该笔结算的基金支付类型/,
  ],
  'a fund told twice': [
    ({ payinfo }) => ({ payinfo: [payinfo[0], ...payinfo] }),
    /payinfo第2行：基金支付类型（fund_pay_type）重复/,
  ],
  'no funds': [() => ({ payinfo: [] }), /payinfo缺少基金支付类型310100（\d+\.\d\d）/],
  'no items': [() => ({ iteminfo: [] }), /节点iteminfo不能为空/],
  'an item whose parts do not add up': [
    ({ iteminfo }) => ({ iteminfo: [{ ...iteminfo[0], clab_amt: 999 }, iteminfo[1]] }),
    /iteminfo第1行：金额（amt）不等于甲类、乙类、全自费与其他之和/,
  ],
  'an item told twice': [
    ({ iteminfo }) => ({ iteminfo: [...iteminfo, listItem('01', 0, {})] }),
    /iteminfo第3行：医疗收费项目（med_chrgitm）重复/,
  ],
  'another total': [({ iteminfo }) => ({ iteminfo: [iteminfo[0]] }), /合计应为医疗费总额12000\.00/],
  'no diagnoses': [() => ({ diseinfo: [] }), /节点diseinfo不能为空/],
  'a diagnosis told twice': [
    ({ diseinfo }) => ({ diseinfo: [diseinfo[0], { ...diseinfo[0], maindiag_flag: '0' }] }),
    /diseinfo第2行：诊断代码（diag_code）重复/,
  ],
  'two main diagnoses': [
    ({ diseinfo }) => ({ diseinfo: diseinfo.map((one) => ({ ...one, maindiag_flag: '1' })) }),
    /只能有一个主诊断/,
  ],
  'no main diagnosis': [
    ({ diseinfo }) => ({ diseinfo: diseinfo.map((one) => ({ ...one, maindiag_flag: '0' })) }),
    /没有主诊断/,
  ],
  'diagnoses counted wrongly': [of({ diag_code_cnt: 3 }), /与节点diseinfo的行数（2）不一致/],
  'operations counted wrongly': [of({ oprn_oprt_code_cnt: 2 }), /与节点oprninfo的行数（1）不一致/],
  'an operation after the discharge': [
    ({ oprninfo }) => ({ oprninfo: [{ ...oprninfo[0], oprn_oprt_date: '2022-01-29' }] }),
    /oprninfo第1行：手术操作日期（oprn_oprt_date）不在住院期间内/,
  ],
  'an operation that ends before it begins': [
    ({ oprninfo }) => ({
      oprninfo: [{ ...oprninfo[0], oprn_oprt_endtime: '2022-01-22 08:00:00' }],
    }),
    /oprn_oprt_endtime）早于oprn_oprt_begntime/,
  ],
  'intensive care that ends before it begins': [
    ({ icuinfo }) => ({
      icuinfo: [{ ...icuinfo[0], scs_cutd_exit_time: '2022-01-21 10:00:00' }],
    }),
    /早于scs_cutd_inpool_time/,
  ],
  'blood without its unit': [of({ bld_cat: '1', bld_amt: 2 }), /bld_unt）输血品种/],
  'a row of blood without its amount': [
    () => ({ bldinfo: [{ bld_cat: '1', bld_unt: '1' }] }),
    /bldinfo第1行：输血量/,
  ],
  'a visit that is not there': [of({ mdtrt_id: 'V999' }), /未找到该就诊/],
  'a settlement that is not there': [of({ setl_id: 'S999' }), /未找到该结算/],
  'another person': [of({ psn_no: 'CQE3' }), /不属于该人员/],
}

function of(fields: Message) {
  return ({ setlinfo }: List): Message => ({ setlinfo: { ...setlinfo, ...fields } })
}

t.test('a list is kept in the place of the one before, and a wrong one is not', (t) =>
  withCounter(async (counter: TestCounter) => {
    const client = new HospitalSystem(counter)
    const settled = await settledStay(t, client)
    const { setl_id, mdtrt_id } = settled.setlinfo
    const list = listOf(settled)
    const url = `/v1/settlements/${setl_id}/list`
    const kept = async () => (await counter.as(L2).get(url)).body
    for (const [what, [spoil, sentence]] of Object.entries(WRONG)) {
      const answer = await client.ask(t, '4101', { ...list, ...spoil(list) })
      t.match(answer, { infcode: -1, err_msg: sentence }, what)
    }
    const sold = await new HospitalSystem(counter, PHARMACY).send(t, '2102')
    const { setlinfo } = of({ setl_id: sold.output.setlinfo.setl_id })(list)
    const ofAnother = await client.ask(t, '4101', { ...list, setlinfo })
    t.match(ofAnother, { infcode: -1, err_msg: /未找到该结算/ }, 'of another visit')
    t.match(await kept(), { status: 404, code: 'settlement-list-not-found' }, 'nothing of these')

    const id = client.nextId()
    const uploaded = await client.tell(t, '4101', list, id)
    t.match(JSON.parse(uploaded), { infcode: 0, output: { setl_list_id: /^L\d+$/ } })
    counter.now += 60_000
    t.equal(await client.tell(t, '4101', list, id), uploaded, 'byte for byte')
    const first = await kept()
    t.match(first, {
      settlementId: setl_id,
      listId: JSON.parse(uploaded).output.setl_list_id,
      uploadedAt: /^\d{4}-\d\d-\d\dT.*\+08:00$/,
      list: { setlinfo: { medcasno: 'B1' }, diseinfo: [{ diag_code: 'A01.000' }, {}] },
    })
    t.notMatch(JSON.stringify(first), /张三|110101/, 'who the patient is, is not kept')

    const corrected = { ...list, setlinfo: { ...list.setlinfo, medcasno: 'B2', age: '41.7' } }
    t.match(await client.ask(t, '4101', corrected, id), { infcode: -1, err_msg: /报文号/ })
    const second = await client.ask(t, '4101A', corrected)
    t.match(await kept(), {
      listId: second.output.setl_list_id,
      list: { setlinfo: { medcasno: 'B2' } },
    })
    t.equal(await client.tell(t, '4101', list, id), uploaded, 'the first is answered as it was')
    t.match(await kept(), { list: { setlinfo: { medcasno: 'B2' } } }, 'and does not come back')
    t.strictSame((await counter.as('agency').get(url)).body, await kept())
    t.match(await counter.as(L1).get(url), { status: 404, body: { code: 'settlement-not-found' } })
    const foreign = await new HospitalSystem(counter, L1).ask(t, '4101', list)
    t.match(foreign, { infcode: -1, err_msg: /未找到该就诊/ })

    const reversal = { data: { psn_no: PERSON, mdtrt_id, setl_id } }
    // Reversed between the reading of the visit and the booking of another list.
    const before = await kept()
    const { ledger } = counter.ports
    const { append } = ledger
    ledger.append = async (request) => {
      if (request.entries[0]?.kind === 'settlement-list') {
        ledger.append = append.bind(ledger)
        t.equal((await client.ask(t, '2305', reversal)).infcode, 0)
      }
      return append.call(ledger, request)
    }
    t.match(await client.ask(t, '4101', list), { infcode: -1, err_msg: /已撤销.*清单/ })
    t.strictSame(await kept(), before, 'nothing was kept')
    t.match(await client.ask(t, '4101', list), { infcode: -1, err_msg: /已撤销.*清单/ })
    t.equal(await client.tell(t, '4101', list, id), uploaded)
  }),
)
