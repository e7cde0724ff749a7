import type { CivilDate } from '../claim/claim.ts'
import type { Catalogue, CatalogueFault, CatalogueItem, CatalogueRow } from './catalogue.ts'
import { buildCatalogueImage } from './catalogue-image.ts'
import {
  CODE_UNITS,
  dayOf,
  FLAG,
  FLAG_BITS,
  HEADER,
  hashOf,
  IMAGE_FORMAT,
  IMAGE_MARK,
  placeOf,
  RECORD,
} from './catalogue-layout.ts'

/**
 * A catalogue on an image that `buildCatalogueImage` made, in this thread or in another: nothing is
 * copied. Throws a RangeError for an image of another format.
 */
export function openCatalogue(id: string, hash: string, image: SharedArrayBuffer): Catalogue {
  return new ImageCatalogue(id, hash, image)
}

/** Whether it can be opened: made by this version of the layout, on a machine of this byte order. */
export function isCatalogueImage(image: SharedArrayBuffer): boolean {
  if (image.byteLength < 4 * HEADER.words) return false
  const header = new Int32Array(image, 0, HEADER.words)
  return header[HEADER.mark] === IMAGE_MARK && header[HEADER.format] === IMAGE_FORMAT
}

/** Builds and opens at once; with faults the catalogue is not to be used. */
export function buildCatalogue(
  id: string,
  hash: string,
  rows: readonly CatalogueRow[],
): { catalogue: Catalogue; faults: CatalogueFault[] } {
  const { image, faults } = buildCatalogueImage(rows)
  return { catalogue: openCatalogue(id, hash, image), faults }
}

class ImageCatalogue implements Catalogue {
  readonly id: string
  readonly hash: string
  readonly size: number
  readonly image: SharedArrayBuffer
  readonly #places: number
  readonly #records: Int32Array
  /** The same memory as the records. */
  readonly #bytes: Uint8Array
  readonly #numbers: Float64Array
  readonly #prices: Float64Array
  readonly #terms: Int32Array
  readonly #text: Uint16Array
  /** Items without a ceiling by the number of their terms; each made when it is first found. */
  readonly #items: (Item | undefined)[]
  /** Most look-ups after each other are of one day. */
  #date: CivilDate = ''
  #day = 0

  constructor(id: string, hash: string, image: SharedArrayBuffer) {
    if (!isCatalogueImage(image)) {
      throw new RangeError(`the image of the catalogue ${id} has another format`)
    }
    const header = new Int32Array(image, 0, HEADER.words)
    const places = header[HEADER.places]!
    const terms = header[HEADER.terms]!
    const [recordsAt, pricesAt] = [header[HEADER.recordsAt]!, header[HEADER.pricesAt]!]
    const [termsAt, textAt] = [header[HEADER.termsAt]!, header[HEADER.textAt]!]
    this.id = id
    this.hash = hash
    this.size = header[HEADER.rows]!
    this.image = image
    this.#places = places
    this.#records = new Int32Array(image, recordsAt, RECORD.words * places)
    this.#bytes = new Uint8Array(image, recordsAt, 4 * RECORD.words * places)
    this.#numbers = new Float64Array(image, recordsAt, (RECORD.words / 2) * places)
    this.#prices = new Float64Array(image, pricesAt, (termsAt - pricesAt) / 8)
    this.#terms = new Int32Array(image, termsAt, terms + 1)
    this.#text = new Uint16Array(image, textAt)
    this.#items = new Array<Item | undefined>(terms).fill(undefined)
  }

