import type { Delta, Subject } from '../ledger/entry.ts'
import type { Fen } from '../money/fen.ts'
import type { ItemClass } from '../policy/catalogue.ts'
import type { Facts } from '../policy/facts.ts'
import type { Found, Value } from '../policy/table.ts'
import type { CivilDate } from './claim.ts'

/** The sums of a settlement, in fen. identities.ts says how they hang together. */
export interface Amounts {
  readonly totalFen: Fen
  /** 全自费: class C, off-catalogue, restrictions not met. */
  readonly ownPayFen: Fen
  /** 超限价: above the price ceiling. */
  readonly overLimitFen: Fen
  /** 先行自付: borne before any sharing. */
  readonly firstSelfPayFen: Fen
  /** 符合政策范围: what the policy may share. */
  readonly inScopeFen: Fen
  /** 起付线: what was borne of it, at most the in-scope amount. */
  readonly deductibleFen: Fen
  /** Σ of what the funds pay. */
  readonly fundFen: Fen
  readonly hospitalFen: Fen
  readonly patientFen: Fen
  readonly accountFen: Fen
  readonly cashFen: Fen
}

/** Why a line is own pay, and what was taken off one that is not. */
export const LINE_REASONS = [
  'not-in-force',
  'class-c',
  'own-pay-by-rule',
  'over-price-ceiling',
  'first-self-pay',
  'first-self-pay-by-area',
  'restricted-by-sex',
  'restricted-by-age',
  'restricted-by-level',
  'restricted-by-care-type',
  'restricted-by-scheme',
  'restricted-by-diagnosis',
  'restricted-without-hospital-approval',
  'restricted-by-supply-days',
  'restricted-by-daily-quantity',
] as const
export type LineReason = (typeof LINE_REASONS)[number]

/** The four buckets of one line, and why. */
export interface LineSplit {
  readonly lineId: string
  readonly class: ItemClass
  readonly amountFen: Fen
  readonly ownPayFen: Fen
  readonly overLimitFen: Fen
  readonly firstSelfPayFen: Fen
  readonly inScopeFen: Fen
  readonly reasons: readonly LineReason[]
}

/** A part of a layer's base that one rate applies to; bounds are positions on the base. */
export interface Segment {
  readonly fromFen: Fen
  readonly toFen: Fen | null
  readonly baseFen: Fen
  /** With a fraction where steps make it finer than a permyriad. */
  readonly ratePermyriad: number
  /** Before the caps; what the segment adds to the rounded sum. */
  readonly payFen: Fen
  /** The item facts of the lines that it is about, where the rate depends on them. */
  readonly items?: string
}

/** What one layer pays, also when that is nothing, and then why. */
export interface FundPart {
  readonly fund: string
  readonly layer: string
  /** The part of the base above the deductible. */
  readonly baseFen: Fen
  readonly payFen: Fen
  readonly segments: readonly Segment[]
  readonly reason?: FundReason
  /** Of a stay that is split between two benefit years: which one this part is of. */
  readonly benefitYear?: number
}

/** Why a fund pays nothing, or less than the rate alone would give. */
export interface FundReason {
  readonly code:
    | 'cap-reached'
    | 'visits-used-up'
    | 'paid-by-others'
    | 'nothing-above-deductible'
    | 'nothing-to-pay'
    | 'rate-is-zero'
    | 'raised-to-floor'
    | 'does-not-apply'
  /** Of a cap: which one, its amount and what was used of it before. */
  readonly cap?: string
  readonly title?: string
  readonly capFen?: Fen
  readonly usedFen?: Fen
}

/** Every step that a trace may have: look-ups of tables, then what is computed; some are both. */
export const TRACE_STEPS = [
  'derived-fact',
  'grade-change',
  'participation',
  'waiting',
  'benefit-year',
  'entitlement',
  'settlement',
  'area-case',
  'penalty',
  'reading',
  'transfer',
  'area-self-pay',
  'line-rule',
  'applies',
  'band',
  'deductible',
  'yearly-limit',
  'standard',
  'owed',
  'rate',
  'floor',
  'cap',
  'sum',
  'times',
  'plus',
  'minus',
  'at-least',
  'at-most',
  'patient-share-times',
  'account',
  'account-credit',
  'clearing',
  'grade',
  'waiting-period',
  'lines',
  'part-of-stay',
  'amount',
  'deductible-penalty',
  'deductible-carried',
  'deductible-left',
  'rate-penalty',
  'cap-left',
  'ceiling',
  'case-owed',
  'layer',
  'account-pays',
] as const
export type StepName = (typeof TRACE_STEPS)[number]

/** A step that read a table: the row says the rest. */
export interface LookupStep extends Found {
  readonly step: StepName
  readonly layer?: string
  /** The facts read, in the order of the table's dimensions. */
  readonly inputs: readonly Value[]
}

/** A step that computed something. */
export interface ComputedStep {
  readonly step: StepName
  readonly layer?: string
  readonly inputs: Readonly<Record<string, Value>>
  readonly result: Readonly<Record<string, Value>>
}

export type TraceStep = LookupStep | ComputedStep

export function isLookup(step: TraceStep): step is LookupStep {
  return 'table' in step
}

/** Who bears and who pays, for the monthly clearing between districts. */
export interface Clearing {
  readonly homeDistrict: string
  readonly careDistrict: string
  readonly institutionId: string
  readonly bearer: string
  readonly payer: string
  readonly clearingType: string
  readonly way: string
}

/** An accumulator that the decision read, and what it held then. */
export interface Read {
  readonly subject: Subject
  readonly accumulator: string
  readonly value: number
}

/** What a cap leaves after this decision, as if it were booked. */
export interface Remaining {
  readonly cap: string
  readonly leftFen: Fen
}

/** The whole outcome of adjudicating one claim: plain data, complete, nothing left to compute. */
export interface Decision {
  readonly packId: string
  readonly packHash: string
  /** When the engine learned the pack, ms since 1970. */
  readonly knownAt: number
  readonly catalogueHash: string
  readonly scheme: string
  readonly benefitYear: number
  readonly admission: CivilDate
  readonly discharge: CivilDate
  /** Every fact that the tables could ask for, as it was worked out. */
  readonly facts: Facts
  readonly amounts: Amounts
  readonly funds: readonly FundPart[]
  readonly lines: readonly LineSplit[]
  readonly trace: readonly TraceStep[]
  readonly remaining: readonly Remaining[]
  readonly clearing: Clearing
  /** What booking this decision adds to whose accumulators. */
  readonly deltas: readonly Delta[]
  readonly reads: readonly Read[]
  /** After a transfer: what the stays before bore of the deductible. */
  readonly transferBorneFen?: Fen
}
