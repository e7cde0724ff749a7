import { isUtf8 } from 'node:buffer'
import { isSafe, MAX_DEPTH, pointerStep } from '../codec/parsed-value.ts'

/**
 * A pass over MessagePack bytes by the grammar of the format, before any of it becomes values.
 *
 * Each method leaves `at` behind what it read and answers true, or answers false and leaves `fault`
 * saying what is wrong and where. Every read stands behind a `take` that saw enough bytes, so
 * nothing throws, and recursion goes MAX_DEPTH levels deep at most.
 */
export class MsgpackWalk {
  readonly bytes: Buffer
  /** Look for repeated keys as well: a Set per map, so only for a body about to be refused. */
  readonly seekRepeats: boolean
  at = 0
  /** Where the content of the string read last began; it ends at `at`. */
  start = 0
  /** Map entries written, at all depths. */
  members = 0
  /** Meaningful once a method has answered false. */
  fault: MsgpackFault = { code: 'malformed-msgpack', pointer: '' }

  constructor(bytes: Buffer, seekRepeats: boolean) {
    this.bytes = bytes
    this.seekRepeats = seekRepeats
  }

  /** One value, and nothing after it. */
  body(): boolean {
    return this.value(0) && this.at === this.bytes.length
  }

  value(depth: number): boolean {
    const head = this.bytes[this.at]
    if (head === undefined) return false
    if (head <= 0x7f || head >= 0xe0) return this.take(1) // integers of one byte
    if (head <= 0x8f) return this.take(1) && this.map(head & 0x0f, depth)
    if (head <= 0x9f) return this.take(1) && this.array(head & 0x0f, depth)
    if (head <= 0xbf) return this.string()
    const from = this.at + 1
    switch (head) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return this.take(1)
      case 0xca:
        return this.take(5) && isSafe(this.bytes.readFloatBE(from))
      case 0xcb:
        return this.take(9) && isSafe(this.bytes.readDoubleBE(from))
      case 0xcc: // uint 8 to 32, then int 8 to 32
      case 0xd0:
        return this.take(2)
      case 0xcd:
      case 0xd1:
        return this.take(3)
      case 0xce:
      case 0xd2:
        return this.take(5)
      case 0xcf:
        return this.take(9) && this.isSafe64(this.bytes.readUInt32BE(from), from)
      case 0xd3:
        return this.take(9) && this.isSafe64(this.bytes.readInt32BE(from), from)
      case 0xdc:
        return this.take(3) && this.array(this.bytes.readUInt16BE(from), depth)
      case 0xdd:
        return this.take(5) && this.array(this.bytes.readUInt32BE(from), depth)
      case 0xde:
        return this.take(3) && this.map(this.bytes.readUInt16BE(from), depth)
      case 0xdf:
        return this.take(5) && this.map(this.bytes.readUInt32BE(from), depth)
      default: // strings; binary, extensions and the unused 0xc1 are no strings and fail there
        return this.string()
    }
  }

  /** A count costs nothing by being claimed: each item must be there in the bytes. */
  array(count: number, depth: number): boolean {
    if (depth === MAX_DEPTH) return this.fail('nesting-too-deep')
    for (let i = 0; i < count; i++) if (!this.value(depth + 1)) return this.within(i)
    return true
  }

  map(count: number, depth: number): boolean {
    if (depth === MAX_DEPTH) return this.fail('nesting-too-deep')
    const keys = this.seekRepeats ? new Set<string>() : undefined
    for (let i = 0; i < count; i++) {
      if (!this.string()) return false
      const { start, at } = this
      if (!this.key(keys) || !this.value(depth + 1))
        return this.within(this.bytes.toString('utf8', start, at))
    }
    this.members += count
    return true
  }

  /** Judges the string just read as a key, after those of its map that `keys` holds. */
  key(keys: Set<string> | undefined): boolean {
    const { bytes, start, at } = this
    if (keys !== undefined) {
      const key = bytes.toString('utf8', start, at)
      if (keys.has(key)) return this.fail('duplicate-key')
      keys.add(key)
    }
    // msgpackr would give the value another key ('__proto_') and say nothing.
    return at - start !== 9 || bytes.toString('latin1', start, at) !== '__proto__'
  }

  /** A string of valid UTF-8; any other type is a fault, which is what a key needs. */
  string(): boolean {
    const { bytes } = this
    const head = bytes[this.at]
    if (head === undefined) return false
    let length: number
    if (head >= 0xa0 && head <= 0xbf && this.take(1)) length = head & 0x1f
    else if (head === 0xd9 && this.take(2)) length = bytes[this.at - 1]!
    else if (head === 0xda && this.take(3)) length = bytes.readUInt16BE(this.at - 2)
    else if (head === 0xdb && this.take(5)) length = bytes.readUInt32BE(this.at - 4)
    else return false
    this.start = this.at
    if (!this.take(length)) return false
    let bits = 0
    for (let i = this.start; i < this.at; i++) bits |= bytes[i]!
    return bits < 0x80 || isUtf8(bytes.subarray(this.start, this.at))
  }

  /** Moves on by `length` bytes, if they are there. */
  take(length: number): boolean {
    this.at += length
    return this.at <= this.bytes.length
  }

  /** Rounding cannot bring an unsafe integer below 2^53, as 2^53 itself is a double. */
  isSafe64(high: number, from: number): boolean {
    return isSafe(high * 0x1_0000_0000 + this.bytes.readUInt32BE(from + 4))
  }

  fail(code: MsgpackFault['code']): false {
    this.fault = { code, pointer: '' }
    return false
  }

  /** Puts the step in front of the pointer, as the fault passes up through its parents. */
  within(key: string | number): false {
    this.fault = { code: this.fault.code, pointer: pointerStep(key) + this.fault.pointer }
    return false
  }
}

/** What is wrong with a MessagePack body, and where (RFC 6901). */
export interface MsgpackFault {
  readonly code: 'malformed-msgpack' | 'duplicate-key' | 'nesting-too-deep'
  readonly pointer: string
}
