import { Packr } from 'msgpackr'
import type { QuoteSeal } from '../../engine/counter/ports.ts'
import type { QuoteTerms } from '../../engine/counter/quote-terms.ts'
import { byteSeal } from './sealed-bytes.ts'

const packr = new Packr({ useRecords: false })

/**
 * Seals quotes with HMAC-SHA-256 under the data folder's key: `<terms>.<mac>` in base64url. The
 * terms are the asker's own amounts and versions, so they need no hiding.
 */
export function quoteSeal(key: Uint8Array): QuoteSeal {
  const { seal, open } = byteSeal(key)
  return {
    seal: (terms) => seal(packr.pack(toList(terms))),
    open(quoteId) {
      const packed = open(quoteId)
      return packed === undefined ? undefined : fromList(packr.unpack(packed))
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
