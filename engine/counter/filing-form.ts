import type { Entry } from '../ledger/entry.ts'
import type { ApprovalRecord, ChosenInstitution, DiseaseRegistration } from '../registry/records.ts'
import type { Particulars } from '../visit/visit.ts'

/**
 * What an institution files for a patient, and what becomes of it. The record that a filing changes
 * stands in an entry of its own, just before the filing's: whoever decides reads that one.
 */
export type Filing =
  /** 转院备案: the consent to a transfer, as an approval of the receiving institution. */
  | {
      readonly type: 'referral'
      readonly approval: Pick<ApprovalRecord, 'from' | 'until' | 'institutionId'>
      /** The visit from which the patient goes, if the sender names it. */
      readonly fromVisit?: string
    }
  /** 慢特病备案. */
  | { readonly type: 'disease'; readonly registration: DiseaseRegistration }
  /** 定点备案. */
  | { readonly type: 'chosen-institution'; readonly chosen: ChosenInstitution }

/** What happened to a person's filings: one entry each. Particulars decide nothing and are kept. */
export type FilingEvent =
  | {
      readonly type: 'filed'
      readonly personId: string
      readonly institutionId: string
      readonly filing: Filing
      /** The approval that a referral made. */
      readonly approvalId?: string
      readonly particulars: Particulars
    }
  /** A message of its own asked again for a filing that stands: its position. */
  | { readonly type: 'filed-before'; readonly filed: number }
  | { readonly type: 'withdrawn'; readonly filed: number; readonly particulars: Particulars }

/** An event with the position of the event before it; 0 for the first. */
export interface PlacedFiling {
  readonly event: FilingEvent
  readonly previous: number
}

/** The layout of the packed form; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

export function packFiling({ event, previous }: PlacedFiling): unknown {
  return [LAYOUT, previous, event]
}

export function unpackFiling({ kind, content }: Pick<Entry, 'kind' | 'content'>): PlacedFiling {
  if (kind !== 'filing') throw new Error(`a ${kind} is no filing`)
  const [layout, previous, event] = content as [number, number, FilingEvent]
  if (layout !== LAYOUT) throw new Error(`a filing is packed in an unknown layout: ${layout}`)
  return { event, previous }
}
