import type { LedgerStatus } from '../../engine/ledger/ports.ts'

/** A commit takes milliseconds; a disk that has not answered for so long may never do so. */
const COMMIT_SECONDS_MAX = 5

/** Why no work should be sent to the engine; nothing when it can take some. `now` in milliseconds since 1970. */
export function whyNotReady(
  { writable, busySince }: Pick<LedgerStatus, 'writable' | 'busySince'>,
  isStopping: boolean,
  now: number,
): string | undefined {
  if (isStopping) return 'the engine is stopping'
  if (!writable) return 'the ledger takes no bookings'
  const seconds = Math.floor(now / 1_000) - busySince
  if (busySince === 0 || seconds <= COMMIT_SECONDS_MAX) return undefined
  return `a commit has not come back for ${seconds} seconds: the disk does not answer`
}
