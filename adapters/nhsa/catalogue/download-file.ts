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
  { catalogueFile, name, layout, version }: DownloadSource,
): Promise<void> {
  let rows = 0
  async function* lines() {
    for await (const { row } of keptRows(catalogueFile)) {
      if (row.kind !== layout.kind) continue
      rows += 1
      yield downloadLine(layout, row, version)
    }
  }
  await zipText(path, name, lines(), () => String(rows))
}

export interface DownloadSource {
  /** The kept catalogue. */
  readonly catalogueFile: string
  /** Of the text within the ZIP. */
  readonly name: string
  readonly layout: DownloadLayout
  readonly version: string
}

function downloadLine(
  { columns, held }: DownloadLayout,
  row: CatalogueRow,
  version: string,
): string {
  const cells = new Array<string>(columns).fill('null')
  const values: Readonly<Record<HeldColumn, string | undefined>> = {
    code: row.code,
    name: row.name,
    from: row.from,
    until: lastDay(row),
    restricted: row.restrictions === undefined ? '0' : '1',
    // Rows that have ended say so by their last day.
    valid: '1',
    rid: recordId(row),
    version,
    class: CHARGE_LEVELS[row.class],
  }
  for (const [column, places] of Object.entries(held)) {
    const value = values[column as HeldColumn]
    if (value !== undefined) for (const place of places) cells[place - 1] = value
  }
  return `${cells.join('\t')}\n`
}
