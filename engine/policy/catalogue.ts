import type { CareType, CivilDate } from '../claim/claim.ts'

/** Class A (甲) is shared in full, B (乙) after a first self-pay, C (丙) is the patient's own. */
export type ItemClass = 'A' | 'B' | 'C'

/** When an item may be shared; a line that does not meet one of these is the patient's own pay. */
export interface Restrictions {
  readonly sex?: 'female' | 'male'
  /** Full years on the line's date, `[ageFrom, ageBelow)`. */
  readonly ageFrom?: number
  readonly ageBelow?: number
  /** Licence levels of the institution. */
  readonly levels?: readonly number[]
  readonly careTypes?: readonly CareType[]
  readonly schemes?: readonly string[]
  /** Prefixes of diagnosis codes, of which the claim must have one. */
  readonly diagnoses?: readonly string[]
  /** The longest supply, in days. */
  readonly supplyDaysMax?: number
  /** The largest quantity a day, as a decimal. */
  readonly dailyQuantityMax?: string
  /** The hospital must have approved the use (医院审批标志). */
  readonly hospitalApproval?: boolean
}

/** One row of a catalogue, in force on `[from, until)`. */
export interface CatalogueRow {
  readonly code: string
  readonly name: string
  readonly kind: 'drug' | 'service' | 'consumable'
  readonly class: ItemClass
  /** A code that items treated alike share, such as `implant-imported`; tables may ask for it. */
  readonly group?: string
  /** What kind of charge it is on a bill (医疗收费项目类别), in the interface's code; decides nothing. */
  readonly chargeType?: string
  readonly from: CivilDate
  /** Absent: open. */
  readonly until?: CivilDate
  /** The share of the in-limit amount that is borne before any sharing; 0 for class A. */
  readonly firstSelfPayPermyriad: number
  /** The price ceiling of one unit, in fen; `byLevel` (licence level) goes before `any`. */
  readonly ceiling?: {
    readonly any?: number
    readonly byLevel?: Readonly<Record<number, number>>
  }
  readonly restrictions?: Restrictions
}

/** What a look-up says of an item; of one fixed form, whatever its row has. */
export interface CatalogueItem {
  readonly class: ItemClass
  readonly kind: CatalogueRow['kind']
  readonly group: string | undefined
  readonly chargeType: string | undefined
  readonly firstSelfPayPermyriad: number
  readonly restrictions: Restrictions | undefined
  /** The price ceiling of one unit at an institution of this licence level, in fen. */
  ceilingFen(level: number): number | undefined
}

export interface Catalogue {
  readonly id: string
  /** Hash of the content, hexadecimal; a settlement keeps it. */
  readonly hash: string
  /** How many rows it has. */
  readonly size: number
  /** All of it, to be opened in another thread, too. */
  readonly image: SharedArrayBuffer
  /** The item as the row in force has it, or why there is none. */
  find(code: string, on: CivilDate): CatalogueItem | 'unknown' | 'not-in-force'
}

/** A row that cannot stand beside another one of its code. */
export interface CatalogueFault {
  readonly code: string
  readonly from: CivilDate
  readonly problem: 'overlaps-another-row' | 'ends-before-it-begins'
}
