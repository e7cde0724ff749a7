import { actsBackFrom } from '../../engine/access/acts.ts'
import {
  type Activation,
  activationsUpTo,
  POLICY_SUBJECT,
} from '../../engine/counter/activations.ts'
import type { Entry } from '../../engine/ledger/entry.ts'
import type { JournalStore } from '../../engine/ledger/ports.ts'
import { isThere } from '../files/is-there.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

const ROWS_AT_A_TIME = 1_000

/** An activation, and with four eyes who proposed it; it is by who approved. */
export interface PublishedActivation extends Activation {
  readonly proposer?: string
}

/**
 * Everything that ever was put in force, in order, read beside whoever owns the folder. Empty when
 * there is no ledger yet.
 */
export function policyHistory(dataFolder: string): PublishedActivation[] {
  const { journalPath, statePath } = ledgerPaths(dataFolder)
  if (!isThere(journalPath) || !isThere(statePath)) return []
  const journal = openJournal({ path: journalPath, readonly: true })
  const codec = codecOf(dataFolder)
  const states = openStates({ path: statePath, codec, readonly: true })
  try {
    const { state, folded } = states.state(POLICY_SUBJECT)
    const entry = (position: number): Entry | undefined => {
      const row = journal.read(position)
      return row === undefined ? undefined : codec.decodeEntry(row.body)
    }
    const last = lastAfter(journal, folded) ?? state.version
    return activationsUpTo({ entry }, last).map((activation) => {
      const { proposal } = activation
      if (proposal === undefined) return activation
      const acts = [...actsBackFrom({ entry }, proposal.approval, 'previous')]
      const named = acts.find(({ act }) => act === 'taken-up' || act === 'proposed')!
      return { ...activation, proposer: named.by.id }
    })
  } finally {
    states.close()
    journal.close()
  }
}

/** The last activation among the entries that are not folded yet. */
function lastAfter(journal: JournalStore, folded: number): number | undefined {
  let last: number | undefined
  for (let from = folded; ; ) {
    const rows = journal.readAfter(from, ROWS_AT_A_TIME)
    if (rows.length === 0) return last
    for (const { position, subjects } of rows) {
      if (subjects.includes(POLICY_SUBJECT)) last = position
      from = position
    }
  }
}
