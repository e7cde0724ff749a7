import type { CreditRequest, CreditTally } from '../../engine/counter/credit-accounts.ts'
import type { CreditThreadData } from './credit-thread.ts'
import type { OpenLedger } from './ledger-host.ts'
import { runInThread, type ThreadRun } from './thread-run.ts'

/** Credits accounts in a thread of its own, on a ledger that this process owns. */
export function startCredits(
  ledger: Pick<OpenLedger, 'connect'>,
  folder: string,
  request: CreditRequest,
  onProgress: (tally: CreditTally) => void,
): ThreadRun<CreditTally> {
  const connection = ledger.connect()
  const data: CreditThreadData = { connection, folder, request }
  return runInThread('credit-thread', data, [connection.port], onProgress)
}