  find(code: string, on: CivilDate): CatalogueItem | 'unknown' | 'not-in-force' {
    if (on !== this.#date) {
      this.#date = on
      this.#day = dayOf(on)
    }
    const day = this.#day
    const hash = hashOf(code)
    const records = this.#records
    for (let place = placeOf(hash, this.#places); ; ) {
      const at = place * RECORD.words
      const terms = records[at + RECORD.terms]!
      if (terms === 0) return 'unknown'
      if (records[at + RECORD.hash] === hash && this.#isOf(at, terms, code)) {
        if (records[at + RECORD.from]! <= day && day < records[at + RECORD.until]!) {
          return this.#itemAt(at, terms)
        }
        if ((terms & FLAG.sameCode) === 0) return 'not-in-force'
      }
      place = place + 1 === this.#places ? 0 : place + 1
    }
  }

  #isOf(at: number, terms: number, code: string): boolean {
    const { length } = code
    if ((terms & FLAG.codeInText) !== 0) return this.#isInText(at, code)
    const bytes = this.#bytes
    const begin = 4 * (at + RECORD.code)
    if (bytes[begin + CODE_UNITS] !== length) return false
    for (let unit = 0; unit < length; unit++) {
      if (bytes[begin + unit] !== code.charCodeAt(unit)) return false
    }
    return true
  }

  #isInText(at: number, code: string): boolean {
    const begin = this.#records[at + RECORD.code]!
    if (this.#records[at + RECORD.code + 1] !== code.length) return false
    for (let unit = 0; unit < code.length; unit++) {
      if (this.#text[begin + unit] !== code.charCodeAt(unit)) return false
    }
    return true
  }

  #itemAt(at: number, word: number): CatalogueItem {
    const number = word >>> FLAG_BITS
    const terms = this.#items[number] ?? this.#makeItem(number)
    if ((word & (FLAG.ceiling | FLAG.byLevel)) === 0) return terms
    const any = (word & FLAG.ceiling) === 0 ? undefined : this.#numbers[(at + RECORD.ceiling) / 2]!
    const byLevelAt = (word & FLAG.byLevel) === 0 ? 0 : this.#records[at + RECORD.byLevel]!
    return new Item(terms, any, this.#prices, byLevelAt)
  }

  #makeItem(number: number): Item {
    const units = this.#text.subarray(this.#terms[number]!, this.#terms[number + 1]!)
    const terms = JSON.parse(textOf(units)) as Terms
    const item = new Item(terms, undefined, this.#prices, 0)
    this.#items[number] = item
    return item
  }
}

/** So many units at once: a call takes no more arguments than the stack has room for. */
const UNITS_AT_ONCE = 4_096

function textOf(units: Uint16Array): string {
  let text = ''
  for (let at = 0; at < units.length; at += UNITS_AT_ONCE) {
    text += String.fromCharCode(...units.subarray(at, at + UNITS_AT_ONCE))
  }
  return text
}

type Terms = Pick<CatalogueRow, 'class' | 'kind' | 'firstSelfPayPermyriad'> & {
  readonly group?: string | undefined
  readonly chargeType?: string | undefined
  readonly restrictions?: CatalogueRow['restrictions'] | undefined
}

class Item implements CatalogueItem {
  readonly class: CatalogueItem['class']
  readonly kind: CatalogueItem['kind']
  readonly group: string | undefined
  readonly chargeType: string | undefined
  readonly firstSelfPayPermyriad: number
  readonly restrictions: CatalogueItem['restrictions']
  readonly #any: number | undefined
  readonly #prices: Float64Array
  /** 0: none. */
  readonly #byLevelAt: number

  constructor(terms: Terms, any: number | undefined, prices: Float64Array, byLevelAt: number) {
    this.class = terms.class
    this.kind = terms.kind
    this.group = terms.group
    this.chargeType = terms.chargeType
    this.firstSelfPayPermyriad = terms.firstSelfPayPermyriad
    this.restrictions = terms.restrictions
    this.#any = any
    this.#prices = prices
    this.#byLevelAt = byLevelAt
  }

  ceilingFen(level: number): number | undefined {
    const prices = this.#prices
    const first = this.#byLevelAt + 1
    const end = first + 2 * prices[this.#byLevelAt]!
    for (let at = first; at < end; at += 2) if (prices[at] === level) return prices[at + 1]
    return this.#any
  }
}
