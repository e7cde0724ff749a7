import { setTimeout as sleep } from 'node:timers/promises'
import { bookOpenings } from '../../engine/counter/openings.ts'
import { ownEntry } from '../../engine/ledger/own-entry.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { MadeData } from '../../fixtures/make-data.ts'
import { readOpenings } from '../../fixtures/openings-file.ts'

/** The demo's opening balances and the import that they came with; each is booked once. */
export async function bookDemo(ledger: Ledger, made: MadeData): Promise<void> {
  const { hash, ...counts } = made.registry
  const now = Date.now()
  const key = `import/${hash}`
  if ((await ledger.findKey(key)) !== undefined) return
  const pause = () => sleep(50)
  await bookOpenings(ledger, hash.slice(0, 16), readOpenings(made.openingsFile), now, { pause })
  // Last, so that a start which was cut short books the rest the next time.
  await ledger.append({
    entries: [
      ownEntry({
        kind: 'import-activation',
        bookedAt: now,
        keys: [key],
        content: { hash, ...counts },
      }),
    ],
    guards: [],
  })
}
