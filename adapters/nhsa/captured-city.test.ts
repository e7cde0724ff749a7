import t from 'tap'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { agreementFrom, HOSPITAL_CARE } from '../../fixtures/demo.ts'
import { readSamples } from '../../fixtures/nhsa/samples.ts'
import { brokenIdentity } from './money/identities.ts'

/**
 * The captured story as it was sent, message by message: by its own institution and person, in its own
 * city. Only what our answers give is put in: the visit, the settlement, the number of the sign-in.
 */

// biome-ignore lint/suspicious/noExplicitAny: whatever was answered; the test says what it should be
type Answer = any
type Message = Record<string, unknown>

const DISTRICT = '330100'
const HERE = 'H33018300564'
const ELSEWHERE = 'H33018300563'
const PERSON = '33010000000000000002577438'
const ID_CARD = '330100198301013621'
/** 2022-01-21, 13:30 in China: when the messages were sent. */
const THEN = Date.UTC(2022, 0, 21, 5, 30)

const SAMPLES = new Map(readSamples().map((sample) => [sample.name, sample]))

const hospital = (institutionId: string, name: string) => ({
  institutionId,
  version: 1,
  name,
  kind: 'hospital' as const,
  district: DISTRICT,
  levels: [{ level: 3, from: '2019-01-01' }],
  agreements: [agreementFrom('2019-01-01', HOSPITAL_CARE)],
})

/** The amounts that both answers of the platform show before they break off. */
const SHOWN = { psn_cash_pay: 1200, act_pay_dedc: 0, balc: 0, medfee_sumamt: 1200, hifmi_pay: 0 }
const OWN_PAY = {
  setlinfo: { ...SHOWN, fulamt_ownpay_amt: 1200, fund_pay_sumamt: 0, med_type: '11' },
}
const WRONG_ADDRESS = /^FSI-FSI-交易报文不正确：未知交易编号！,异常流水号:\d+$/

/** The message, its address, what of the captured answer ours has, and what else. */
const STORY: readonly (readonly [
  name: string,
  service: string,
  captured: readonly string[],
  expected?: object,
])[] = [
  ['zj-9001', 'signInSignOutService/signIn', ['infcode']],
  [
    'zj-1101',
    'fsiPsnInfoService/queryPsnInfo',
    ['infcode', 'output.baseinfo.psn_no', 'output.baseinfo.gend', 'output.baseinfo.brdy'],
    {
      output: {
        baseinfo: { certno: ID_CARD },
        insuinfo: [{ insutype: '310', psn_type: '1101', insuplc_admdvs: DISTRICT, balc: 0 }],
      },
    },
  ],
  [
    'zj-2201',
    'outpatientDocInfoService/outpatientRregistration',
    ['infcode', 'output.data.psn_no', 'output.data.ipt_otp_no'],
  ],
  ['zj-2203A', 'outpatientDocInfoService/outpatientMdtrtinfoUpA', ['infcode', 'output']],
  [
    'zj-2204',
    'outpatientDocInfoService/outpatientFeeListUp',
    [
      'infcode',
      'output.result.0.feedetl_sn',
      'output.result.0.det_item_fee_sumamt',
      'output.result.0.cnt',
      'output.result.0.pric',
      'output.result.0.fulamt_ownpay_amt',
      'output.result.0.inscp_scp_amt',
      'output.result.0.selfpay_prop',
    ],
    // No catalogue here has the captured code, so that it is the patient's own pay, as it was there.
    {
      output: { result: [{ memo: /目录中无此编码/, pric_uplmt_amt: 99_999_999 }] },
      warn_msg: /目录中无此编码/,
    },
  ],
  ['zj-2206A', 'outpatientSettleService/preSettletmentA', [], { infcode: 0, output: OWN_PAY }],
  ['zj-2207A', 'outpatientSettleService/saveSettletmentA', [], { infcode: 0, output: OWN_PAY }],
  [
    'zj-2208',
    'outpatientSettleService/cancleSettletment',
    [],
    { infcode: 0, output: { setlinfo: { medfee_sumamt: -1200, psn_cash_pay: -1200 } } },
  ],
  [
    'zj-2601-after-2208-rejected',
    'reverseService/revsMethod',
    ['infcode', 'output'],
    { err_msg: /已退费，不能办理冲正/ },
  ],
  [
    'zj-3201-wrong-url',
    'reverseService/revsMethod',
    ['infcode', 'type'],
    { err_msg: WRONG_ADDRESS },
  ],
  [
    'zj-3202-wrong-url',
    'reverseService/revsMethod',
    ['infcode', 'type'],
    { err_msg: WRONG_ADDRESS },
  ],
  ['zj-2202', 'outpatientDocInfoService/outpatientRegistrationCancel', ['infcode', 'output']],
  [
    'zj-2401-rejected-in-hospital',
    'hospitalRegisterService/hospitalRegisterSave',
    ['infcode', 'output'],
    { err_msg: new RegExp(`在院.*机构编号：${ELSEWHERE}.*机构名称：杭州市第一测试医院`) },
  ],
  ['zj-9002', 'signInSignOutService/signOut', ['infcode']],
]

