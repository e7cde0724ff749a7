import { open } from 'node:fs/promises'
import { LRUCache } from 'lru-cache'
import type { CatalogueRow } from '../../../engine/policy/catalogue.ts'
import { dayOf, hashOf, OPEN } from '../../../engine/policy/catalogue-layout.ts'
import { KeptRowReader, keptRows } from '../../packs/kept-rows.ts'

/** What rows are asked for by; what is absent does not matter. */
export interface CatalogueQuery {
  readonly code?: string | undefined
  /** A part of the name. */
  readonly name?: string | undefined
  readonly kind?: CatalogueRow['kind'] | undefined
  readonly class?: CatalogueRow['class'] | undefined
  readonly restricted?: boolean | undefined
  /** 医疗收费项目类别. */
  readonly chargeType?: string | undefined
  /** A day on which the row is, or is not, in force. */
  readonly day: string
  readonly inForce?: boolean | undefined
  /** The first day of the row. */
  readonly from?: string | undefined
}

const KINDS = ['drug', 'service', 'consumable'] as const
const CLASSES = ['A', 'B', 'C'] as const
/** Bits of a row's word: kind, class, restrictions, then a ceiling for any level and each one. */
const KIND = 0b11
const CLASS = 0b1100
const CLASS_AT = 2
const RESTRICTED = 0b1_0000
const CEILING_AT = 5
/** So many searches by name are remembered. */
const NAMES_MAX = 4
/** Levels with a ceiling of their own, behind that for any. */
const LEVELS = 3

/**
 * Where the rows of a kept catalogue stand in its file, and so much of each as queries sort by: 30
 * bytes a row. The names are read from the file.
 */
export class CatalogueIndex {
  readonly size: number
  readonly #file: string
  readonly #hash: string
  /** Where each row begins; one more, where the last ends. */
  readonly #at: Float64Array
  readonly #codes: Int32Array
  readonly #from: Int32Array
  readonly #until: Int32Array
  readonly #words: Uint16Array
  /** The number of each row's type of charge, among those that the catalogue has. */
  readonly #charged: Uint16Array
  readonly #chargeTypes = new Map<string | undefined, number>()
  readonly #named = new LRUCache<string, ReadonlySet<number>>({ max: NAMES_MAX })

  private constructor(file: string, hash: string, size: number) {
    this.#file = file
    this.#hash = hash
    this.size = size
    this.#at = new Float64Array(size + 1)
    this.#codes = new Int32Array(size)
    this.#from = new Int32Array(size)
    this.#until = new Int32Array(size)
    this.#words = new Uint16Array(size)
    this.#charged = new Uint16Array(size)
  }

  /** Reads the whole file, in slices. */
  static async of(file: string, hash: string, known?: number): Promise<CatalogueIndex> {
    const size = known ?? (await rowsIn(file, hash))
    const index = new CatalogueIndex(file, hash, size)
    let number = 0
    for await (const rows of keptRows(file, hash)) {
      for (const { row, at, end } of rows) {
        index.#at[number] = at
        index.#codes[number] = hashOf(row.code)
        index.#from[number] = dayOf(row.from)
        index.#until[number] = row.until === undefined ? OPEN : dayOf(row.until)
        index.#words[number] = wordOf(row)
        index.#charged[number] = index.#numberOf(row.chargeType)
        number += 1
        index.#at[number] = end
      }
    }
    if (number !== size) throw new Error(`${file} has ${number} rows, not ${size}`)
    return index
  }

