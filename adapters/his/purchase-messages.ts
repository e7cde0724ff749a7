import {
  type Item,
  lineFields,
  morningOf,
  ofVisit,
  type Patient,
  type Request,
  shownBy,
  type Terms,
  type Visit,
} from './messages.ts'

/** A purchase at a pharmacy: there is no visit before it is settled. */

export interface Purchase {
  readonly patient: Patient
  readonly on: string
  readonly items: readonly Item[]
  readonly terms: Terms
  /** Tells a purchase from another of the same things by the same person. */
  readonly invoice?: string
}

export function preSettlePurchase(purchase: Purchase): Request {
  return { infno: '2101', input: bodyOf(purchase) }
}

export function settlePurchase(purchase: Purchase): Request {
  const { druginfo, drugdetail } = bodyOf(purchase)
  const invono = purchase.invoice ?? ''
  return { infno: '2102', input: { druginfo: { ...druginfo, invono }, drugdetail } }
}

export function cancelPurchase(visit: Visit, settlementId: string): Request {
  return { infno: '2103', input: { data: { ...ofVisit(visit), setl_id: settlementId } } }
}

function bodyOf({ patient, on, items, terms }: Purchase) {
  return {
    druginfo: {
      psn_no: patient.personId,
      ...shownBy(patient),
      begntime: morningOf(on),
      medfee_sumamt: terms.total,
      insutype: patient.insurance,
      acct_used_flag: terms.account ? '1' : '0',
      med_type: terms.medType,
    },
    drugdetail: items.map((item, at) => ({
      rx_circ_flag: '0',
      ...lineFields(item, String(at + 1), on),
    })),
  }
}
