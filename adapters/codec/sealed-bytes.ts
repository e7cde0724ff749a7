import { hash, timingSafeEqual } from 'node:crypto'

const MAC_BYTES = 16
/** Of SHA-256. */
const BLOCK_BYTES = 64

/** Bytes that anybody may read and nobody can make or change without the key. */
export interface ByteSeal {
  seal(bytes: Buffer): string
  /** The bytes, or nothing when the text was not made under this key. */
  open(text: string): Buffer | undefined
}

/** HMAC-SHA-256 under a key: `<bytes>.<mac>` in base64url. */
export function byteSeal(key: Uint8Array): ByteSeal {
  const macOf = hmac(key)
  return {
    seal: (bytes) => `${bytes.toString('base64url')}.${macOf(bytes).toString('base64url')}`,
    open(text) {
      const [sealed = '', mac = '', ...rest] = text.split('.')
      if (rest.length > 0) return undefined
      const bytes = Buffer.from(sealed, 'base64url')
      const shown = Buffer.from(mac, 'base64url')
      if (shown.length !== MAC_BYTES || !timingSafeEqual(shown, macOf(bytes))) return undefined
      return bytes
    },
  }
}

/**
 * HMAC-SHA-256 (RFC 2104) under one key, cut to MAC_BYTES. Of two plain hashes, because making an
 * Hmac object costs three times as much as all its hashing.
 */
function hmac(key: Uint8Array): (message: Uint8Array) => Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key)
  const inner = prefixed(block.map((byte) => byte ^ 0x36))
  const outer = prefixed(block.map((byte) => byte ^ 0x5c))
  const digest = (message: Uint8Array) => hash('sha256', message, 'buffer')
  return (message) => digest(outer(digest(inner(message)))).subarray(0, MAC_BYTES)
}

/** `pad` and a message behind it, in memory that the next message is written over. */
function prefixed(pad: Uint8Array): (message: Uint8Array) => Uint8Array {
  let scratch = Buffer.concat([pad, Buffer.alloc(SCRATCH_BYTES)])
  return (message) => {
    const end = pad.length + message.length
    if (end > scratch.length) scratch = Buffer.concat([pad, Buffer.alloc(2 * message.length)])
    scratch.set(message, pad.length)
    return scratch.subarray(0, end)
  }
}

/** The terms of a quote take some hundred bytes. */
const SCRATCH_BYTES = 2 * 1024