  #numberOf(chargeType: string | undefined): number {
    const known = this.#chargeTypes.get(chargeType) ?? this.#chargeTypes.size
    this.#chargeTypes.set(chargeType, known)
    return known
  }

  /** Numbers of rows; of a name or a code, rows that may have it: see `matching`. */
  candidates(query: CatalogueQuery): Uint32Array {
    const code = query.code === undefined ? undefined : hashOf(query.code)
    const begins = query.from === undefined ? undefined : dayOf(query.from)
    const on = dayOf(query.day)
    const { mask, wanted } = bitsOf(query)
    const { inForce, chargeType } = query
    const charged = chargeType === undefined ? undefined : (this.#chargeTypes.get(chargeType) ?? -1)
    const [codes, froms, untils, words] = [this.#codes, this.#from, this.#until, this.#words]
    const found = new Uint32Array(this.size)
    let count = 0
    for (let number = 0; number < found.length; number++) {
      const from = froms[number]!
      if ((words[number]! & mask) !== wanted) continue
      if (code !== undefined && codes[number] !== code) continue
      if (charged !== undefined && this.#charged[number] !== charged) continue
      if (begins !== undefined && from !== begins) continue
      if (inForce !== undefined && (from <= on && on < untils[number]!) !== inForce) continue
      found[count++] = number
    }
    return found.subarray(0, count)
  }

  /** Of these rows, those that have a code and a part of a name. */
  async matching(numbers: Uint32Array, { code, name }: CatalogueQuery): Promise<Uint32Array> {
    if (code !== undefined) {
      const found: number[] = []
      let nth = 0
      for await (const row of this.rows(numbers)) {
        const number = numbers[nth++]!
        if (row.code === code && (name === undefined || row.name.includes(name))) found.push(number)
      }
      return Uint32Array.from(found)
    }
    if (name === undefined) return numbers
    const named = await this.#withName(name)
    return numbers.filter((number) => named.has(number))
  }

  /** The rows of these codes, by code. */
  async ofCodes(wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, CatalogueRow[]>> {
    const hashes = new Set([...wanted].map(hashOf))
    const numbers: number[] = []
    for (let number = 0; number < this.size; number++) {
      if (hashes.has(this.#codes[number]!)) numbers.push(number)
    }
    const found = new Map<string, CatalogueRow[]>()
    for await (const row of this.rows(numbers)) {
      if (wanted.has(row.code)) found.set(row.code, [...(found.get(row.code) ?? []), row])
    }
    return found
  }

  /** Every row whose name has this part: kept for the pages that follow. */
  async #withName(part: string): Promise<ReadonlySet<number>> {
    const known = this.#named.get(part)
    if (known !== undefined) return known
    const found = new Set<number>()
    let number = 0
    for await (const rows of keptRows(this.#file, this.#hash)) {
      for (const { row } of rows) {
        if (row.name.includes(part)) found.add(number)
        number += 1
      }
    }
    this.#named.set(part, found)
    return found
  }

  /** A number for each ceiling of these rows, and of which level that is, 0 for any. */
  ceilings(numbers: Uint32Array): { readonly numbers: Uint32Array; readonly levels: Uint8Array } {
    const most = numbers.length * (LEVELS + 1)
    const found = { numbers: new Uint32Array(most), levels: new Uint8Array(most) }
    let count = 0
    for (const number of numbers) {
      const ceilings = this.#words[number]! >> CEILING_AT
      for (let level = 0; ceilings >> level !== 0; level++) {
        if (((ceilings >> level) & 1) === 0) continue
        found.numbers[count] = number
        found.levels[count++] = level
      }
    }
    return { numbers: found.numbers.subarray(0, count), levels: found.levels.subarray(0, count) }
  }

  /** The rows of these numbers, in their order. */
  async *rows(numbers: Iterable<number>): AsyncGenerator<CatalogueRow> {
    const file = await open(this.#file, 'r')
    try {
      const reader = await KeptRowReader.of(file, this.#at[0]!)
      for (const number of numbers) yield await reader.row(this.#at[number]!, this.#at[number + 1]!)
    } finally {
      await file.close()
    }
  }
}

async function rowsIn(file: string, hash: string): Promise<number> {
  let count = 0
  for await (const rows of keptRows(file, hash)) count += rows.length
  return count
}

/** The bits that a query asks for, and which of them have to be set. */
function bitsOf({ kind, class: itemClass, restricted }: CatalogueQuery): {
  readonly mask: number
  readonly wanted: number
} {
  const none = { mask: 0, wanted: 0 }
  const parts = [
    kind === undefined ? none : { mask: KIND, wanted: KINDS.indexOf(kind) },
    itemClass === undefined
      ? none
      : { mask: CLASS, wanted: CLASSES.indexOf(itemClass) << CLASS_AT },
    restricted === undefined ? none : { mask: RESTRICTED, wanted: restricted ? RESTRICTED : 0 },
  ]
  return parts.reduce((all, { mask, wanted }) => ({
    mask: all.mask | mask,
    wanted: all.wanted | wanted,
  }))
}

function wordOf({ kind, class: itemClass, restrictions, ceiling }: CatalogueRow): number {
  let word = KINDS.indexOf(kind) | (CLASSES.indexOf(itemClass) << CLASS_AT)
  if (restrictions !== undefined) word |= RESTRICTED
  if (ceiling?.any !== undefined) word |= 1 << CEILING_AT
  for (const level of Object.keys(ceiling?.byLevel ?? {})) word |= 1 << (CEILING_AT + Number(level))
  return word
}
