import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { activationsUpTo, POLICY_SUBJECT, versionsOf } from '../../engine/counter/activations.ts'
import {
  type CreditRequest,
  type CreditTally,
  creditAccounts,
} from '../../engine/counter/credit-accounts.ts'
import { RecordBook } from '../../engine/counter/record-book.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { LivePack } from '../../engine/policy/policy.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'
import { withWords } from './saying.ts'
import type { RunNotice } from './thread-run.ts'

/** The thread of one month's credits: decides and books beside the counter. */

export interface CreditThreadData {
  readonly connection: LedgerConnection
  readonly folder: string
  readonly request: CreditRequest
}

type Notice = RunNotice<CreditTally, CreditTally>

const PAUSE_MS = 50

/** The packs that the journal says are in force. */
async function packsInForce(ledger: Ledger, library: PackLibrary): Promise<LivePack[]> {
  const { state } = await ledger.load(POLICY_SUBJECT)
  const activations = activationsUpTo(ledger, state.version)
  const inForce = activations.at(-1)?.inForce.packs
  if (inForce === undefined) throw new Error('no rules were ever in force in this data folder')
  const versions = versionsOf(activations)
  return inForce.map(({ id, hash }) => {
    const pack = library.pack(hash)
    const known = versions.find((version) => version.pack === id && version.hash === hash)
    if (pack === undefined) throw new Error(`the pack ${id} ${hash} is not in the data folder`)
    return { pack, knownAt: known!.knownAt }
  })
}

const { connection, folder, request } = workerData as CreditThreadData
const host = parentPort!
const connected = connectLedger(connection)
const registry = openRegistry(folder)
try {
  const { ledger } = connected
  const packs = await packsInForce(ledger, new PackLibrary(folder))
  const outcome = await creditAccounts(
    {
      ledger,
      registry,
      records: new RecordBook(ledger, registry),
      policy: { packs },
      now: Date.now,
      pause: () => sleep(PAUSE_MS),
      onProgress: (progress) => host.postMessage({ kind: 'progress', progress } satisfies Notice),
    },
    request,
  )
  host.postMessage({ kind: 'done', outcome } satisfies Notice)
} catch (error) {
  throw withWords(error)
} finally {
  registry.close()
  await connected.close()
}
