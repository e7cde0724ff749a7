import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { CATALOGUE_COLUMNS, type CatalogueColumn } from './catalogue-columns.ts'
import { catalogueCells } from './catalogue-csv.ts'
import { keptRows } from './kept-rows.ts'
import type { PackLibrary } from './pack-library.ts'

/** A row that two catalogues have, with other content. */
export interface ChangedRow {
  readonly code: string
  readonly from: string
  readonly cells: readonly { column: CatalogueColumn; before: string; after: string }[]
}

export interface CatalogueChanges {
  readonly added: readonly CatalogueRow[]
  readonly removed: readonly CatalogueRow[]
  readonly changed: readonly ChangedRow[]
}

/** What differs; rows are the same one when code and first day are the same. */
export function compareCatalogues(
  before: Iterable<CatalogueRow>,
  after: Iterable<CatalogueRow>,
): CatalogueChanges {
  const comparison = new CatalogueComparison()
  for (const row of before) comparison.had(row)
  for (const row of after) comparison.has(row)
  return comparison.changes
}

/**
 * Compares two versions that the library keeps, the first of which may be none. `isStopped` is asked
 * every few hundred rows and may make it pause; nothing when it was stopped.
 */
export async function compareKeptCatalogues(
  library: PackLibrary,
  [before, after]: readonly [string | undefined, string],
  isStopped: () => boolean,
): Promise<CatalogueChanges | undefined> {
  const comparison = new CatalogueComparison()
  const rowsOf = (hash: string) => keptRows(library.catalogueFile(hash), hash)
  if (before !== undefined) {
    for await (const rows of rowsOf(before)) {
      for (const { row } of rows) comparison.had(row)
      if (isStopped()) return undefined
    }
  }
  for await (const rows of rowsOf(after)) {
    for (const { row } of rows) comparison.has(row)
    if (isStopped()) return undefined
  }
  return comparison.changes
}

/** All rows of the earlier catalogue, then all of the later one. */
class CatalogueComparison {
  readonly #left = new Map<string, CatalogueRow>()
  readonly #added: CatalogueRow[] = []
  readonly #changed: ChangedRow[] = []

  had(row: CatalogueRow): void {
    this.#left.set(keyOf(row), row)
  }

  has(row: CatalogueRow): void {
    const old = this.#left.get(keyOf(row))
    this.#left.delete(keyOf(row))
    if (old === undefined) {
      this.#added.push(row)
      return
    }
    const [was, is] = [catalogueCells(old), catalogueCells(row)]
    const cells = CATALOGUE_COLUMNS.filter((column) => was[column] !== is[column]).map(
      (column) => ({ column, before: was[column], after: is[column] }),
    )
    if (cells.length > 0) this.#changed.push({ code: row.code, from: row.from, cells })
  }

  get changes(): CatalogueChanges {
    return { added: this.#added, removed: [...this.#left.values()], changed: this.#changed }
  }
}

function keyOf({ code, from }: CatalogueRow): string {
  return `${code} ${from}`
}
