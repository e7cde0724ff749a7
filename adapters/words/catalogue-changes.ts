import type { CatalogueChanges } from '../packs/compare-catalogues.ts'

/** How many rows came, went and changed. */
export function changeCounts({ added, removed, changed }: CatalogueChanges): string {
  return `${added.length} added, ${removed.length} removed, ${changed.length} changed`
}

/** A line for each row that differs, those that changed first; no more than `most`, then how many more. */
export function changeLines({ added, removed, changed }: CatalogueChanges, most: number): string[] {
  const lines = [
    ...changed.map(({ code, from, cells }) => {
      const what = cells.map(
        ({ column, before, after }) => `${column} ${before || 'nothing'} → ${after || 'nothing'}`,
      )
      return `  changed: ${code} from ${from}: ${what.join('; ')}`
    }),
    ...removed.map(({ code, from, name }) => `  removed: ${code} from ${from}: ${name}`),
    ...added.map(({ code, from, name }) => `  added: ${code} from ${from}: ${name}`),
  ]
  const more = lines.length - most
  return more > 0 ? [...lines.slice(0, most), `  and ${more} more`] : lines
}
