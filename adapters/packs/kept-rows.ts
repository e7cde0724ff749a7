import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { parse } from 'csv-parse/sync'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { type CatalogueColumn, rowReader } from './catalogue-columns.ts'

/** A row of a kept catalogue, and the bytes of the file in which it stands. */
export interface KeptRow {
  readonly row: CatalogueRow
  readonly at: number
  readonly end: number
}

/** So much is read at once, within a few milliseconds. */
const BYTES_AT_ONCE = 16 * 1024
const LINE_FEED = 0x0a

/**
 * The rows of a catalogue that the library keeps, in their order, a few hundred at a time: others have
 * their turn between, as a national catalogue takes seconds. The file was checked when it was loaded:
 * no cell holds a line break, and a fault in it is damage and throws. So does at the end, when all rows
 * have been given, that it is not the version `hash` any more.
 */
export async function* keptRows(file: string, hash: string): AsyncGenerator<readonly KeptRow[]> {
  let read: ReadRow | undefined
  let at = 0
  const sum = createHash('sha256')
  for await (const lines of wholeLines(file)) {
    sum.update(lines)
    const records = parse(lines, { bom: true, relax_column_count: true }) as string[][]
    const rows: KeptRow[] = []
    let begin = 0
    for (const cells of records) {
      const feed = lines.indexOf(LINE_FEED, begin)
      const end = feed < 0 ? lines.length : feed + 1
      if (read === undefined) read = reader(cells)
      else rows.push({ row: read(cells), at: at + begin, end: at + end })
      begin = end
    }
    at += lines.length
    yield rows
  }
  if (sum.digest('hex') === hash) return
  throw new Error(`${file} is not as it was kept: put it back, every backup since has it`)
}

async function* wholeLines(file: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(file, { highWaterMark: BYTES_AT_ONCE })) {
    const bytes = Buffer.concat([rest, chunk as Buffer])
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    rest = bytes.subarray(end)
    if (end > 0) yield bytes.subarray(0, end)
  }
  if (rest.length > 0) yield rest
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
