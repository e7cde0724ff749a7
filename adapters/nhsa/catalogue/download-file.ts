import type { CatalogueRow } from '../../../engine/policy/catalogue.ts'
import { keptRows } from '../../packs/kept-rows.ts'
import { zipText } from '../files/zipped-text.ts'
import { CHARGE_LEVELS, lastDay, recordId } from './catalogue-words.ts'
import layouts from './download-layouts.json' with { type: 'json' }

/** Where the text of a catalogue has what the catalogue holds, columns counted from 1. */
export interface DownloadLayout {
  readonly kind: CatalogueRow['kind']
  readonly name: string
  readonly columns: number
  readonly held: Readonly<Partial<Record<HeldColumn, readonly number[]>>>
}

type HeldColumn =
  | 'code'
  | 'name'
  | 'from'
  | 'until'
  | 'restricted'
  | 'valid'
  | 'rid'
  | 'version'
  | 'class'

/** By transaction number, as two clients of different provinces read the files. */
export const DOWNLOAD_LAYOUTS: ReadonlyMap<string, DownloadLayout> = new Map(
  Object.entries(layouts) as [string, DownloadLayout][],
)

/** Writes the ZIP of all rows of a kind into `path`; how many there are stands in its comment. */
export async function writeDownload(
  path: string,
  { catalogueFile, hash, name, layout, version }: DownloadSource,
): Promise<void> {
  let rows = 0
  const lineOf = lineWriter(layout, version)
  async function* lines() {
    for await (const some of keptRows(catalogueFile, hash)) {
      const ofKind = some.filter(({ row }) => row.kind === layout.kind)
      rows += ofKind.length
      yield ofKind.map(({ row }) => lineOf(row)).join('')
    }
  }
  await zipText(path, name, lines(), () => String(rows))
}

export interface DownloadSource {
  /** The kept catalogue. */
  readonly catalogueFile: string
  readonly hash: string
  /** Of the text within the ZIP. */
  readonly name: string
  readonly layout: DownloadLayout
  readonly version: string
}

/** A line is what stands between the columns that are held, with their cells put in. */
function lineWriter({ columns, held }: DownloadLayout, version: string) {
  const places = Object.entries(held)
    .flatMap(([column, all]) => all.map((place) => ({ column: column as HeldColumn, place })))
    .sort((a, b) => a.place - b.place)
  const nulls = (count: number) => 'null\t'.repeat(count)
  const cells = places.map(({ column, place }, nth) => ({
    column,
    before: nulls(place - 1 - (places[nth - 1]?.place ?? 0)),
  }))
  const rest = nulls(columns - places.at(-1)!.place)
  return (row: CatalogueRow): string => {
    let line = ''
    for (const { column, before } of cells) line += `${before}${cellOf(column, row, version)}\t`
    return `${(line + rest).slice(0, -1)}\n`
  }
}

function cellOf(column: HeldColumn, row: CatalogueRow, version: string): string {
  switch (column) {
    case 'code':
    case 'name':
    case 'from':
      return row[column]
    case 'until':
      return lastDay(row) ?? 'null'
    case 'restricted':
      return row.restrictions === undefined ? '0' : '1'
    // Rows that have ended say so by their last day.
    case 'valid':
      return '1'
    case 'rid':
      return recordId(row)
    case 'version':
      return version
    case 'class':
      return CHARGE_LEVELS[row.class]
  }
}
