import { fullYears } from '../../engine/adjudicate/person-facts.ts'
import { dayNumber } from '../../engine/calendar/civil-days.ts'
import type { CivilDate } from '../../engine/claim/claim.ts'
import { type Fen, plus } from '../../engine/money/fen.ts'
import type { Visit } from '../../engine/visit/visit.ts'
import { Faults } from './faults.ts'
import { setldetail } from './money/setldetail.ts'
import { GENDERS, interfaceOf, type Settled } from './money/setlinfo.ts'
import type { Input } from './read-node.ts'
import type { Row } from './row.ts'
import { writeDecimal } from './scalars.ts'

/** What a settlement list is held against. */
export interface ListedSettlement {
  readonly settled: Settled
  readonly visit: Visit
}

/**
 * All that is wrong with a settlement list beyond the form of its fields: what it says of person,
 * days and money against the settlement, its sums against each other, nodes that such care needs.
 */
export function settlementListFaults(input: Input, listed: ListedSettlement): Faults {
  const faults = new Faults()
  const list = new ListCheck(input, faults)
  checkPerson(list, listed)
  checkDays(list, listed)
  checkPatientShare(list, listed)
  checkFunds(list, listed)
  checkItems(list, listed)
  checkDiagnoses(list, listed)
  checkOperations(list, listed)
  checkIntensiveCare(list, listed)
  checkBlood(list)
  return faults
}

/** The nodes of the list, with where a fault is. */
class ListCheck {
  readonly input: Input
  readonly faults: Faults

  constructor(input: Input, faults: Faults) {
    this.input = input
    this.faults = faults
  }

  get main(): Row {
    return this.input.one('setlinfo')
  }

  /** `at`: the row's index, of a node that has many. */
  wrong(row: Row, code: string, what: string, at?: number): void {
    const field = row.node.fields.find((one) => one.code === code)!
    this.faults.ofField(row.node.name, at === undefined ? undefined : at + 1, field, what)
  }

  amount(row: Row, code: string, expected: Fen, at?: number): void {
    if (!row.has(code) || row.amount(code) === expected) return
    this.wrong(row, code, `与结算不一致，结算为${yuan(expected)}`, at)
  }

  needs(node: string, why: string): boolean {
    if (this.input.many(node).length > 0) return true
    this.faults.ofNode(node, `${why}，节点${node}不能为空`)
    return false
  }

  /** A count of rows that the list says itself. */
  count(code: string, node: string): void {
    const { main } = this
    const rows = this.input.many(node).length
    if (main.has(code) && main.number(code) !== rows) {
      this.wrong(main, code, `与节点${node}的行数（${rows}）不一致`)
    }
  }

  /** Two times of a row, in their order. */
  order(row: Row, from: string, to: string, at?: number): void {
    const [begins, ends] = [row.time(from), row.time(to)]
    if (begins !== undefined && ends !== undefined && ends < begins) {
      this.wrong(row, to, `早于${from}`, at)
    }
  }
}

function yuan(fen: Fen): string {
  return writeDecimal(fen, 2)
}

function checkPerson(list: ListCheck, { settled }: ListedSettlement): void {
  const { main } = list
  const { person, claim } = settled
  const gend = main.text('gend')
  if (gend !== undefined && (gend === '1' || gend === '2') && gend !== GENDERS[person.sex]) {
    list.wrong(main, 'gend', '与参保信息不一致')
  }
  if (main.has('brdy') && main.date('brdy') !== person.bornOn) {
    list.wrong(main, 'brdy', '与参保信息不一致')
  }
  checkAge(list, settled)
  if (main.has('fixmedins_code') && main.text('fixmedins_code') !== claim.institutionId) {
    list.wrong(main, 'fixmedins_code', '与结算机构不一致')
  }
}

const AGE_SCALE = 10

