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

/** A visit to an outpatient department, message by message. */

export function register(patient: Patient, on: string, number: string): Request {
  const data = {
    psn_no: patient.personId,
    insutype: patient.insurance,
    begntime: morningOf(on),
    ...shownBy(patient),
    ipt_otp_no: number,
    atddr_no: DOCTOR.code,
    dr_name: DOCTOR.name,
    dept_code: DEPARTMENT.code,
    dept_name: DEPARTMENT.name,
    caty: 'A03',
  }
  return { infno: '2201', input: { data } }
}

export function cancelRegistration(visit: Visit, number: string): Request {
  return { infno: '2202', input: { data: { ...ofVisit(visit), ipt_otp_no: number } } }
}

export function describeVisit(visit: Visit, medType: string): Request {
  const mdtrtinfo = {
    ...ofVisit(visit),
    med_type: medType,
    begntime: morningOf(visit.on),
    main_cond_dscr: '咳嗽三日',
  }
  const diseinfo = [{ ...diagnosis(visit.on), vali_flag: '1' }]
  return { infno: '2203', input: { mdtrtinfo, diseinfo } }
}

/** Lines are numbered from `first` on; no number may come twice in a visit. */
export function uploadLines(
  visit: Visit,
  batch: string,
  items: readonly Item[],
  first = 1,
): Request {
  const feedetail = items.map((item, at) => ({
    ...ofVisit(visit),
    chrg_bchno: batch,
    rx_circ_flag: '0',
    ...lineFields(item, String(first + at), visit.on),
    ...ordered(),
  }))
  return { infno: '2204', input: { feedetail } }
}

/** `batch` 0000: all lines that are not settled. */
export function removeLines(visit: Visit, batch: string): Request {
  return { infno: '2205', input: { data: { ...ofVisit(visit), chrg_bchno: batch } } }
}

export function preSettle(visit: Visit, batch: string, terms: Terms): Request {
  return { infno: '2206', input: { data: billOf(visit, batch, terms) } }
}

export function settle(visit: Visit, batch: string, terms: Terms): Request {
  return { infno: '2207', input: { data: billOf(visit, batch, terms) } }
}

export function cancelSettlement(visit: Visit, settlementId: string): Request {
  return { infno: '2208', input: { data: { ...ofVisit(visit), setl_id: settlementId } } }
}

function billOf(visit: Visit, batch: string, { total, medType, account }: Terms) {
  return {
    ...ofVisit(visit),
    ...shownBy(visit.patient),
    med_type: medType,
    medfee_sumamt: total,
    psn_setlway: '01',
    chrg_bchno: batch,
    insutype: visit.patient.insurance,
    acct_used_flag: account ? '1' : '0',
  }
}
