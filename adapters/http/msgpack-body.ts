import { Packr } from 'msgpackr'
import { countMembers } from '../codec/parsed-value.ts'
import { MsgpackWalk } from './msgpack-walk.ts'

/** A parsed MessagePack body, or the code of the refusal and, where known, the place of the fault. */
export type MsgpackBody =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false
      readonly code: 'malformed-msgpack' | 'duplicate-key' | 'nesting-too-deep'
      /** JSON pointer (RFC 6901); of a repeated key, the one that both members share. */
      readonly pointer?: string
    }

/**
 * Reads a MessagePack body as it was written, or refuses it, so that it means what the same body
 * in JSON would mean: nothing is coerced, nothing is dropped.
 *
 * Refuses (`malformed-msgpack`) truncated input, bytes after the value, binary and extension types,
 * keys that are no strings, the key `__proto__`, invalid UTF-8, infinities and NaN, and numbers
 * beyond the safe integers; (`duplicate-key`) a key that stands twice in one map; and
 * (`nesting-too-deep`) more than 16 levels. Never throws.
 */
export function parseMsgpack(bytes: Buffer): MsgpackBody {
  const walk = new MsgpackWalk(bytes, false)
  if (!walk.body()) return { ok: false, ...walk.fault }
  let value: unknown
  try {
    value = packr.unpack(bytes)
  } catch {
    return { ok: false, code: 'malformed-msgpack' }
  }
  if (countMembers(value) === walk.members) return { ok: true, value }
  const again = new MsgpackWalk(bytes, true)
  again.body()
  return { ok: false, ...again.fault }
}

/**
 * A JSON-like value in MessagePack. Members that are undefined are left out, as in JSON; integers
 * are written as integers, not floats, up to 2^53 - 1. The buffer is the caller's to keep.
 */
export function encodeMsgpack(value: unknown): Buffer {
  return packr.pack(plain(value))
}

const packr = new Packr({
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  int64AsType: 'number',
})

/**
 * `value` itself, or a copy without the two things that msgpackr writes in a way a typed client
 * cannot read: undefined (an extension type) and integers of more than 32 bits (a float; bigints
 * it writes as integers).
 */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return needs64Bits(value) ? BigInt(value) : value
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (let i = 0; i < value.length; i++) {
      const item = plain(value[i]) ?? null // as in JSON, where an array cannot leave one out
      if (item === value[i]) continue
      copy ??= [...value]
      copy[i] = item
    }
    return copy ?? value
  }
  const record = value as Record<string, unknown>
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(record)) {
    const member = record[key]
    const kept = plain(member)
    if (kept === member && member !== undefined) continue
    copy ??= { ...record }
    if (kept === undefined) delete copy[key]
    else copy[key] = kept
  }
  return copy ?? value
}

function needs64Bits(value: number): boolean {
  return (value > 0xffff_ffff || value < -0x8000_0000) && Number.isSafeInteger(value)
}
