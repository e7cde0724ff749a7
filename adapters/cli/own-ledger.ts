import { isThere } from '../files/is-there.ts'
import { ledgerPaths, type OpenLedger, openLedger } from '../workers/ledger-host.ts'
import type { Settings } from './config.ts'

/**
 * Throws when there is no ledger in the folder. For what lists, changes or ends something: under a
 * misspelt name it would make a folder and say of it that there is nothing.
 */
export function requireLedger(data: string): void {
  if (!isThere(ledgerPaths(data).journalPath)) throw new Error(`there is no ledger in ${data}`)
}

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
