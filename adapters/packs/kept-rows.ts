import type { FileHandle } from 'node:fs/promises'
import { setImmediate as othersTurn } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { csvRows } from '../tabular/csv.ts'
import { type CatalogueColumn, rowReader } from './catalogue-columns.ts'

/** A row of a kept catalogue, and the bytes of the file in which it stands. */
export interface KeptRow {
  readonly row: CatalogueRow
  readonly at: number
  readonly end: number
}

/** So many rows are read at once, within a few milliseconds. */
const AT_ONCE = 100

/**
 * The rows of a catalogue that the library keeps, in their order. The file was checked when it was
 * loaded; a fault in it is damage and throws. Others have their turn on the way, as a national
 * catalogue takes seconds.
 */
export async function* keptRows(file: string): AsyncGenerator<KeptRow> {
  let read: ReadRow | undefined
  let at = 0
  let end = 0
  let count = 0
  const table = csvRows(file, (bytes) => {
    at = end
    end = bytes
  })
  for await (const { cells } of table) {
    if (read === undefined) read = reader(cells)
    else yield { row: read(cells), at, end }
    count += 1
    if (count % AT_ONCE === 0) await othersTurn()
  }
}

/** Single rows of a kept catalogue, by where they stand. */
export class KeptRowReader {
  readonly #file: FileHandle
  readonly #read: ReadRow

  private constructor(file: FileHandle, read: ReadRow) {
    this.#file = file
    this.#read = read
  }

  /** `headerEnd` is where the first row begins. */
  static async of(file: FileHandle, headerEnd: number): Promise<KeptRowReader> {
    return new KeptRowReader(file, reader(cellsIn(await bytesOf(file, 0, headerEnd))))
  }

  async row(at: number, end: number): Promise<CatalogueRow> {
    return this.#read(cellsIn(await bytesOf(this.#file, at, end)))
  }
}

type ReadRow = (cells: readonly string[]) => CatalogueRow

function reader(header: readonly string[]): ReadRow {
  const places = new Map(header.map((name, at) => [name, at]))
  const read = rowReader()
  return (cells) => {
    const cell = (column: CatalogueColumn) => cells[places.get(column) ?? -1] ?? ''
    return read(cell, (column, expected, found) => {
      throw new Error(`a kept catalogue is damaged: ${column} is ${found}, not ${expected}`)
    })
  }
}

async function bytesOf(file: FileHandle, at: number, end: number): Promise<Buffer> {
  const bytes = Buffer.alloc(end - at)
  await file.read(bytes, 0, bytes.length, at)
  return bytes
}

function cellsIn(bytes: Buffer): string[] {
  const [cells = []] = parse(bytes, { bom: true }) as string[][]
  return cells
}
