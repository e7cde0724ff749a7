import type { CatalogueFault, CatalogueRow, Restrictions } from './catalogue.ts'
import {
  CODE_UNITS,
  dayOf,
  FLAG,
  FLAG_BITS,
  HEADER,
  hashOf,
  IMAGE_FORMAT,
  IMAGE_MARK,
  OPEN,
  placeOf,
  RECORD,
} from './catalogue-layout.ts'

/** Free places keep the way to a row short; so many for each row, taken or free. */
const PLACES_PER_ROW = 1.5

/**
 * Builds the image of a catalogue (see catalogue-layout.ts), to be opened with `openCatalogue`.
 * Rows that cannot stand beside each other are reported, and the image is not to be used then.
 */
export function buildCatalogueImage(rows: readonly CatalogueRow[]): {
  image: SharedArrayBuffer
  faults: CatalogueFault[]
} {
  const faults: CatalogueFault[] = []
  const writer = new ImageWriter(rows)
  rows.forEach((row, index) => {
    const { code, from, until } = row
    if (until !== undefined && until <= from) {
      faults.push({ code, from, problem: 'ends-before-it-begins' })
    }
    writer.add(row, index)
  })
  for (const ofOneCode of writer.sharedCodes.values()) sortAndCheck(ofOneCode, faults)
  return { image: writer.finish(), faults }
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

class ImageWriter {
  /** The rows of every code that has several. */
  readonly sharedCodes = new Map<string, CatalogueRow[]>()
  readonly #rows: readonly CatalogueRow[]
  readonly #places: number
  /** The number of the row in each place that is taken. */
  readonly #rowAt: Int32Array
  readonly #records: Int32Array
  /** The same memory as the records. */
  readonly #bytes: Uint8Array
  readonly #numbers: Float64Array
  /** 0 is no place of a ceiling: a record without one points there. */
  readonly #prices = [0]
  readonly #terms = new TermsTable()
  readonly #text = new TextWriter()

  constructor(rows: readonly CatalogueRow[]) {
    this.#rows = rows
    this.#places = Math.ceil(rows.length * PLACES_PER_ROW) + 1
    this.#rowAt = new Int32Array(this.#places)
    this.#records = new Int32Array(this.#places * RECORD.words)
    this.#bytes = new Uint8Array(this.#records.buffer)
    this.#numbers = new Float64Array(this.#records.buffer)
  }

  add(row: CatalogueRow, index: number): void {
    const hash = hashOf(row.code)
    const place = this.#freePlace(row, hash)
    this.#rowAt[place] = index
    this.#write(row, hash, place * RECORD.words)
  }

  #freePlace(row: CatalogueRow, hash: number): number {
    const records = this.#records
    let place = placeOf(hash, this.#places)
    for (; ; place = place + 1 === this.#places ? 0 : place + 1) {
      const at = place * RECORD.words
      if (records[at + RECORD.terms] === 0) return place
      if (records[at + RECORD.hash] !== hash) continue
      const other = this.#rows[this.#rowAt[place]!]!
      if (other.code !== row.code) continue
      const first = (records[at + RECORD.terms]! & FLAG.sameCode) === 0
      records[at + RECORD.terms]! |= FLAG.sameCode
      const shared = this.sharedCodes.get(row.code)
      if (shared === undefined) this.sharedCodes.set(row.code, [other, row])
      else if (first) shared.push(row)
    }
  }

  #write(row: CatalogueRow, hash: number, at: number): void {
    const records = this.#records
    const { until, ceiling } = row
    let flags: number = FLAG.taken
    records[at + RECORD.hash] = hash
    records[at + RECORD.from] = dayOf(row.from)
    records[at + RECORD.until] = until === undefined ? OPEN : dayOf(until)
    if (!this.#writeCode(row.code, at)) flags |= FLAG.codeInText
    if (ceiling?.any !== undefined) {
      flags |= FLAG.ceiling
      this.#numbers[(at + RECORD.ceiling) / 2] = ceiling.any
    }
    if (ceiling?.byLevel !== undefined) {
      flags |= FLAG.byLevel
      records[at + RECORD.byLevel] = this.#prices.length
      const byLevel = Object.entries(ceiling.byLevel)
      this.#prices.push(byLevel.length)
      for (const [level, fen] of byLevel) this.#prices.push(Number(level), fen)
    }
    records[at + RECORD.terms] = (this.#terms.numberOf(row) << FLAG_BITS) | flags
  }

  /** Whether it fits into the record. */
  #writeCode(code: string, at: number): boolean {
    const { length } = code
    const begin = 4 * (at + RECORD.code)
    let fits = length <= CODE_UNITS
    for (let unit = 0; fits && unit < length; unit++) {
      const value = code.charCodeAt(unit)
      this.#bytes[begin + unit] = value
      fits = value <= 0xff
    }
    if (fits) this.#bytes[begin + CODE_UNITS] = length
    else {
      this.#records[at + RECORD.code] = this.#text.add(code)
      this.#records[at + RECORD.code + 1] = length
    }
    return fits
  }

  finish(): SharedArrayBuffer {
    const begins = this.#terms.texts.map((json) => this.#text.add(json))
    const text = this.#text.units()
    const recordsAt = 4 * HEADER.words
    const pricesAt = recordsAt + this.#records.byteLength
    const termsAt = pricesAt + 8 * this.#prices.length
    const textAt = termsAt + 4 * (begins.length + 1)
    const image = new SharedArrayBuffer(textAt + text.byteLength)
    const header = new Int32Array(image, 0, HEADER.words)
    header[HEADER.mark] = IMAGE_MARK
    header[HEADER.format] = IMAGE_FORMAT
    header[HEADER.rows] = this.#rows.length
    header[HEADER.places] = this.#places
    header[HEADER.terms] = begins.length
    header[HEADER.recordsAt] = recordsAt
    header[HEADER.pricesAt] = pricesAt
    header[HEADER.termsAt] = termsAt
    header[HEADER.textAt] = textAt
    new Int32Array(image, recordsAt, this.#records.length).set(this.#records)
    new Float64Array(image, pricesAt, this.#prices.length).set(this.#prices)
    new Int32Array(image, termsAt, begins.length + 1).set([...begins, text.length])
    new Uint16Array(image, textAt, text.length).set(text)
    return image
  }
}

/** Numbers the different sets of terms. */
class TermsTable {
  readonly texts: string[] = []
  readonly #numbers = new Map<string, number>()
  /** Loaders share equal restrictions between rows; then the object is enough to know them again. */
  readonly #restrictions = new Map<Restrictions | undefined, number>()
  readonly #restrictionTexts = new Map<string | undefined, number>()

  numberOf(row: CatalogueRow): number {
    const { class: itemClass, kind, group, chargeType, firstSelfPayPermyriad, restrictions } = row
    const restricted = this.#numberOfRestrictions(restrictions)
    // Only a group may hold spaces, and it is the last.
    const grouped = group === undefined ? '' : ` ${group}`
    const charged = chargeType ?? ''
    const key = `${itemClass} ${kind} ${firstSelfPayPermyriad} ${restricted} ${charged}${grouped}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.texts.length
    const terms = { class: itemClass, kind, group, chargeType, firstSelfPayPermyriad, restrictions }
    this.texts.push(JSON.stringify(terms))
    this.#numbers.set(key, number)
    return number
  }

  #numberOfRestrictions(restrictions: Restrictions | undefined): number {
    const known = this.#restrictions.get(restrictions)
    if (known !== undefined) return known
    const text = JSON.stringify(restrictions)
    const number = this.#restrictionTexts.get(text) ?? this.#restrictionTexts.size
    this.#restrictionTexts.set(text, number)
    this.#restrictions.set(restrictions, number)
    return number
  }
}

class TextWriter {
  readonly #texts: string[] = []
  #length = 0

  /** Where the text begins. */
  add(text: string): number {
    const at = this.#length
    this.#texts.push(text)
    this.#length += text.length
    return at
  }

  units(): Uint16Array {
    const units = new Uint16Array(this.#length)
    let at = 0
    for (const text of this.#texts) {
      for (let unit = 0; unit < text.length; unit++) units[at++] = text.charCodeAt(unit)
    }
    return units
  }
}