t.test('the captured story in its own city', async (t) => {
  const counter = await openTestCounter()
  try {
    counter.now = THEN
    counter.addTestCity('hangzhou')
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
    counter.putInstitution(hospital(HERE, '杭州市第二测试医院'))
    counter.putInstitution(hospital(ELSEWHERE, '杭州市第一测试医院'))
    counter.putPerson(
      {
        personId: PERSON,
        version: 1,
        sex: 'female',
        bornOn: '1998-01-01',
        insurances: [
          {
            scheme: 'employee',
            employment: 'active',
            homeDistrict: DISTRICT,
            status: 'paid-up',
            from: '2019-07-01',
          },
        ],
        categories: [],
        accountSharedWith: [],
      },
      [{ kind: 'id-card', value: ID_CARD, personId: PERSON }],
    )
    const learnt: Message = {}
    const post = async (service: string, message: unknown): Promise<Answer> => {
      const reply = await counter.app.inject({
        method: 'POST',
        url: `/fsi/api/${service}`,
        headers: { 'content-type': 'application/json' },
        payload: JSON.stringify(message),
      })
      t.equal(reply.statusCode, 200)
      return reply.json()
    }
    for (const [name, service, captured, expected = {}] of STORY) {
      if (name.startsWith('zj-2401')) {
        const elsewhere = { msgid: `${ELSEWHERE}1`, fixmedins_code: ELSEWHERE }
        t.match(await post(service, { ...requestOf(name, {}), ...elsewhere }), { infcode: 0 })
      }
      const answer = await post(service, requestOf(name, learnt))
      const response = SAMPLES.get(name)!.response ?? {}
      for (const path of captured) t.same(at(answer, path), at(response, path), `${name} ${path}`)
      t.match(answer, expected, `${name}: ${answer.err_msg}`)
      t.match(answer.inf_refmsgid, /^330100\d{24}$/)
      const { setlinfo, setldetail, data, signinoutb } = answer.output ?? {}
      if (setlinfo) t.equal(brokenIdentity({ setlinfo, setldetail }), undefined, name)
      Object.assign(
        learnt,
        data && { mdtrt_id: data.mdtrt_id },
        setlinfo?.setl_id && { setl_id: setlinfo.setl_id },
        signinoutb && { sign_no: signinoutb.sign_no },
      )
    }
  } finally {
    await counter.close()
  }
})

/** A captured request with what our answers gave; 2206A was captured without its own. */
function requestOf(name: string, learnt: Message): Message {
  if (name === 'zj-2206A') {
    const msgid = 'H33018300564202201211255559999'
    return { ...requestOf('zj-2207A', learnt), infno: '2206A', msgid }
  }
  return withLearnt(SAMPLES.get(name)!.request, learnt) as Message
}

function withLearnt(value: unknown, learnt: Message): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      learnt[name] ?? withLearnt(member, learnt),
    ]),
  )
}

function at(value: Answer, path: string): unknown {
  return path.split('.').reduce((part, name) => part?.[name], value)
}
