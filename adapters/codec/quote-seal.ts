import { createHmac, timingSafeEqual } from 'node:crypto'
import { Packr } from 'msgpackr'
import type { QuoteSeal } from '../../engine/counter/ports.ts'
import type { QuoteTerms } from '../../engine/counter/quote-terms.ts'

const packr = new Packr({ useRecords: false })
const MAC_BYTES = 16

/**
 * Seals quotes with HMAC-SHA-256 under the data folder's key: `<terms>.<mac>` in base64url. The
 * terms are the asker's own amounts and versions, so they need no hiding.
 */
export function quoteSeal(key: Uint8Array): QuoteSeal {
  const macOf = (terms: Buffer) =>
    createHmac('sha256', key).update(terms).digest().subarray(0, MAC_BYTES)
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
