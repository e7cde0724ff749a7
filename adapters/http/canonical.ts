import { hash } from 'node:crypto'
import type { Claim } from '../../engine/claim/claim.ts'
import { putClaimForm } from '../../engine/claim/claim-form.ts'
import { fragment, JsonBytes } from '../../engine/claim/json-bytes.ts'

/**
 * The identity of a request, by which a repeat is told from another request under the same id:
 * 32 bytes, SHA-256 of the operation and the canonical form of the parsed body.
 *
 * Equal for equal content whatever the encoding, the order of keys, or the spelling of a number
 * (1, 1.0, 1e0); different for anything else: a member absent and one that is null, "1" and 1. A
 * member that is undefined counts as absent.
 *
 * Ledgers keep these hashes: any change to the form makes every stored request look altered.
 *
 * @throws TypeError when the value holds what no body can (undefined in an array, a bigint, NaN …)
 */
export function requestHash(operation: string, value: unknown): Uint8Array {
  return hash('sha256', canonical(operation) + canonical(value), 'buffer')
}

/**
 * The same for a claim, by its own canonical form: 32 bytes. `rest` is what the message holds
 * besides the claim.
 */
export function claimHash(
  claim: Claim,
  ...rest: readonly [string, ...(string | null)[]]
): Uint8Array {
  json.begin().put(OPEN)
  for (const [index, part] of rest.entries()) json.put(index === 0 ? OPEN : COMMA).value(part)
  json.put(CLOSE).put(COMMA)
  putClaimForm(json, claim)
  return hash('sha256', json.put(CLOSE).end(), 'buffer')
}

/** The hash of a claim alone as text (base64url): what a quote is compared by. */
export function claimHashText(claim: Claim): string {
  putClaimForm(json.begin(), claim)
  return hash('sha256', json.end(), 'base64url')
}

const json = new JsonBytes()
const OPEN = fragment('[')
const COMMA = fragment(',')
const CLOSE = fragment(']')

/**
 * The form that is hashed. Every value shows its own end (a string says its length, a number ends
 * in a semicolon, the rest are brackets or single letters), so no two values share a form and none
 * begins another. Not RFC 8785: quoting each string costs more than everything else here together.
 */
function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `s${value.length}:${value}`
    case 'number':
      if (!Number.isFinite(value)) break
      return `${value};` // the shortest digits that name this double; -0 writes as 0
    case 'boolean':
      return value ? 't' : 'f'
    case 'object':
      if (value === null) return 'n'
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as JsonObject)
  }
  throw new TypeError(`no canonical form for ${typeof value}`)
}

type JsonObject = Readonly<Record<string, unknown>>

function canonicalArray(items: readonly unknown[]): string {
  let form = '['
  for (let i = 0; i < items.length; i++) form += canonical(items[i])
  return `${form}]`
}

function canonicalObject(object: JsonObject): string {
  const { order, heads } = shapeOf(Object.keys(object))
  let form = '{'
  for (let i = 0; i < order.length; i++) {
    const member = object[order[i]!]
    if (member !== undefined) form += heads[i]! + canonical(member)
  }
  return `${form}}`
}

/** The keys of an object as they came, and what sorting them gave. */
interface Shape {
  readonly keys: readonly string[]
  /** By UTF-16 code units, so the same on every machine. */
  readonly order: readonly string[]
  /** The canonical form of each key, in that order. */
  readonly heads: readonly string[]
}

let lastShape: Shape = { keys: [], order: [], heads: [] }

/** The lines of a claim mostly have their keys in one order: sorting them once is enough. */
function shapeOf(keys: readonly string[]): Shape {
  if (!isSameList(keys, lastShape.keys)) {
    const order = [...keys].sort()
    lastShape = { keys, order, heads: order.map((key) => `${key.length}:${key}`) }
  }
  return lastShape
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