/** In full years, and of whoever has none yet in days: between admission and discharge. */
function checkAge(list: ListCheck, { person, decision }: Settled): void {
  const { main } = list
  const { bornOn } = person
  const { admission, discharge } = decision
  const [least, most] = [fullYears(bornOn, admission), fullYears(bornOn, discharge)]
  const years = main.number('age')
  if (years !== undefined && (years < least * AGE_SCALE || years >= (most + 1) * AGE_SCALE)) {
    list.wrong(main, 'age', `与出生日期（${bornOn}）不符`)
  }
  const days = main.number('nwb_age') ?? 0
  if (days === 0) return
  const lived = (on: CivilDate) => dayNumber(on) - dayNumber(bornOn)
  if (least > 0 || days < lived(admission) || days > lived(discharge) + 1) {
    list.wrong(main, 'nwb_age', `与出生日期（${bornOn}）不符`)
  }
}

function checkDays(list: ListCheck, { settled, visit }: ListedSettlement): void {
  const { main } = list
  const { admission, discharge } = settled.decision
  const [begins, ends] = [main.date('setl_begn_date')!, main.date('setl_end_date')!]
  list.order(main, 'setl_begn_date', 'setl_end_date')
  if (begins > discharge) list.wrong(main, 'setl_begn_date', '晚于结算期间')
  if (ends < admission) list.wrong(main, 'setl_end_date', '早于结算期间')
  list.order(main, 'adm_time', 'dscg_time')
  if (visit.kind !== 'stay') return
  for (const code of ['adm_time', 'dscg_time']) {
    if (!main.has(code)) list.wrong(main, code, '住院清单不能为空')
  }
  const { dischargedOn, info } = visit
  if (main.has('adm_time') && main.date('adm_time') !== info.begunOn) {
    list.wrong(main, 'adm_time', '与入院登记不一致')
  }
  if (main.has('dscg_time') && dischargedOn !== undefined) {
    if (main.date('dscg_time') !== dischargedOn) list.wrong(main, 'dscg_time', '与出院登记不一致')
    const days = Math.max(1, dayNumber(dischargedOn) - dayNumber(info.begunOn))
    if (main.has('act_ipt_days') && main.number('act_ipt_days') !== days) {
      list.wrong(main, 'act_ipt_days', `应为${days}天`)
    }
  }
}

function checkPatientShare(list: ListCheck, { settled }: ListedSettlement): void {
  const { main } = list
  const { patientFen, accountFen, cashFen, ownPayFen, overLimitFen } = settled.decision.amounts
  list.amount(main, 'acct_pay', accountFen)
  list.amount(main, 'psn_cashpay', cashFen)
  if (!main.has('psn_selfpay') || !main.has('psn_ownpay')) return
  const [self, own] = [main.amount('psn_selfpay')!, main.amount('psn_ownpay')!]
  if (self + own !== patientFen) {
    const what = `与个人自费（psn_ownpay）之和应为个人负担总金额${yuan(patientFen)}`
    list.wrong(main, 'psn_selfpay', what)
  }
  // Whether what is above a price ceiling counts as 自费 differs from hospital to hospital.
  const most = plus(ownPayFen, overLimitFen)
  if (own < ownPayFen || own > most) {
    const what = `应不低于全自费金额${yuan(ownPayFen)}，不高于全自费与超限价之和${yuan(most)}`
    list.wrong(main, 'psn_ownpay', what)
  }
}

function checkFunds(list: ListCheck, { settled }: ListedSettlement): void {
  const paid = new Map<string, Fen>()
  for (const row of setldetail(settled)) {
    paid.set(row['fund_pay_type'] as string, row['fund_payamt'] as Fen)
  }
  const { account, hospital } = interfaceOf(settled)
  const rows = list.input.many('payinfo')
  const told = new Set<string>()
  rows.forEach((row, at) => {
    const type = row.text('fund_pay_type')!
    if (told.has(type)) list.wrong(row, 'fund_pay_type', '重复', at)
    told.add(type)
    const amount = paid.get(type)
    if (amount !== undefined) list.amount(row, 'fund_payamt', amount, at)
    else if (row.amount('fund_payamt') !== 0) {
      list.wrong(row, 'fund_pay_type', '不是该笔结算的基金支付类型', at)
    }
  })
  for (const [type, amount] of paid) {
    // What the account paid stands in acct_pay, too, and what the hospital bears is no fund's.
    if (amount === 0 || told.has(type) || type === account.type || type === hospital.type) continue
    list.faults.ofNode('payinfo', `节点payinfo缺少基金支付类型${type}（${yuan(amount)}）`)
  }
}

