import { type OpenLedger, openLedger } from '../workers/ledger-host.ts'
import type { Settings } from './config.ts'

/**
 * Works on the ledger of a folder that nobody owns, as its owner. Where the ledger fails meanwhile this
 * throws why, such as a disk that is full: the work itself is only told that its outcome is unknown.
 */
export async function withOwnLedger<T>(
  { data, cacheBytes }: Pick<Settings, 'data' | 'cacheBytes'>,
  work: (ledger: OpenLedger) => Promise<T>,
): Promise<T> {
  let fatal: Error | undefined
  const ledger = await openLedger({
    folder: data,
    cacheBytes,
    onFatal: (error) => {
      fatal = error
    },
  })
  try {
    const done = await work(ledger).finally(() => ledger.close())
    if (fatal !== undefined) throw fatal
    return done
  } catch (error) {
    throw fatal ?? error
  }
}
