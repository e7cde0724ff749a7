import type { LedgerStatus } from '../../engine/ledger/ports.ts'

/** A commit takes milliseconds; a disk that has not answered for so long may never do so. */
const COMMIT_SECONDS_MAX = 4

/** For how many seconds a commit has not come back, when that is too long. `now` in milliseconds since 1970. */
export function heldUpSeconds(
  { busySince }: Pick<LedgerStatus, 'busySince'>,
  now: number,
): number | undefined {
  if (busySince === 0) return undefined
  const seconds = Math.floor(now / 1_000) - busySince
  return seconds > COMMIT_SECONDS_MAX ? seconds : undefined
}

/** Why no work should be sent to the engine; nothing when it can take some. `now` in milliseconds since 1970. */
export function whyNotReady(
  status: Pick<LedgerStatus, 'writable' | 'busySince'>,
  isStopping: boolean,
  now: number,
): string | undefined {
  if (isStopping) return 'the engine is stopping'
  if (!status.writable) return 'the ledger takes no bookings'
  const seconds = heldUpSeconds(status, now)
  if (seconds === undefined) return undefined
  return `a commit has not come back for ${seconds} seconds: the disk does not answer`
}
