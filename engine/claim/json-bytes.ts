import { remembered } from './remembered.ts'

/**
 * Writes JSON as the bytes of UTF-8, into memory that the next text is written over. An answer is put
 * together of some four hundred pieces; as strings each would be an object, and the whole a tree that
 * has to be flattened and encoded.
 *
 * Whoever writes begins with `begin`, ends with `end`, and copies what it got before anybody else
 * begins.
 */
export class JsonBytes {
  #bytes = new Uint8Array(INITIAL_BYTES)
  #length = 0

  begin(): this {
    this.#length = 0
    return this
  }

  /** What was written; holds until the next `begin`. */
  end(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Puts in what `fragment` has made before. */
  put(made: Uint8Array): this {
    const count = made.length
    const from = this.#reserve(count)
    const bytes = this.#bytes
    if (count > LOOP_MAX) bytes.set(made, from)
    else for (let i = 0; i < count; i++) bytes[from + i] = made[i]!
    return this
  }

  /** A string, in quotes. */
  string(text: string): this {
    const count = text.length
    const from = this.#reserve(count + 2)
    const bytes = this.#bytes
    bytes[from] = QUOTE
    for (let i = 0; i < count; i++) {
      const c = text.charCodeAt(i)
      // Nearly every string of a claim and of a decision is a code, which stands there as it is.
      if (c < SPACE || c > TILDE || c === QUOTE || c === BACKSLASH) {
        this.#length = from
        return this.put(text.length > REMEMBERED_LENGTH ? escaped(text) : escapedBefore(text))
      }
      bytes[from + 1 + i] = c
    }
    bytes[from + 1 + count] = QUOTE
    return this
  }

  /** A finite number. */
  number(value: number): this {
    if (value >= 0 && value < TEN_DIGITS && value === (value | 0)) {
      // No -0 among them: JSON writes 0 for it, as this does.
      return this.#integer(value)
    }
    return this.put(fragment(JSON.stringify(value)))
  }

  /** A string, a number, a truth value or null. */
  value(value: string | number | boolean | null): this {
    if (typeof value === 'string') return this.string(value)
    if (typeof value === 'number') return this.number(value)
    return this.put(value === null ? NULL : value ? TRUE : FALSE)
  }

  #integer(value: number): this {
    let count = 1
    for (let bound = 10; value >= bound; bound *= 10) count++
    const from = this.#reserve(count)
    const bytes = this.#bytes
    let rest = value
    for (let at = from + count - 1; at >= from; at--) {
      const tenth = (rest / 10) | 0
      bytes[at] = ZERO + rest - 10 * tenth
      rest = tenth
    }
    return this
  }

  /** Makes room for so many bytes more and counts them as written. Returns where they begin. */
  #reserve(count: number): number {
    const from = this.#length
    const length = from + count
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(2 * length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#length = length
    return from
  }
}

/** The bytes of a piece of JSON that is put in again and again. */
export function fragment(text: string): Uint8Array {
  // Characters of which each is one byte of the UTF-8.
  const utf8 = encodeURIComponent(text).replace(/%(..)/g, (_, byte: string) =>
    String.fromCharCode(Number.parseInt(byte, 16)),
  )
  const bytes = new Uint8Array(utf8.length)
  for (let i = 0; i < bytes.length; i++) bytes[i] = utf8.charCodeAt(i)
  return bytes
}

const escaped = (text: string) => fragment(JSON.stringify(text))

/** Names of funds and the like, which come again; nobody sends enough of the others to matter. */
const escapedBefore = remembered(escaped)
const REMEMBERED_LENGTH = 64

const INITIAL_BYTES = 64 * 1024
/** Up to so many bytes a loop is faster than a call. */
const LOOP_MAX = 24
/** Numbers of up to nine digits are whole in 32 bits. */
const TEN_DIGITS = 1_000_000_000

const NULL = fragment('null')
const TRUE = fragment('true')
const FALSE = fragment('false')

const SPACE = 0x20
const QUOTE = 0x22
const ZERO = 0x30
const BACKSLASH = 0x5c
const TILDE = 0x7e
