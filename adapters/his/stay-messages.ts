import {
  DEPARTMENT,
  DOCTOR,
  diagnosis,
  type Item,
  lineFields,
  morningOf,
  ofVisit,
  ordered,
  type Patient,
  type Request,
  shownBy,
  type Terms,
  type Visit,
} from './messages.ts'

/** A stay in hospital, message by message. */

export function admit(patient: Patient, on: string, number: string, medType: string): Request {
  const { personId } = patient
  const mdtrtinfo = {
    psn_no: personId,
    insutype: patient.insurance,
    begntime: morningOf(on),
    ...shownBy(patient),
    med_type: medType,
    ipt_no: number,
    ...inCareOf(),
  }
  return { infno: '2401', input: { mdtrtinfo, diseinfo: [mainDiagnosis(personId, on)] } }
}

export function changeAdmission(visit: Visit, number: string, medType: string): Request {
  const { patient, on } = visit
  const adminfo = {
    ...ofVisit(visit),
    begntime: morningOf(on),
    mdtrt_cert_type: patient.showsType,
    med_type: medType,
    ipt_otp_no: number,
    ...inCareOf(),
  }
  return { infno: '2403', input: { adminfo, diseinfo: [mainDiagnosis(patient.personId, on)] } }
}

export function cancelAdmission(visit: Visit): Request {
  return { infno: '2404', input: { data: ofVisit(visit) } }
}

/** A line that takes back another names it in `returns`; its count and amount are below zero. */
export interface StayItem extends Item {
  readonly number: string
  readonly on: string
  readonly returns?: string
}

export function uploadStayLines(
  visit: Visit,
  items: readonly StayItem[],
  medType: string,
): Request {
  const feedetail = items.map((item) => ({
    ...ofVisit(visit),
    med_type: medType,
    init_feedetl_sn: item.returns ?? '',
    ...lineFields(item, item.number, item.on),
    ...ordered(),
  }))
  return { infno: '2301', input: { feedetail } }
}

/** A number 0000: all lines that are not settled. */
export function removeStayLines(visit: Visit, numbers: readonly string[]): Request {
  const data = numbers.map((number) => ({ feedetl_sn: number, ...ofVisit(visit) }))
  return { infno: '2302', input: { data } }
}

export interface StayTerms extends Terms {
  /** The last day whose lines are settled. */
  readonly until: string
  /** Before the stay is over. */
  readonly interim?: boolean
}

export function preSettleStay(visit: Visit, terms: StayTerms): Request {
  return { infno: '2303', input: { data: billOf(visit, terms) } }
}

export function settleStay(visit: Visit, terms: StayTerms): Request {
  return { infno: '2304', input: { data: billOf(visit, terms) } }
}

export function cancelStaySettlement(visit: Visit, settlementId: string): Request {
  return { infno: '2305', input: { data: { ...ofVisit(visit), setl_id: settlementId } } }
}

export function discharge(visit: Visit, on: string): Request {
  const { patient } = visit
  const dscginfo = {
    ...ofVisit(visit),
    insutype: patient.insurance,
    endtime: `${on} 10:00:00`,
    dscg_dept_codg: DEPARTMENT.code,
    dscg_dept_name: DEPARTMENT.name,
    dscg_way: '1',
  }
  return { infno: '2402', input: { dscginfo, diseinfo: [mainDiagnosis(patient.personId, on)] } }
}

export function undoDischarge(visit: Visit): Request {
  return { infno: '2405', input: { data: ofVisit(visit) } }
}

function billOf(visit: Visit, { total, account, until, interim = false }: StayTerms) {
  return {
    ...ofVisit(visit),
    ...shownBy(visit.patient),
    medfee_sumamt: total,
    psn_setlway: '01',
    insutype: visit.patient.insurance,
    acct_used_flag: account ? '1' : '0',
    mid_setl_flag: interim ? '1' : '0',
    dscgTime: until,
  }
}

function inCareOf() {
  return {
    atddr_no: DOCTOR.code,
    chfpdr_name: DOCTOR.name,
    adm_diag_dscr: '肺炎',
    adm_dept_codg: DEPARTMENT.code,
    adm_dept_name: DEPARTMENT.name,
    adm_bed: '12',
    dscg_maindiag_code: 'J18.900',
    dscg_maindiag_name: '肺炎',
  }
}

function mainDiagnosis(personId: string, on: string) {
  return { psn_no: personId, maindiag_flag: '1', ...diagnosis(on) }
}
