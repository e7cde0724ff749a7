import { isUtf8 } from 'node:buffer'
import { findJsonFault } from './json-fault.ts'
import { countMembers, MAX_DEPTH } from './parsed-value.ts'

/** A parsed JSON body, or the code of the refusal and, where known, the place of the fault. */
export type JsonBody =
  | {
      readonly ok: true
      readonly value: unknown
      /** Whether a number occurs in it. */
      readonly numbers: boolean
    }
  | {
      readonly ok: false
      readonly code: 'malformed-json' | 'duplicate-key' | 'nesting-too-deep'
      /** JSON pointer (RFC 6901); of a repeated key, the one that both members share. */
      readonly pointer?: string
    }

/**
 * Reads a JSON body as it was written, or refuses it: nothing is coerced, nothing is dropped.
 *
 * Beyond plain bad syntax it refuses (`malformed-json`) invalid UTF-8, a byte order mark, half a
 * surrogate pair (raw or escaped), the key `__proto__`, and numbers beyond the safe integers;
 * (`duplicate-key`) a key that stands twice in one object, however it is escaped; and
 * (`nesting-too-deep`) more than 16 levels, before any recursive code sees them. Never throws.
 */
export function parseJson(bytes: Buffer): JsonBody {
  const seen = scan(bytes)
  if (seen === undefined) return { ok: false, code: 'nesting-too-deep' }
  if (!seen.ascii && !isUtf8(bytes)) return MALFORMED
  let text: string
  let value: unknown
  try {
    text = seen.ascii ? bytes.toString('latin1') : bytes.toString('utf8')
    value = JSON.parse(text) // which takes no byte order mark: it is no JSON white space
  } catch {
    return MALFORMED
  }
  const whole = countMembers(value) === seen.members
  const { numbers } = seen
  if (whole && !seen.surrogateEscape) return { ok: true, value, numbers }
  const fault = findJsonFault(text)
  if (fault !== undefined) return { ok: false, ...fault }
  return whole ? { ok: true, value, numbers } : MALFORMED
}

const MALFORMED = { ok: false, code: 'malformed-json' } as const

interface Seen {
  /** Members written: the colons outside strings. */
  readonly members: number
  readonly ascii: boolean
  /** An escape between \ud800 and \udfff occurs; only then need pairs be looked for. */
  readonly surrogateEscape: boolean
  /** A digit stands outside strings. */
  readonly numbers: boolean
}

/**
 * One pass over the raw bytes that knows strings from the rest and no more grammar than that;
 * undefined when the nesting is too deep. In a body that JSON.parse goes on to accept, each colon
 * outside a string is one member. In one that it does not, what is counted here no longer matters;
 * and up to the place where it stops, the depth is right, so it meets none greater.
 */
function scan(bytes: Buffer): Seen | undefined {
  const end = bytes.length
  let members = 0
  let depth = 0
  let bits = 0
  let surrogateEscape = false
  let numbers = false
  for (let i = 0; i < end; i++) {
    let c = bytes[i]!
    if (c === QUOTE) {
      for (i++; i < end; i++) {
        c = bytes[i]!
        if (c === QUOTE) break
        bits |= c
        // What follows a backslash is no end of the string; nor, in good JSON, beyond ASCII.
        if (c === BACKSLASH && bytes[++i] === LOWER_U && isSurrogate(bytes, i))
          surrogateEscape = true
      }
    } else if (c === COLON) members++
    // '[' and '{', ']' and '}' differ in bit 5 alone.
    else if ((c | 0x20) === OPEN_BRACE) {
      if (++depth > MAX_DEPTH) return undefined
    } else if ((c | 0x20) === CLOSE_BRACE) depth--
    else {
      bits |= c
      if (c >= DIGIT_0 && c <= DIGIT_9) numbers = true
    }
  }
  return { members, ascii: bits < 0x80, surrogateEscape, numbers }
}

/** Whether the four hex digits after the `u` at `i` name half a surrogate pair: d8.. to df.. */
function isSurrogate(bytes: Buffer, i: number): boolean {
  return (bytes[i + 1]! | 0x20) === LOWER_D && /[89a-f]/i.test(String.fromCharCode(bytes[i + 2]!))
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const DIGIT_0 = 0x30
const DIGIT_9 = 0x39
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const LOWER_D = 0x64
const LOWER_U = 0x75
