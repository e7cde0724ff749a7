import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl'
import type { ByteSource } from './byte-source.ts'
import { longerText, SheetReader, type SheetSettings } from './sheet.ts'
import { kindOfFormat, type NumberKind, unescaped } from './sheet-values.ts'
import { TableError, type TableRow } from './table-row.ts'
import { readXml, type XmlHandlers } from './xml.ts'

/** Texts are the one large part that has to be held in memory; more are better sent as CSV. */
const TEXT_BYTES_MAX = 256 * 1024 * 1024
/** Sheets, relations and styles; spreadsheets themselves allow of some 65,000 styles. */
const SETTINGS_BYTES_MAX = 32 * 1024 * 1024
const PARTS_MAX = 10_000
const WORKBOOK = 'xl/workbook.xml'

/**
 * The rows of the first visible sheet of a workbook (.xlsx) that are not blank. The parts of the
 * file are read where they stand; nothing of it is written elsewhere.
 */
export async function* workbookRows(
  file: ByteSource,
  onBytes: (bytes: number) => void,
): AsyncGenerator<TableRow> {
  let zip: ZipFile | undefined
  let last = 0
  try {
    zip = await fromRandomAccessReaderPromise(new ArchiveBytes(file), file.size, {
      autoClose: false,
    })
    const parts = await Parts.of(zip)
    const { sheetPart, ...settings } = await readSettings(parts)
    const sheet = new SheetReader(settings)
    for await (const bytes of parts.read(sheetPart, sheet)) {
      onBytes(bytes)
      for (const row of sheet.take()) {
        last = row.number
        yield row
      }
    }
  } catch (error) {
    if (error instanceof TableError) throw error
    throw new TableError(last, 'an Excel workbook (.xlsx)', (error as Error).message)
  } finally {
    zip?.close()
  }
}

/** An archive is read from its end. */
class ArchiveBytes extends RandomAccessReader {
  readonly #file: ByteSource

  constructor(file: ByteSource) {
    super()
    this.#file = file
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.#file.read(start, end)
  }
}

/** The parts of a workbook by name. */
class Parts {
  readonly #zip: ZipFile
  readonly #entries: ReadonlyMap<string, Entry>

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip
    this.#entries = entries
  }

  static async of(zip: ZipFile): Promise<Parts> {
    if (zip.entryCount > PARTS_MAX) {
      throw new TableError(0, `a workbook of at most ${PARTS_MAX} parts`, `${zip.entryCount}`)
    }
    const entries = new Map<string, Entry>()
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
    return new Parts(zip, entries)
  }

  /**
   * Parses a part; comes back after each piece with the bytes of the file up to there. One of which
   * something is held in memory has at most `most` bytes: a few of an archive may be gigabytes. What
   * the archive says of the size is held against what comes when it is unpacked.
   */
  async *read(
    name: string,
    handlers: XmlHandlers,
    most = Number.POSITIVE_INFINITY,
  ): AsyncGenerator<number> {
    const entry = this.#entries.get(name)
    if (entry === undefined) throw new TableError(0, 'an Excel workbook (.xlsx)', `no ${name}`)
    if (entry.uncompressedSize > most) {
      throw new TableError(
        0,
        `at most ${most} bytes in a part that is no sheet`,
        `${entry.uncompressedSize}`,
      )
    }
    const source = await this.#zip.openReadStreamPromise(entry)
    const { relativeOffsetOfLocalHeader: start, compressedSize, uncompressedSize } = entry
    try {
      for await (const unpacked of readXml(source, handlers)) {
        yield start + (compressedSize * unpacked) / Math.max(1, uncompressedSize)
      }
    } finally {
      source.destroy()
    }
  }

  /** Parses a part to its end; one that is not there has nothing in it. */
  async readAll(name: string, most: number, handlers: XmlHandlers): Promise<void> {
    if (!this.#entries.has(name)) return
    for await (const _ of this.read(name, handlers, most));
  }
}

interface Settings extends SheetSettings {
  readonly sheetPart: string
}

async function readSettings(parts: Parts): Promise<Settings> {
  let from1904 = false
  let relation: string | undefined
  const handlers: XmlHandlers = {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes['date1904'] ?? '')
      if (name !== 'sheet' || relation !== undefined) return
      if (/hidden/i.test(attributes['state'] ?? '')) return
      relation = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1]
    },
  }
  for await (const _ of parts.read(WORKBOOK, handlers, SETTINGS_BYTES_MAX));
  const targets = await readRelations(parts)
  const partOf = (type: string) => targets.find((target) => target.type.endsWith(`/${type}`))?.part
  const sheetPart = targets.find(({ id }) => id === relation)?.part
  if (sheetPart === undefined) throw new TableError(0, 'a workbook with a visible sheet', 'none')
  const texts = await readTexts(parts, partOf('sharedStrings') ?? '')
  return { sheetPart, from1904, texts, kinds: await readKinds(parts, partOf('styles') ?? '') }
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly part: string
}

async function readRelations(parts: Parts): Promise<readonly Relation[]> {
  const relations: Relation[] = []
  await parts.readAll('xl/_rels/workbook.xml.rels', SETTINGS_BYTES_MAX, {
    open(name, { Id: id, Type: type, Target: target }) {
      if (name !== 'Relationship' || id === undefined || type === undefined) return
      relations.push({ id, type, part: posix.resolve('/xl', target ?? '').slice(1) })
    },
  })
  return relations
}

/** The texts that cells share, by their number. */
async function readTexts(parts: Parts, name: string): Promise<readonly string[]> {
  const texts: string[] = []
  let text = ''
  let path = ''
  await parts.readAll(name, TEXT_BYTES_MAX, {
    open(element) {
      path += `/${element}`
      if (element === 'si') text = ''
    },
    text(piece) {
      // Not what stands in rPh: how a text is pronounced.
      if (/\/si(\/r)?\/t$/.test(path)) text = longerText(text, piece, 0)
    },
    close(element) {
      path = path.slice(0, path.lastIndexOf('/'))
      if (element === 'si') texts.push(unescaped(text))
    },
  })
  return texts
}

/** How the numbers of cells are to be taken, by the number of the cells' style. */
async function readKinds(parts: Parts, name: string): Promise<readonly NumberKind[]> {
  const codes = new Map<number, string>()
  const ids: number[] = []
  let inCells = false
  await parts.readAll(name, SETTINGS_BYTES_MAX, {
    open(element, attributes) {
      const id = Number(attributes['numFmtId'] ?? 0)
      if (element === 'cellXfs') inCells = true
      else if (element === 'numFmt') codes.set(id, attributes['formatCode'] ?? '')
      else if (element === 'xf' && inCells) ids.push(id)
    },
    close(element) {
      if (element === 'cellXfs') inCells = false
    },
  })
  return ids.map((id) => kindOfFormat(id, codes.get(id)))
}
