import t from 'tap'
import { whyNotReady } from './readiness.ts'

const NOW = 1_700_000_000_000
const SECOND = NOW / 1_000

const CASES = [
  ['idle', { writable: true, busySince: 0 }, false, undefined],
  ['at a commit', { writable: true, busySince: SECOND - 5 }, false, undefined],
  ['a clock set back', { writable: true, busySince: SECOND + 60 }, false, undefined],
  ['held up', { writable: true, busySince: SECOND - 6 }, false, /for 6 seconds: the disk/],
  ['shed', { writable: false, busySince: SECOND - 6 }, false, /^the ledger takes no bookings$/],
  ['stopping', { writable: false, busySince: 0 }, true, /^the engine is stopping$/],
] as const

t.test('whether work may be sent', async (t) => {
  for (const [name, status, isStopping, expected] of CASES) {
    const found = whyNotReady(status, isStopping, NOW)
    if (expected === undefined) t.equal(found, undefined, name)
    else t.match(found, expected, name)
  }
})