const PARTS = ['claa_sumfee', 'clab_amt', 'fulamt_ownpay_amt', 'oth_amt'] as const

function checkItems(list: ListCheck, { settled }: ListedSettlement): void {
  if (!list.needs('iteminfo', '收费项目信息')) return
  const { totalFen } = settled.decision.amounts
  let sum = 0
  const told = new Set<string>()
  list.input.many('iteminfo').forEach((row, at) => {
    const amount = row.amount('amt')!
    const parts = PARTS.reduce((total, code) => total + row.amount(code)!, 0)
    if (parts !== amount) list.wrong(row, 'amt', '不等于甲类、乙类、全自费与其他之和', at)
    const type = row.text('med_chrgitm')!
    if (told.has(type)) list.wrong(row, 'med_chrgitm', '重复', at)
    told.add(type)
    sum += amount
  })
  if (sum === totalFen) return
  list.faults.ofNode('iteminfo', `收费项目金额（amt）合计应为医疗费总额${yuan(totalFen)}`)
}

const MAIN = '1'

function checkDiagnoses(list: ListCheck, { settled, visit }: ListedSettlement): void {
  const { careType } = settled.claim
  if (careType === 'outpatient-chronic' || careType === 'outpatient-special') {
    list.needs('opspdiseinfo', '门诊慢特病清单')
  }
  list.count('diag_code_cnt', 'diseinfo')
  if (visit.kind !== 'stay') return
  if (!list.needs('diseinfo', '住院清单')) return
  const rows = list.input.many('diseinfo')
  const told = new Set<string>()
  rows.forEach((row, at) => {
    const diagnosis = `${row.text('diag_type')} ${row.text('diag_code')}`
    if (told.has(diagnosis)) list.wrong(row, 'diag_code', '重复', at)
    told.add(diagnosis)
  })
  // Western and Chinese medicine have a main diagnosis each.
  const mains = new Set<string>()
  rows.forEach((row, at) => {
    if (row.text('maindiag_flag') !== MAIN) return
    const type = row.text('diag_type')!
    if (mains.has(type)) list.wrong(row, 'maindiag_flag', '同一诊断类别只能有一个主诊断', at)
    mains.add(type)
  })
  if (mains.size === 0) list.faults.ofNode('diseinfo', '节点diseinfo没有主诊断（maindiag_flag为1）')
}

function checkOperations(list: ListCheck, { visit }: ListedSettlement): void {
  list.count('oprn_oprt_code_cnt', 'oprninfo')
  list.input.many('oprninfo').forEach((row, at) => {
    list.order(row, 'oprn_oprt_begntime', 'oprn_oprt_endtime', at)
    list.order(row, 'anst_begntime', 'anst_endtime', at)
    outsideStay(list, visit, row, 'oprn_oprt_date', at)
  })
}

function checkIntensiveCare(list: ListCheck, { visit }: ListedSettlement): void {
  list.input.many('icuinfo').forEach((row, at) => {
    list.order(row, 'scs_cutd_inpool_time', 'scs_cutd_exit_time', at)
    outsideStay(list, visit, row, 'scs_cutd_inpool_time', at)
    outsideStay(list, visit, row, 'scs_cutd_exit_time', at)
  })
}

function outsideStay(list: ListCheck, visit: Visit, row: Row, code: string, at: number): void {
  const day = row.date(code)
  if (day === undefined || visit.kind !== 'stay') return
  const { begunOn } = visit.info
  const isOutside = day < begunOn || (visit.dischargedOn !== undefined && day > visit.dischargedOn)
  if (isOutside) list.wrong(row, code, '不在住院期间内', at)
}

const BLOOD = ['bld_cat', 'bld_amt', 'bld_unt'] as const

/** Kind, amount and unit of blood belong together, in the list itself and in its rows. */
function checkBlood(list: ListCheck): void {
  const check = (row: Row, at?: number) => {
    const told = BLOOD.filter((code) => row.has(code))
    if (told.length === 0 || told.length === BLOOD.length) return
    const missing = BLOOD.find((code) => !row.has(code))!
    list.wrong(row, missing, '输血品种、输血量、计量单位须同时填写', at)
  }
  check(list.main)
  list.input.many('bldinfo').forEach(check)
}
