/**
 * What a hospital's system says, in the protocol's own shape: one function for each transaction.
 * Amounts and counts are decimals as text, as most systems send them (`withNumbers` writes them as
 * numbers); dates are `yyyy-MM-dd`.
 */

export type Fields = Readonly<Record<string, unknown>>

/** A transaction and its `input`, still without the envelope. */
export interface Request {
  readonly infno: string
  readonly input: Fields
}

export interface Patient {
  /** `psn_no`, as 1101 told it. */
  readonly personId: string
  /** `mdtrt_cert_type` and `mdtrt_cert_no`: what the patient shows. */
  readonly showsType: string
  readonly shows: string
  /** `insutype`. */
  readonly insurance: string
}

export interface Visit {
  readonly id: string
  readonly patient: Patient
  readonly on: string
}

/** One line of a bill: amount = count × price, in yuan. */
export interface Item {
  readonly code: string
  readonly count: string
  readonly price: string
  readonly amount: string
}

/** What a settlement says of the bill. */
export interface Terms {
  readonly total: string
  readonly medType: string
  /** Whether the personal account pays what it may. */
  readonly account: boolean
}

export const DOCTOR = { code: 'D0001', name: '演示医师' }
export const DEPARTMENT = { code: '01', name: '内科' }

export function signIn(operator: string): Request {
  const input = { signIn: { opter_no: operator, mac: '02-00-00-00-00-01', ip: '127.0.0.1' } }
  return { infno: '9001', input }
}

export function signOut(operator: string, signInNumber: string): Request {
  return { infno: '9002', input: { signOut: { sign_no: signInNumber, opter_no: operator } } }
}

export function queryPerson(
  { shows, showsType }: Pick<Patient, 'shows' | 'showsType'>,
  on: string,
): Request {
  const data = { mdtrt_cert_type: showsType, mdtrt_cert_no: shows, begntime: morningOf(on) }
  return { infno: '1101', input: { data } }
}

/** Undoes a message by its id, whether or not it did anything. */
export function undoMessage(
  personId: string,
  original: { readonly messageId: string; readonly infno: string },
): Request {
  const { messageId, infno } = original
  return {
    infno: '2601',
    input: { data: { psn_no: personId, omsgid: messageId, oinfno: infno } },
  }
}

export function ofVisit({ id, patient }: Visit) {
  return { mdtrt_id: id, psn_no: patient.personId }
}

export function shownBy({ shows, showsType }: Patient) {
  return { mdtrt_cert_type: showsType, mdtrt_cert_no: shows }
}

/** What every line of every kind of bill says. */
export function lineFields({ code, count, price, amount }: Item, number: string, on: string) {
  return {
    feedetl_sn: number,
    fee_ocur_time: morningOf(on),
    med_list_codg: code,
    medins_list_codg: code,
    det_item_fee_sumamt: amount,
    cnt: count,
    pric: price,
    bilg_dr_codg: DOCTOR.code,
    bilg_dr_name: DOCTOR.name,
  }
}

export function ordered() {
  return { bilg_dept_codg: DEPARTMENT.code, bilg_dept_name: DEPARTMENT.name, hosp_appr_flag: '1' }
}

export function diagnosis(on: string) {
  return {
    diag_type: '1',
    diag_srt_no: '1',
    diag_code: 'J18.900',
    diag_name: '肺炎',
    diag_dept: DEPARTMENT.code,
    dise_dor_no: DOCTOR.code,
    dise_dor_name: DOCTOR.name,
    diag_time: morningOf(on),
  }
}

export function morningOf(on: string): string {
  return `${on} 09:00:00`
}
