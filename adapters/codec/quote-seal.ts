import { hash, timingSafeEqual } from 'node:crypto'
import { Packr } from 'msgpackr'
import type { QuoteSeal } from '../../engine/counter/ports.ts'
import type { QuoteTerms } from '../../engine/counter/quote-terms.ts'

const packr = new Packr({ useRecords: false })
const MAC_BYTES = 16
/** Of SHA-256. */
const BLOCK_BYTES = 64

/**
 * Seals quotes with HMAC-SHA-256 under the data folder's key: `<terms>.<mac>` in base64url. The
 * terms are the asker's own amounts and versions, so they need no hiding.
 */
export function quoteSeal(key: Uint8Array): QuoteSeal {
  const macOf = hmac(key)
  return {
    seal(terms) {
      const packed = packr.pack(toList(terms))
      return `${packed.toString('base64url')}.${macOf(packed).toString('base64url')}`
    },
    open(quoteId) {
      const [terms = '', mac = '', ...rest] = quoteId.split('.')
      if (rest.length > 0) return undefined
      const packed = Buffer.from(terms, 'base64url')
      const shown = Buffer.from(mac, 'base64url')
      if (shown.length !== MAC_BYTES || !timingSafeEqual(shown, macOf(packed))) return undefined
      return fromList(packr.unpack(packed))
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

type Listed = [1, ...unknown[]]

function toList(t: QuoteTerms): Listed {
  return [
    1,
    t.claimHash,
    t.institutionId,
    t.expiresAt,
    t.packId,
    t.packHash,
    t.catalogueHash,
    t.positions,
    t.records,
    t.amounts,
    t.funds,
  ]
}

function fromList(list: unknown): QuoteTerms | undefined {
  const [layout, ...values] = list as Listed
  if (layout !== 1) return undefined
  const [claimHash, institutionId, expiresAt, packId, packHash, catalogueHash, ...rest] = values
  const [positions, records, amounts, funds] = rest
  return {
    claimHash,
    institutionId,
    expiresAt,
    packId,
    packHash,
    catalogueHash,
    positions,
    records,
    amounts,
    funds,
  } as QuoteTerms
}
