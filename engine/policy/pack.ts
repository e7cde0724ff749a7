import type { CareType, CivilDate } from '../claim/claim.ts'
import type { FactName } from './facts.ts'

/**
 * A policy pack is a city written down as data: dated tables, each value with the clause it comes
 * from and its standing, and plans that say which tables make up a benefit. This is the shape of a
 * pack as plain JSON; rules/README.md explains how to write one. Nothing in the engine knows a city.
 */
export interface PackSource {
  readonly id: string
  /** The city's name as people read it. */
  readonly title: string
  /** The dates of care that the pack covers, `[from, until)`. */
  readonly covers: { readonly from: CivilDate; readonly until: CivilDate }
  /** The documents that references name, by key. */
  readonly documents: Readonly<Record<string, DocumentSource>>
  /** The districts pooled by this pack: code → name. */
  readonly districts: Readonly<Record<string, string>>
  /** Districts that count as one for the named schemes. */
  readonly zones: readonly ZoneSource[]
  /** Ranked: where a person has several categories, the first in this list decides. */
  readonly categories: readonly string[]
  /** The catalogue of drugs, service items and consumables by its id. */
  readonly catalogue: string
  readonly tables: readonly TableSource[]
  readonly plans: readonly PlanSource[]
}

export interface DocumentSource {
  /** The document's number or, for a page, its address: what a trace prints. */
  readonly cite: string
  readonly title: string
  readonly note?: string
}

export interface ZoneSource {
  readonly id: string
  readonly schemes: readonly string[]
  readonly districts: readonly string[]
}

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

/** Which of the claim's dates picks a table's period; catalogue rows go by the line's date. */
export const ANCHORS = ['admission', 'discharge'] as const
export type Anchor = (typeof ANCHORS)[number]

/** What a result column holds: its unit, or the list of codes that it may be. */
export type ColumnType = 'fen' | 'permyriad' | 'days' | 'count' | 'flag' | readonly string[]

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
  readonly dimensions: Readonly<Partial<Record<FactName, DimensionSource>>>
  readonly results: Readonly<Record<string, ColumnType>>
  readonly periods: readonly PeriodSource[]
}

/** What a benefit's care costs whom: the tables that adjudication reads, in its order. */
export interface PlanSource {
  readonly scheme: string
  readonly careTypes: readonly CareType[]
  /** district × scheme → `joined`: whether the district is pooled by this pack on that date. */
  readonly participation: string
  /** → `settlement`: `direct` or `manual`, whether the counter may settle this care. */
  readonly settlement: string
  /** → `areaCase`. */
  readonly areaCase: string
  /** areaCase → how deductible and rate change; absent where no penalty exists for this care. */
  readonly penalty?: { readonly table: string; readonly readings: string }
  readonly layers: readonly LayerSource[]
  /** → which parts of the patient's share the account may pay. */
  readonly account: string
  /** → who bears and who pays, for the monthly clearing. */
  readonly clearing: string
}

/**
 * One layer of payment. Layers run in the pack's order; each takes its base from what the layers
 * before it left, so that large-sum aid, serious illness and medical aid are further layers of data.
 */
export interface LayerSource {
  readonly id: string
  readonly title: string
  /** The fund that pays, as the answer names it. */
  readonly fund: string
  /** `in-scope`: the bill's in-scope amount. `self-pay`: the in-scope amount that nobody paid yet. */
  readonly base: 'in-scope' | 'self-pay'
  /** The accumulators' dimension: usage of different benefits of one fund is kept apart. */
  readonly benefit: string
  readonly deductible?: {
    readonly table: string
    /** `stay`: borne at every claim. `year`: borne once a year, what was paid counts. */
    readonly per: 'stay' | 'year'
    readonly penalised?: boolean
  }
  readonly rate: { readonly table: string; readonly penalised?: boolean }
  readonly caps: readonly CapSource[]
}

/** A limit on what the fund pays in a benefit year. */
export interface CapSource {
  readonly id: string
  readonly title: string
  readonly table: string
  /** The benefits whose payments count against it, this layer's included. */
  readonly benefits: readonly string[]
}
