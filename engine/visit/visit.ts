import type { CareType, CivilDate, Claim, ClaimAttribute, ClaimLine } from '../claim/claim.ts'
import type { Subject } from '../ledger/entry.ts'

/**
 * The words of a visit: what an institution opens for a patient, loads with lines, settles in parts
 * and closes. docs/decisions/0009-a-visit-is-a-fold.md says how it is kept.
 */

/** `outpatient`: registered (挂号). `stay`: admitted (入院). `purchase`: opened and settled in one. */
export type VisitKind = 'outpatient' | 'stay' | 'purchase'

/** What the institution says of the visit and a claim states of it, as far as it is known yet. */
export interface VisitInfo {
  /** The day of registration, admission or purchase. */
  readonly begunOn: CivilDate
  readonly careType: CareType
  readonly diagnoses?: readonly string[]
  readonly diseaseCode?: string
  readonly approvalId?: string
  readonly transferFrom?: string
  readonly attributes?: readonly ClaimAttribute[]
}

/** What the sender says besides, which decides nothing: kept and given back. */
export type Particulars = Readonly<Record<string, string>>

/** A pack of a drug by its traceability code (药品追溯码). */
export interface DrugPack {
  readonly code: string
  /** 拆零: a part of it is sold, and the rest later. */
  readonly opened: boolean
}

/** A line of the visit; `line.lineId` is the sender's own number, once in a visit. */
export interface VisitLine {
  readonly line: ClaimLine
  /** The sender's charge batch (收费批次), if it makes batches. */
  readonly batch?: string
  /** 退费: the number of the line that this one takes back, wholly or in part; amounts are positive. */
  readonly returns?: string
  readonly particulars?: Particulars
  /** The packs that were handed out, or are taken back, where the sender names them. */
  readonly packs?: readonly DrugPack[]
}

/** What happened to a visit: one entry of the journal each. */
export type VisitEvent =
  | {
      readonly type: 'opened'
      readonly kind: VisitKind
      readonly personId: string
      readonly institutionId: string
      readonly info: VisitInfo
      /** Of a purchase; others upload theirs. */
      readonly lines: readonly VisitLine[]
      readonly particulars: Particulars
    }
  | { readonly type: 'changed'; readonly info: VisitInfo; readonly particulars: Particulars }
  /** The lines that were new; those that the visit had already are not repeated. */
  | { readonly type: 'uploaded'; readonly lines: readonly VisitLine[] }
  | { readonly type: 'removed'; readonly numbers: readonly string[] }
  | {
      readonly type: 'discharged'
      readonly on: CivilDate
      readonly info: VisitInfo
      readonly particulars: Particulars
    }
  | { readonly type: 'discharge-undone' }
  | { readonly type: 'cancelled'; readonly way: CancelledWay }
  /** A message of its own asked again for a settlement that stands: its position. */
  | { readonly type: 'settled-before'; readonly settlement: number }

/** `by-message`: by whoever never saw the answer to its opening (冲正). */
export type CancelledWay = 'ordinary' | 'by-message'

/** Which part of a visit a settlement is of. */
export type SettledPart =
  /** All unsettled lines of the batch, or of the whole visit. */
  | { readonly batch: string | null }
  /** The unsettled lines of a stay up to `until`; nothing is settled after the final one. */
  | { readonly from: CivilDate; readonly until: CivilDate; readonly final: boolean }

/** A settlement of the visit that is not reversed. */
export interface LiveSettlement {
  readonly position: number
  readonly part: SettledPart
  readonly claim: Claim
}

/** A visit as its entries leave it. */
export interface Visit {
  /** Where the journal keeps its opening; its id is made of it. */
  readonly position: number
  readonly subject: Subject
  readonly kind: VisitKind
  readonly personId: string
  readonly institutionId: string
  readonly info: VisitInfo
  readonly particulars: Particulars
  readonly cancelled?: CancelledWay
  readonly dischargedOn?: CivilDate
  /** All lines that were not removed, by number, in the order of upload. */
  readonly lines: ReadonlyMap<string, VisitLine>
  /** In booking order. */
  readonly settlements: readonly LiveSettlement[]
  /** Number of each line that a live settlement has in its claim → the settlement's position. */
  readonly settled: ReadonlyMap<string, number>
}

/** A visit of those events, before anything is known of settlements. */
export type VisitEvents = Omit<Visit, 'settlements' | 'settled'>

/** Whether the patient lies there: an admission that is neither cancelled nor ended. */
export function isInHospital({ kind, cancelled, dischargedOn }: VisitEvents): boolean {
  return kind === 'stay' && cancelled === undefined && dischargedOn === undefined
}

/** The live settlement that has the line, or the line that it returns. */
export function settledBy({ settled }: Visit, { line, returns }: VisitLine): number | undefined {
  return settled.get(returns ?? line.lineId)
}

/** The live final settlement of a stay. */
export function finalSettlement({ settlements }: Visit): LiveSettlement | undefined {
  return settlements.find(({ part }) => 'final' in part && part.final)
}

const VISIT = 'visit/'

/** `name` is of the institution and of what opened the visit: no two openings share one. */
export function visitSubject(name: string): Subject {
  return `${VISIT}${name}`
}

export function isVisit(subject: Subject): boolean {
  return subject.startsWith(VISIT)
}

/** Its accumulators are the subjects of the stays that last, wherever they are. */
export function inHospitalSubject(personId: string): Subject {
  return `in-hospital/${personId}`
}
