/** The two encodings of a body; both carry the same shapes. */
export type Encoding = 'json' | 'msgpack'

/**
 * The encoding that a `content-type` header names; undefined (415) for a missing header, any other
 * type, a charset that is not UTF-8, or parameters that cannot be read. Other parameters are
 * ignored.
 */
export const bodyEncoding: (contentType: string | undefined) => Encoding | undefined =
  remembering(readContentType)

/**
 * The encoding to answer in by an `accept` header: the one of the higher q-value, JSON on a tie or
 * without a header; undefined (406) when neither is acceptable. `application/problem+json` alone
 * asks for JSON, too, but beside another type it only says in what form errors may come.
 * Ranges that cannot be read count as absent, parameters other than q are ignored.
 */
export const answerEncoding: (accept: string | undefined) => Encoding | undefined =
  remembering(readAccept)

function readContentType(header: string | undefined): Encoding | undefined {
  const media = header === undefined ? undefined : readMedia(header)
  if (media === undefined || !media.charsets.every((name) => /^utf-?8$/i.test(name))) return
  if (media.type === JSON_TYPE) return 'json'
  return media.type === MSGPACK_TYPE ? 'msgpack' : undefined
}

function readAccept(header: string | undefined): Encoding | undefined {
  if (header === undefined || header.trim() === '') return 'json'
  const quality = qualities(header)
  const fallback = quality.get('application/*') ?? quality.get('*/*')
  const json = quality.get(JSON_TYPE) ?? fallback
  const msgpack = quality.get(MSGPACK_TYPE) ?? fallback ?? 0
  if (msgpack > (json ?? 0)) return 'msgpack'
  return (json ?? quality.get('application/problem+json') ?? 0) > 0 ? 'json' : undefined
}

/** The texts that routes answer with in the place of an encoding. */
export type TextType = 'text/html' | 'text/csv'

/** Whether an `accept` header takes a text of this type; without a header it does. */
export function acceptsText(header: string | undefined, type: TextType): boolean {
  if (header === undefined || header.trim() === '') return true
  const quality = qualities(header)
  return (quality.get(type) ?? quality.get('text/*') ?? quality.get('*/*') ?? 0) > 0
}

const JSON_TYPE = 'application/json'
const MSGPACK_TYPE = 'application/msgpack'

/** The media ranges of an `accept` header with their q-values. */
function qualities(header: string): Map<string, number> {
  const quality = new Map<string, number>()
  for (const range of splitOutsideQuotes(header, ',')) {
    const media = readMedia(range)
    // Of a type named twice the higher q holds.
    if (media !== undefined)
      quality.set(media.type, Math.max(media.quality, quality.get(media.type) ?? 0))
  }
  return quality
}

interface Media {
  /** Lower case: `application/json`, or a range such as `*` + `/*`. */
  readonly type: string
  readonly quality: number
  readonly charsets: readonly string[]
}

/** Reads `type/subtype; name=value; …` (RFC 9110, 8.3.1 and 12.5.1); undefined if it is not that. */
function readMedia(text: string): Media | undefined {
  const [type = '', ...parameters] = splitOutsideQuotes(text, ';').map((part) => part.trim())
  if (!/^[\w!#$&^.+*-]+\/[\w!#$&^.+*-]+$/.test(type)) return
  let quality = 1
  const charsets: string[] = []
  for (const parameter of parameters) {
    if (parameter === '') continue // `application/json;` is common, and harmless
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+)=([^\s"]+|"[^"]*")$/.exec(parameter) ?? []
    if (name === undefined || value === undefined) return
    if (/^charset$/i.test(name)) charsets.push(value.replace(/^"|"$/g, ''))
    if (!/^q$/i.test(name)) continue
    if (!/^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(value)) return
    quality = Number(value)
  }
  return { type: type.toLowerCase(), quality, charsets }
}

/** Splits at a separator, except within a quoted string. */
function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = []
  let from = 0
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '"') quoted = !quoted
    else if (quoted && c === '\\') i++
    else if (!quoted && c === separator) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

/**
 * `read` with its answers kept, as a client sends the same header every time. Bounded, as headers
 * are the sender's to choose: refused and long ones are not kept, and a full memory is dropped
 * whole, which costs each honest header one more reading.
 */
function remembering(
  read: (header: string | undefined) => Encoding | undefined,
): (header: string | undefined) => Encoding | undefined {
  const known = new Map<string, Encoding>()
  return (header) => {
    if (header === undefined) return read(header)
    const before = known.get(header)
    if (before !== undefined) return before
    const encoding = read(header)
    if (encoding === undefined || header.length > 256) return encoding
    if (known.size === 64) known.clear()
    known.set(header, encoding)
    return encoding
  }
}
