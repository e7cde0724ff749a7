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

export interface Catalogue {
  readonly id: string
  /** Hash of the content, hexadecimal; a settlement keeps it. */
  readonly hash: string
  readonly size: number
  /** The row in force, or why there is none. */
  find(code: string, on: CivilDate): CatalogueRow | 'unknown' | 'not-in-force'
}

/** A row that cannot stand beside another one of its code. */
export interface CatalogueFault {
  readonly code: string
  readonly from: CivilDate
  readonly problem: 'overlaps-another-row' | 'ends-before-it-begins'
}

/** Indexes rows by code. Faulty rows are reported and the catalogue is not to be used then. */
export function buildCatalogue(
  id: string,
  hash: string,
  rows: Iterable<CatalogueRow>,
): { catalogue: Catalogue; faults: CatalogueFault[] } {
  const builder = new CatalogueBuilder()
  for (const row of rows) builder.add(row)
  return builder.finish(id, hash)
}

/** Takes rows a few at a time, for a thread that has other things to do between them. */
export class CatalogueBuilder {
  readonly #byCode = new Map<string, CatalogueRow | CatalogueRow[]>()
  readonly #shared = new Set<CatalogueRow[]>()
  readonly #faults: CatalogueFault[] = []
  #size = 0

  add(row: CatalogueRow): void {
    this.#size++
    if (row.until !== undefined && row.until <= row.from) {
      this.#faults.push({ code: row.code, from: row.from, problem: 'ends-before-it-begins' })
    }
    const present = this.#byCode.get(row.code)
    if (present === undefined) this.#byCode.set(row.code, row)
    else if (Array.isArray(present)) present.push(row)
    else {
      const rows = [present, row]
      this.#byCode.set(row.code, rows)
      this.#shared.add(rows)
    }
  }

  finish(id: string, hash: string): { catalogue: Catalogue; faults: CatalogueFault[] } {
    for (const rowsOfCode of this.#shared) sortAndCheck(rowsOfCode, this.#faults)
    const byCode = this.#byCode
    return {
      catalogue: { id, hash, size: this.#size, find: (code, on) => find(byCode, code, on) },
      faults: this.#faults,
    }
  }
}

function find(
  byCode: ReadonlyMap<string, CatalogueRow | CatalogueRow[]>,
  code: string,
  on: CivilDate,
): CatalogueRow | 'unknown' | 'not-in-force' {
  const found = byCode.get(code)
  if (found === undefined) return 'unknown'
  if (!Array.isArray(found)) return covers(found, on) ? found : 'not-in-force'
  return found.find((row) => covers(row, on)) ?? 'not-in-force'
}

function covers(row: CatalogueRow, on: CivilDate): boolean {
  return row.from <= on && (row.until === undefined || on < row.until)
}

function sortAndCheck(rows: CatalogueRow[], faults: CatalogueFault[]): void {
  rows.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  for (let i = 1; i < rows.length; i++) {
    const before = rows[i - 1]!
    const row = rows[i]!
    if (before.until === undefined || before.until > row.from) {
      faults.push({ code: row.code, from: row.from, problem: 'overlaps-another-row' })
    }
  }
}
