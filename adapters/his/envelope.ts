import { findTransaction, transactionNumber } from '../nhsa/spec/spec.ts'
import type { Fields, Request } from './messages.ts'

/** Who sends, as every message says. */
export interface Sender {
  readonly institution: string
  readonly institutionName: string
  /** District of the institution, six digits. */
  readonly region: string
  readonly operator: string
  /** `sign_no`, once signed in. */
  readonly signInNumber?: string
  /** District where the patient is insured, once it is known. */
  readonly insuranceRegion?: string
}

/** The message as JSON text. `sentAt` is `yyyy-MM-dd HH:mm:ss`. */
export function messageText(
  sender: Sender,
  { infno, input }: Request,
  { messageId, sentAt }: { readonly messageId: string; readonly sentAt: string },
): string {
  return JSON.stringify({
    infno,
    msgid: messageId,
    mdtrtarea_admvs: sender.region,
    insuplc_admdvs: sender.insuranceRegion ?? '',
    recer_sys_code: 'YIZHAN',
    dev_no: '',
    dev_safe_info: '',
    cainfo: '',
    signtype: '',
    infver: 'V1.0',
    opter_type: '1',
    opter: sender.operator,
    opter_name: sender.operator,
    inf_time: sentAt,
    fixmedins_code: sender.institution,
    fixmedins_name: sender.institutionName,
    sign_no: sender.signInNumber ?? '',
    input,
  })
}

/** The same request with what the spec calls a number written as one. */
export function withNumbers({ infno, input }: Request): Request {
  const number = transactionNumber(infno)
  const nodes = (number && findTransaction(number)?.input) ?? []
  const numbered = Object.entries(input).map(([name, rows]) => {
    const fields = nodes.find((node) => node.name === name)?.fields ?? []
    const numbers = new Set(fields.filter(({ type }) => type === 'number').map(({ code }) => code))
    const row = (one: Fields) =>
      Object.fromEntries(
        Object.entries(one).map(([code, value]) => [
          code,
          numbers.has(code) && value !== '' ? Number(value) : value,
        ]),
      )
    return [name, Array.isArray(rows) ? rows.map(row) : row(rows as Fields)]
  })
  return { infno, input: Object.fromEntries(numbered) }
}

/** What a transaction is called, in Chinese. */
export function transactionName(infno: string): string {
  const number = transactionNumber(infno)
  return (number && findTransaction(number)?.name) ?? infno
}
