import type { ListPorts } from '../../engine/access/list-reads.ts'
import { isThere } from '../files/is-there.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

export interface ReadOnlyLedger extends Pick<ListPorts, 'ledger'> {
  /** Entries that are durable and not folded: what they say is not listed yet. */
  readonly unfolded: number
  close(): void
}

/** The ledger of a folder as far as it is folded, beside whoever owns it; changes nothing. */
export function openReadOnlyLedger(dataFolder: string): ReadOnlyLedger {
  const { journalPath, statePath } = ledgerPaths(dataFolder)
  if (!isThere(statePath)) throw new Error(`there is no ledger in ${dataFolder}`)
  const journal = openJournal({ path: journalPath, readonly: true })
  const codec = codecOf(dataFolder)
  const states = openStates({ path: statePath, codec, readonly: true })
  return {
    unfolded: Math.max(0, journal.head().position - states.folded().position),
    ledger: {
      entry(position) {
        const row = journal.read(position)
        return row === undefined ? undefined : codec.decodeEntry(row.body)
      },
      async load(subject) {
        const { state, folded } = states.state(subject)
        return { state, asOf: folded }
      },
      subjects: async (prefix, after, limit) => states.subjects(prefix, after, limit),
    },
    close() {
      states.close()
      journal.close()
    },
  }
}
