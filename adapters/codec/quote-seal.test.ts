import { createHmac, randomBytes } from 'node:crypto'
import t from 'tap'
import type { QuoteTerms } from '../../engine/counter/quote-terms.ts'
import { quoteSeal } from './quote-seal.ts'

const terms = (count: number): QuoteTerms => ({
  claimHash: 'h'.repeat(43),
  institutionId: 'H50010300001',
  expiresAt: 1_767_196_800_000,
  packId: 'city',
  packHash: 'a'.repeat(64),
  catalogueHash: 'b'.repeat(64),
  positions: [['person/P1', 7]],
  records: [1, 2, 0],
  amounts: Array.from({ length: count }, (_, at) => at),
  funds: [['pool', 5, 6, 0, null, 6, 7_000, 5]],
})

t.test('a quote id is its terms and their HMAC-SHA-256, and nothing else opens', async (t) => {
  for (const keyBytes of [1, 32, 64, 65, 200]) {
    for (const count of [0, 11, 500]) {
      const key = randomBytes(keyBytes)
      const { seal, open } = quoteSeal(key)
      const quoteId = seal(terms(count))
      const [packed = '', mac] = quoteId.split('.')
      const digest = createHmac('sha256', key).update(Buffer.from(packed, 'base64url')).digest()
      t.equal(mac, digest.subarray(0, 16).toString('base64url'), `a key of ${keyBytes} bytes`)
      t.same(open(quoteId), terms(count))
      t.equal(quoteSeal(randomBytes(keyBytes + 1)).open(quoteId), undefined, 'under another key')
      const other = `${packed.startsWith('A') ? 'B' : 'A'}${packed.slice(1)}`
      t.equal(open(`${other}.${mac}`), undefined, 'with other terms')
    }
  }
})
