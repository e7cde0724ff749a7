import { createCipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { MissingKeyError } from '../../engine/ledger/ports.ts'

/** A key of a data folder. */
export interface DataKey {
  /** Stands beside whatever the key has sealed: at most 32 characters of ASCII. */
  readonly id: string
  /** Of SM4: 16 bytes. */
  readonly cipher: Uint8Array
  /** For keyed hashes and tags; at least 16 bytes. */
  readonly hash: Uint8Array
}

/** The first key seals, every one of them opens. */
export type KeyRing = readonly [DataKey, ...DataKey[]]

export const CIPHER_BYTES = 16

/** Keeps bytes from whoever has the file and not the key. */
export interface Sealing {
  /** Id of the key that seals. */
  readonly keyId: string
  /** Never twice the same. Whether somebody has changed it is for others to find out. */
  seal(bytes: Uint8Array): Uint8Array
  /** How many bytes so many bytes are when sealed. */
  sealedLength(length: number): number
  /** Puts the sealed form at a place of `to`, where it has to have room. */
  sealInto(to: Uint8Array, at: number, bytes: Uint8Array): void
  /** Throws `MissingKeyError`, or when the bytes are not sealed. */
  open(sealed: Uint8Array): Uint8Array
  /** The same with a tag over all of it and over `context`, in which alone it can be opened. */
  sealWithTag(bytes: Uint8Array, context: string): Uint8Array
  /** Throws when it was changed or belongs elsewhere, too. */
  openWithTag(sealed: Uint8Array, context: string): Uint8Array
  /** The head of a file of which any part can be sealed and opened alone. */
  newFileHead(): Uint8Array
  /** Turns a part of such a file, from a byte of its content on, into the other form, in its place. */
  turnPart(head: Uint8Array, offset: number, part: Uint8Array): void
}

/** MessagePack never begins with this byte: what was kept before there were keys is told apart. */
const MARK = 0xc1
const HASH = 'sm3'
const BLOCK_BYTES = 16
/** A part of it is chance, the rest counts: no two sealings with one key share a block of the stream. */
const NONCE_BYTES = 12
const CHANCE_BYTES = 8
const COUNTED_MAX = 0xffff_ffff
const TAG_BYTES = 32
const BLOCKS_AT_ONCE = 4_096

export function isSealed(bytes: Uint8Array): boolean {
  return bytes[0] === MARK
}

/** The key that the bytes were sealed with, and how long their head is. */
export function sealedWith(sealed: Uint8Array): { readonly keyId: string; readonly head: number } {
  const end = 2 + (sealed[1] ?? 0)
  const head = end + NONCE_BYTES
  if (!isSealed(sealed) || sealed.length < head) throw new Error('these bytes are not sealed')
  const keyId = Buffer.from(sealed.buffer, sealed.byteOffset + 2, end - 2).toString('latin1')
  return { keyId, head }
}

/**
 * SM4 in counter mode. A sealed form is a mark, the id of the key, a nonce of 12 bytes and the bytes
 * themselves, combined with the stream of that nonce.
 */
export function sealing(ring: KeyRing): Sealing {
  const keys = new Map(ring.map((key) => [key.id, { stream: new KeyStream(key.cipher), key }]))
  const { stream: ours, key: writing } = keys.get(ring[0].id)!
  const id = Buffer.from(writing.id, 'latin1')
  const headBytes = 2 + id.length + NONCE_BYTES
  const template = Buffer.concat([Buffer.from([MARK, id.length]), id, Buffer.alloc(NONCE_BYTES)])
  let counted = COUNTED_MAX

  function putHead(to: Uint8Array, at = 0): void {
    if (counted === COUNTED_MAX) {
      template.set(randomBytes(CHANCE_BYTES), headBytes - NONCE_BYTES)
      counted = 0
    }
    counted += 1
    template.writeUInt32BE(counted, headBytes - 4)
    to.set(template, at)
  }

  function keyOf(sealed: Uint8Array) {
    const { keyId, head } = sealedWith(sealed)
    const found = keys.get(keyId)
    if (found === undefined) {
      throw new MissingKeyError(`this was sealed with the key ${keyId}, which is not at hand`)
    }
    return { ...found, head }
  }

  function tagOf(key: DataKey, sealed: Uint8Array, context: string): Buffer {
    const hmac = createHmac(HASH, key.hash)
      .update('sealed\n')
      .update(`${context.length} ${context}\n`)
    return hmac.update(sealed).digest()
  }

  function sealInto(to: Uint8Array, at: number, bytes: Uint8Array): void {
    const begin = at + headBytes
    putHead(to, at)
    to.set(bytes, begin)
    ours.turn(to, begin, to.subarray(begin, begin + bytes.length), 0)
  }

  function seal(bytes: Uint8Array): Uint8Array {
    const sealed = new Uint8Array(headBytes + bytes.length)
    sealInto(sealed, 0, bytes)
    return sealed
  }

  function open(sealed: Uint8Array): Uint8Array {
    const { stream, head } = keyOf(sealed)
    // A copy: the slice of a buffer would be what was sealed itself.
    const bytes = new Uint8Array(sealed.subarray(head))
    stream.turn(sealed, head, bytes, 0)
    return bytes
  }

  return {
    keyId: writing.id,
    seal,
    sealedLength: (length) => headBytes + length,
    sealInto,
    open,
    sealWithTag(bytes, context) {
      const sealed = seal(bytes)
      return Buffer.concat([sealed, tagOf(writing, sealed, context)])
    },
    openWithTag(tagged, context) {
      const { key } = keyOf(tagged)
      const end = Math.max(0, tagged.length - TAG_BYTES)
      const [sealed, tag] = [tagged.subarray(0, end), tagged.subarray(end)]
      const expected = tagOf(key, sealed, context)
      if (tag.length !== TAG_BYTES || !timingSafeEqual(tag, expected)) {
        throw new Error('a sealed value was changed, or is not of this place')
      }
      return open(sealed)
    },
    newFileHead() {
      const head = new Uint8Array(headBytes)
      putHead(head)
      return head
    },
    turnPart(fileHead, offset, part) {
      const { stream, head } = keyOf(fileHead)
      stream.turn(fileHead, head, part, offset)
    },
  }
}

/**
 * The stream of SM4 in counter mode, made out of the blocks: the cipher stays open, where fetching one
 * for each sealing would take ten times as long as a short sealing does.
 */
class KeyStream {
  readonly #blocks
  #counters = new DataView(new ArrayBuffer(0))

  constructor(key: Uint8Array) {
    this.#blocks = createCipheriv('sm4-ecb', key, null).setAutoPadding(false)
  }

  /** Combines `bytes` with the stream from `offset` on; the nonce stands before `headEnd` in `head`. */
  turn(head: Uint8Array, headEnd: number, bytes: Uint8Array, offset: number): void {
    const nonce = new DataView(head.buffer, head.byteOffset + headEnd - NONCE_BYTES, NONCE_BYTES)
    let done = 0
    while (done < bytes.length) {
      const from = offset + done
      const skipped = from % BLOCK_BYTES
      const first = (from - skipped) / BLOCK_BYTES
      const wanted = Math.ceil((skipped + bytes.length - done) / BLOCK_BYTES)
      const stream = this.#stream(nonce, first, Math.min(wanted, BLOCKS_AT_ONCE))
      const until = Math.min(bytes.length, done + stream.length - skipped)
      for (let at = skipped; done < until; at += 1, done += 1) bytes[done]! ^= stream[at]!
    }
  }

  #stream(nonce: DataView, first: number, count: number): Uint8Array {
    const length = count * BLOCK_BYTES
    if (this.#counters.byteLength < length) this.#counters = new DataView(new ArrayBuffer(length))
    const counters = this.#counters
    const [one, two, three] = [nonce.getUint32(0), nonce.getUint32(4), nonce.getUint32(8)]
    for (let at = 0, block = first; at < length; at += BLOCK_BYTES, block += 1) {
      counters.setUint32(at, one)
      counters.setUint32(at + 4, two)
      counters.setUint32(at + 8, three)
      counters.setUint32(at + 12, block)
    }
    return this.#blocks.update(new Uint8Array(counters.buffer, 0, length))
  }
}
