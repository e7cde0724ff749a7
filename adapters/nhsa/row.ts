import type { CivilDate } from '../../engine/claim/claim.ts'
import type { Fen } from '../../engine/money/fen.ts'
import { isTreeObject, readBody, type TreeObject } from './body.ts'
import { writeDecimal } from './scalars.ts'
import { fieldNames } from './spec/names.ts'
import type { FieldSpec, FieldType, NodeSpec } from './spec/spec.ts'

/** A field as read: text, date and time as text, a number as an integer of 1/10^places. */
export type FieldValue = string | number | Uint8Array | readonly Row[]

/**
 * One row of a node, read by its spec. Fields go by the codes of the spec, whatever name the sender
 * chose; one that is empty or absent is undefined. To ask for a field that the node does not have,
 * or for another type than it has, is an error of the program and throws.
 */
export class Row {
  readonly node: NodeSpec
  /** What was sent and is not in the spec, as it was sent; numbers as text. */
  readonly extras: TreeObject
  readonly #values: ReadonlyMap<string, FieldValue>

  constructor(node: NodeSpec, values: ReadonlyMap<string, FieldValue>, extras: TreeObject) {
    this.node = node
    this.#values = values
    this.extras = extras
  }

  text(code: string): string | undefined {
    return this.#value(code, 'text', 'json') as string | undefined
  }

  /**
   * What a field holds that may be an object, a list of one, or the text of either; undefined when
   * it is free text.
   */
  object(code: string): TreeObject | undefined {
    const text = this.#value(code, 'json')
    const body = text === undefined ? undefined : readBody(Buffer.from(text as string))
    if (!body?.ok) return undefined
    const [only, ...others] = [body.value].flat()
    return isTreeObject(only) && others.length === 0 ? only : undefined
  }

  /** Money, in fen. */
  amount(code: string): Fen | undefined {
    if (this.#field(code).places !== FEN_PLACES) throw new TypeError(`${code} is not money`)
    return this.#value(code, 'number') as Fen | undefined
  }

  /** An integer of 1/10^places, the places of the spec: of a count, the count itself. */
  number(code: string): number | undefined {
    return this.#value(code, 'number') as number | undefined
  }

  /** A number as the shortest decimal: `10`, `0.5`, `-3`. */
  decimal(code: string): string | undefined {
    const value = this.number(code)
    if (value === undefined) return undefined
    const { places } = this.#field(code)
    const decimal = writeDecimal(value, places)
    return places === 0 ? decimal : decimal.replace(/\.?0+$/, '')
  }

  /** Of whatever type, as text; a number as the shortest decimal. */
  plain(code: string): string | undefined {
    if (this.#field(code).type === 'number') return this.decimal(code)
    return this.#value(code, 'text', 'json', 'date', 'time') as string | undefined
  }

  /** The civil date of a date or a time. */
  date(code: string): CivilDate | undefined {
    const moment = this.#value(code, 'date', 'time') as string | undefined
    return moment?.slice(0, DATE_LENGTH)
  }

  /** `yyyy-MM-dd HH:mm:ss`; `orElse` is the time of day where only the date was sent. */
  time(code: string, orElse = '00:00:00'): string | undefined {
    const moment = this.#value(code, 'date', 'time') as string | undefined
    return moment?.length === DATE_LENGTH ? `${moment} ${orElse}` : moment
  }

  bytes(code: string): Uint8Array | undefined {
    return this.#value(code, 'bytes') as Uint8Array | undefined
  }

  /** Rows within this row; none where none were sent. */
  rows(code: string): readonly Row[] {
    return (this.#value(code, 'rows') ?? []) as readonly Row[]
  }

  has(code: string): boolean {
    return this.#values.has(this.#field(code).code)
  }

  #field(code: string): FieldSpec {
    const field = fieldNames(this.node).find(code)
    if (field === undefined) throw new TypeError(`${this.node.name} has no field ${code}`)
    return field
  }

  #value(code: string, ...types: readonly FieldType[]): FieldValue | undefined {
    const value = this.#values.get(code)
    if (!types.includes(this.#field(code).type)) {
      throw new TypeError(`${code} is not of type ${types.join(' or ')}`)
    }
    return value
  }
}

const FEN_PLACES = 2
const DATE_LENGTH = 10
