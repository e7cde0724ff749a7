import type { CivilDate } from '../claim/claim.ts'
import type { FactName } from './facts.ts'

/**
 * Where a value comes from: `seed` (a document the product was given), `published` (a public page)
 * or `assumed` (chosen here for want of a source; never shown as the city's rule).
 */
export const STANDINGS = ['seed', 'published', 'assumed'] as const
export type Standing = (typeof STANDINGS)[number]

export interface ReferenceSource {
  /** A key of `documents`. */
  readonly document: string
  /** The clause, or the place on the page. */
  readonly clause?: string
}

/**
 * Which of the claim's dates picks a table's period; `line`, the date of the line, is for tables
 * about lines. Catalogue rows go by the line's date, too.
 */
export const ANCHORS = ['admission', 'discharge', 'line'] as const
export type Anchor = (typeof ANCHORS)[number]

/**
 * What a result column holds: its unit, or the list of codes that it may be. A `permyriad` is a
 * share from 0 to 100 %; a `factor` is in permyriad, too, and may exceed 100 %.
 */
export type ColumnType =
  | 'fen'
  | 'permyriad'
  | 'factor'
  | 'months'
  | 'days'
  | 'count'
  | 'flag'
  | readonly string[]

/** The values of a dimension: a list of codes, or the lowest value of an open range of integers. */
export type DimensionSource =
  | readonly (string | number | boolean)[]
  | { readonly integersFrom: number }

/** What a row says of a dimension; a dimension left out matches every value. */
export type CellSource =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | { readonly from?: number; readonly below?: number }

/** What a value rests on. */
export interface MarkSource {
  readonly standing: Standing
  readonly reference?: ReferenceSource
  /** Why this value, where it is not obvious; printed beside it. */
  readonly note?: string
}

/** The key of a row that is no column. */
export const MARK = 'mark'

/** A cell for every result and for the dimensions that it is about, column → cell. */
export interface RowSource {
  /** Stands in the place of the whole of the period's mark, for a row that rests on something else. */
  readonly [MARK]?: MarkSource
  readonly [column: string]: CellSource | MarkSource | undefined
}

/** Dated rows; the mark written here is that of every row without its own. */
export interface PeriodSource extends MarkSource {
  readonly from: CivilDate
  readonly until: CivilDate
  readonly rows: readonly RowSource[]
}

/**
 * Exactly one row applies to every combination of its dimensions on every date of the pack: a gap
 * or an overlap is an error when the pack is loaded.
 */
export interface TableSource {
  /** `<scheme or topic>/<name>`, unique in the pack. */
  readonly table: string
  readonly title: string
  readonly anchor: Anchor
  readonly dimensions: Readonly<Record<FactName, DimensionSource>>
  readonly results: Readonly<Record<string, ColumnType>>
  readonly periods: readonly PeriodSource[]
}
