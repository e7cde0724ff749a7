import { isUtf8 } from 'node:buffer'
import { type JsonBody, parseJson } from '../codec/json-body.ts'

/** A JSON value in which numbers are the text that they were written as. */
export type Tree = string | boolean | null | readonly Tree[] | TreeObject
export interface TreeObject {
  readonly [key: string]: Tree
}

/** The value, or the code of the refusal as in `parseJson`, whose strictness this has. */
export type Body =
  | { readonly ok: true; readonly value: Tree }
  | Extract<JsonBody, { ok: false }>
  | { readonly ok: false; readonly code: 'not-utf8' }

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const NUMBER = /-?\d[\d.eE+-]*/g

/**
 * Reads a body as strictly as every other of the server, but keeps numbers as they were written:
 * senders write 4.52 and "4.52" for the same amount, and neither may go through a double. A byte
 * order mark, which some clients' libraries put in front, does not count. A number may be of any
 * length: the text has serial numbers of up to 30 digits as numbers, and many systems count by 19.
 */
export function readBody(bytes: Buffer): Body {
  const marked = bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)
  const content = marked ? bytes.subarray(3) : bytes
  const body = parseJson(content)
  if (!body.ok) return body.code === 'malformed-json' ? reread(content) : body
  if (!body.numbers) return { ok: true, value: body.value as Tree }
  // The text is known to be good by now, so what is a digit outside strings is a number.
  return { ok: true, value: JSON.parse(withNumbersQuoted(content.toString())) }
}

/** What was refused may have been refused for the length of its numbers alone. */
function reread(content: Buffer): Body {
  if (!isUtf8(content)) return { ok: false, code: 'not-utf8' }
  const text = content.toString()
  try {
    JSON.parse(text)
  } catch {
    return { ok: false, code: 'malformed-json' }
  }
  const body = parseJson(Buffer.from(withNumbersQuoted(text)))
  return body.ok ? { ok: true, value: body.value as Tree } : body
}

function withNumbersQuoted(text: string): string {
  let quoted = ''
  let at = 0
  for (;;) {
    const opens = text.indexOf('"', at)
    const between = opens < 0 ? text.slice(at) : text.slice(at, opens)
    quoted += between.replace(NUMBER, '"$&"')
    if (opens < 0) return quoted
    at = endOfString(text, opens)
    quoted += text.slice(opens, at)
  }
}

/** Behind the quote that ends the string which `opens` begins. */
function endOfString(text: string, opens: number): number {
  let closes = text.indexOf('"', opens + 1)
  while (isEscaped(text, closes)) closes = text.indexOf('"', closes + 1)
  return closes + 1
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0
  while (text[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}

export function isTreeObject(value: Tree | undefined): value is TreeObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
