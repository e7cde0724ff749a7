import { setTimeout as sleep } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import { activationsUpTo, POLICY_SUBJECT, versionsOf } from '../../engine/counter/activations.ts'
import {
  type CreditRequest,
  type CreditTally,
  creditAccounts,
} from '../../engine/counter/credit-accounts.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { LivePack } from '../../engine/policy/policy.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { type BesideCounterData, workBesideCounter } from './beside-counter.ts'

/** The thread of one month's credits: decides and books beside the counter. */

export interface CreditThreadData extends BesideCounterData {
  readonly request: CreditRequest
}

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

const data = workerData as CreditThreadData
await workBesideCounter<CreditTally, CreditTally>(data, async (beside) => {
  const packs = await packsInForce(beside.ledger, new PackLibrary(data.folder))
  const pause = () => sleep(PAUSE_MS)
  return creditAccounts({ ...beside, policy: { packs }, now: Date.now, pause }, data.request)
})
