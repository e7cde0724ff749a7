import { isSafe, pointerStep } from './parsed-value.ts'

/** What is wrong with a JSON text of good syntax, and where (RFC 6901). */
export interface JsonFault {
  readonly code: 'malformed-json' | 'duplicate-key'
  readonly pointer: string
}

/**
 * The first fault of `text` in the order of writing: a repeated key, a `__proto__`, half a
 * surrogate pair, a number beyond the safe integers; undefined if there is none. The slow pass for
 * bodies already known, or suspected, to be bad: `text` must be one that JSON.parse accepts, nested
 * no deeper than the recursion here can go.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  return new Reader(text).value()
}

/** Walks text of good syntax; each method leaves `at` behind what it read, unless it found a fault. */
class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  value(): JsonFault | undefined {
    switch (this.peek()) {
      case '{':
        return this.object()
      case '[':
        return this.array()
      case '"':
        return isWellFormed(this.string()) ? undefined : malformed
      default:
        return this.scalar()
    }
  }

  object(): JsonFault | undefined {
    const keys = new Set<string>()
    this.at++
    while (this.peek() !== '}') {
      if (this.peek() === ',') this.at++
      this.peek()
      const key = this.string()
      this.peek() // stands on the colon
      this.at++
      const fault = keyFault(keys, key) ?? this.value()
      if (fault !== undefined) return within(key, fault)
      keys.add(key)
    }
    this.at++
    return undefined
  }

  array(): JsonFault | undefined {
    this.at++
    for (let i = 0; this.peek() !== ']'; i++) {
      if (this.peek() === ',') this.at++
      const fault = this.value()
      if (fault !== undefined) return within(i, fault)
    }
    this.at++
    return undefined
  }

  string(): string {
    const from = this.at + 1
    let escaped = false
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      if (this.text[this.at] !== '\\') continue
      escaped = true
      this.at++
    }
    const content = this.text.slice(from, this.at++)
    return escaped ? JSON.parse(`"${content}"`) : content
  }

  /** A number, true, false or null: Number() of a word is NaN, and none of our business. */
  scalar(): JsonFault | undefined {
    const from = this.at
    while (isScalar(this.text.charCodeAt(this.at))) this.at++
    const number = Number(this.text.slice(from, this.at))
    return Number.isNaN(number) || isSafe(number) ? undefined : malformed
  }

  /** The next character that is not white space, which `at` then stands on. */
  peek(): string | undefined {
    while (this.text.charCodeAt(this.at) <= SPACE) this.at++
    return this.text[this.at]
  }
}

/** Whether a number or a word goes on at this character; NaN, the end of the text, is no. */
function isScalar(code: number): boolean {
  return code > SPACE && code !== COMMA && code !== CLOSE_BRACKET && code !== CLOSE_BRACE
}

const malformed: JsonFault = { code: 'malformed-json', pointer: '' }

function keyFault(keys: ReadonlySet<string>, key: string): JsonFault | undefined {
  if (keys.has(key)) return { code: 'duplicate-key', pointer: '' }
  return key === '__proto__' || !isWellFormed(key) ? malformed : undefined
}

function within(key: string | number, fault: JsonFault): JsonFault {
  return { code: fault.code, pointer: pointerStep(key) + fault.pointer }
}

/** With the u flag a whole pair counts as one character, so only a half is left to match. */
function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

const SPACE = 0x20
const COMMA = 0x2c
const CLOSE_BRACKET = 0x5d
const CLOSE_BRACE = 0x7d
