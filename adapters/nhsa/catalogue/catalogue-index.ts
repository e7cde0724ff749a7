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
 * Where the rows of a kept catalogue stand in its file, and so much of each as queries sort by: 28
 * bytes a row. The names are read from the file.
 */
export class CatalogueIndex {
  readonly size: number
  readonly #file: string
  /** Where each row begins; one more, where the last ends. */
  readonly #at: Float64Array
  readonly #codes: Int32Array
  readonly #from: Int32Array
  readonly #until: Int32Array
  readonly #words: Uint16Array
  readonly #named = new LRUCache<string, ReadonlySet<number>>({ max: NAMES_MAX })

  private constructor(file: string, size: number) {
    this.#file = file
    this.size = size
    this.#at = new Float64Array(size + 1)
    this.#codes = new Int32Array(size)
    this.#from = new Int32Array(size)
    this.#until = new Int32Array(size)
    this.#words = new Uint16Array(size)
  }

  /** Reads the whole file, in slices. */
  static async of(file: string, size: number): Promise<CatalogueIndex> {
    const index = new CatalogueIndex(file, size)
    let number = 0
    for await (const { row, at, end } of keptRows(file)) {
      index.#at[number] = at
      index.#codes[number] = hashOf(row.code)
      index.#from[number] = dayOf(row.from)
      index.#until[number] = row.until === undefined ? OPEN : dayOf(row.until)
      index.#words[number] = wordOf(row)
      number += 1
      index.#at[number] = end
    }
    if (number !== size) throw new Error(`${file} has ${number} rows, not ${size}`)
    return index
  }

  /** Numbers of rows; of a name or a code, rows that may have it: see `only`. */
  candidates(query: CatalogueQuery): number[] {
    const { kind, restricted, inForce, day, from } = query
    const code = query.code === undefined ? undefined : hashOf(query.code)
    const on = dayOf(day)
    const begins = from === undefined ? undefined : dayOf(from)
    const found: number[] = []
    for (let number = 0; number < this.size; number++) {
      if (code !== undefined && this.#codes[number] !== code) continue
      const word = this.#words[number]!
      if (kind !== undefined && KINDS[word & KIND] !== kind) continue
      if (query.class !== undefined && CLASSES[(word & CLASS) >> CLASS_AT] !== query.class) continue
      if (restricted !== undefined && ((word & RESTRICTED) !== 0) !== restricted) continue
      const isInForce = this.#from[number]! <= on && on < this.#until[number]!
      if (inForce !== undefined && inForce !== isInForce) continue
      if (begins !== undefined && this.#from[number] !== begins) continue
      found.push(number)
    }
    return found
  }

  /** Of these rows, those that have a code and a part of a name. */
  async only(numbers: number[], { code, name }: CatalogueQuery): Promise<number[]> {
    if (code !== undefined) {
      const found: number[] = []
      let nth = 0
      for await (const row of this.rows(numbers)) {
        const number = numbers[nth++]!
        if (row.code === code && (name === undefined || row.name.includes(name))) found.push(number)
      }
      return found
    }
    if (name === undefined) return numbers
    const named = await this.#withName(name)
    return numbers.filter((number) => named.has(number))
  }

  /** Every row whose name has this part: kept for the pages that follow. */
  async #withName(part: string): Promise<ReadonlySet<number>> {
    const known = this.#named.get(part)
    if (known !== undefined) return known
    const found = new Set<number>()
    let number = 0
    for await (const { row } of keptRows(this.#file)) {
      if (row.name.includes(part)) found.add(number)
      number += 1
    }
    this.#named.set(part, found)
    return found
  }

  /** The levels for which a row has a ceiling, 0 for any. */
  ceilingLevels(number: number): number[] {
    const levels: number[] = []
    for (let level = 0; level <= LEVELS; level++) {
      if ((this.#words[number]! & (1 << (CEILING_AT + level))) !== 0) levels.push(level)
    }
    return levels
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

function wordOf({ kind, class: itemClass, restrictions, ceiling }: CatalogueRow): number {
  let word = KINDS.indexOf(kind) | (CLASSES.indexOf(itemClass) << CLASS_AT)
  if (restrictions !== undefined) word |= RESTRICTED
  if (ceiling?.any !== undefined) word |= 1 << CEILING_AT
  for (const level of Object.keys(ceiling?.byLevel ?? {})) word |= 1 << (CEILING_AT + Number(level))
  return word
}
