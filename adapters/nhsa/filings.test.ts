import t, { type Test } from 'tap'
import type { InstitutionRecord, PersonRecord } from '../../engine/registry/records.ts'
import type { TestCounter } from '../../fixtures/counter/test-counter.ts'
import { agreementFrom, HOSPITAL_CARE } from '../../fixtures/demo.ts'
import {
  ADMISSION,
  HospitalSystem,
  type Message,
  withCounter,
} from '../../fixtures/nhsa/hospital-system.ts'

/** What institutions file for their patients, and what settlements then make of it. */

/** A resident of a city whose hospitals refer patients to the province's capital. */
const REFERRED: PersonRecord = {
  personId: 'JLR1',
  version: 1,
  sex: 'female',
  bornOn: '1970-01-01',
  insurances: [
    { scheme: 'resident', homeDistrict: '220202', status: 'paid-up', from: '2015-01-01' },
  ],
  categories: [{ category: 'low-income', from: '2020-01-01', until: '2021-01-01' }],
  accountSharedWith: [],
}
const HOME = 'H22020200001'
const CAPITAL = 'H22010200002'

function hospital(institutionId: string, district: string, level: number): InstitutionRecord {
  return {
    institutionId,
    version: 1,
    name: `医院${institutionId}`,
    kind: 'hospital',
    district,
    levels: [{ level, from: '2005-01-01' }],
    agreements: [agreementFrom('2005-01-01', HOSPITAL_CARE)],
  }
}

async function withHospitals(run: (counter: TestCounter) => Promise<void>): Promise<void> {
  await withCounter(async (counter) => {
    counter.putPerson(REFERRED)
    counter.putInstitution(hospital(HOME, '220202', 2))
    counter.putInstitution(hospital(CAPITAL, '220102', 3))
    await run(counter)
  })
}

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

interface Stay {
  readonly visit: string
  readonly settlement: string
  readonly fund: number
  readonly deductible: number
}

/** What the captured client says of a stay of the referred person, of 12,000 yuan. */
function saidOfStay(from: string, to: string): Message {
  return {
    psn_no: REFERRED.personId,
    mdtrt_cert_no: 'unknown',
    insutype: '390',
    begntime: `${from} 08:00:00`,
    fee_ocur_time: `${from} 09:00:00`,
    endtime: `${to} 09:00:00`,
    dscgTime: to,
    acct_used_flag: '0',
  }
}

/** From admission to the final settlement. */
async function stay(t: Test, client: HospitalSystem, from: string, to: string): Promise<Stay> {
  const said = saidOfStay(from, to)
  const admitted = await client.send(t, ADMISSION, { more: said })
  t.equal(admitted.infcode, 0, admitted.err_msg)
  const visit = admitted.output.result.mdtrt_id
  const more = { ...said, mdtrt_id: visit }
  for (const infno of ['2301', '2402']) {
    const answer = await client.send(t, infno, { more })
    t.equal(answer.infcode, 0, `${infno}: ${answer.err_msg}`)
  }
  const settled = await client.send(t, '2304', { more })
  t.equal(settled.infcode, 0, settled.err_msg)
  const { setl_id, fund_pay_sumamt, act_pay_dedc } = settled.output.setlinfo
  return { visit, settlement: setl_id, fund: fund_pay_sumamt, deductible: act_pay_dedc }
}

async function cancelStay(t: Test, client: HospitalSystem, { visit, settlement }: Stay) {
  const data = { psn_no: REFERRED.personId, mdtrt_id: visit, setl_id: settlement }
  t.equal((await client.ask(t, '2305', { data })).infcode, 0)
}

t.test('after 2501 the settlement there is one of a referral', (t) =>
  withHospitals(async (counter) => {
    const home = new HospitalSystem(counter, HOME)
    const capital = new HospitalSystem(counter, CAPITAL)
    const before = await stay(t, home, '2023-05-01', '2023-05-10')
    const days = ['2023-05-10', '2023-05-20'] as const
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
    const anew = (await home.ask(t, '2501', input)).output.result
    t.not(anew.trt_dcla_detl_sn, trt_dcla_detl_sn, 'filed anew, it is another filing')
    const late = { refmedin: { ...REFERRAL, reflin_medins_no: HOME, enddate: '2023-05-09' } }
    t.match(await home.ask(t, '2501', late), { infcode: -1, err_msg: /早于开始日期/ })
  }),
)
