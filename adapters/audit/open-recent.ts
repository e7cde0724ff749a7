import { REGISTRY_SUBJECT } from '../../engine/counter/record-entry.ts'
import type { EntryKind, Subject } from '../../engine/ledger/entry.ts'
import type { JournalStore, LedgerCodec } from '../../engine/ledger/ports.ts'
import type { ShadowPorts } from '../../engine/replay/shadow-run.ts'
import { kindOf } from '../codec/entry-codec.ts'
import { codecOf } from '../keys/folder-codec.ts'
import type { PackLibrary } from '../packs/pack-library.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'
import { openPast } from './open-past.ts'

export interface RecentOptions {
  /** So many settlements, or all that there are. */
  readonly settlements: number
  /** How many threads of the process read records. */
  readonly threads: number
}

/** The end of a data folder's journal, as a shadow run reads it. */
export interface OpenRecent {
  readonly ports: ShadowPorts
  readonly library: PackLibrary
  close(): void
}

const ROWS_AT_A_TIME = 100
const TOLD = new Set<string>(['settlement', 'reversal'] satisfies EntryKind[])

/**
 * Opens the folder for reading, beside whoever owns it. `giveWay` is called after each entry that is
 * looked at, and may pause.
 */
export function openRecent(
  dataFolder: string,
  options: RecentOptions,
  giveWay: () => void,
): OpenRecent {
  const { journalPath, statePath } = ledgerPaths(dataFolder)
  const codec = codecOf(dataFolder)
  const journal = openJournal({ path: journalPath, readonly: true })
  const { head, after, reversed, lastImport } = findRecent(
    journal,
    codec,
    options.settlements,
    giveWay,
  )
  journal.close()
  const past = openPast(dataFolder, {
    after,
    until: head,
    threads: options.threads,
    wants: (_, kind) => TOLD.has(kind),
    onProgress: () => {},
  })
  const states = openStates({ path: statePath, codec, readonly: true })
  const recordOf = (subject: Subject) => states.state(subject).state.record
  return {
    ports: {
      entries: past.ports.entries,
      entry: past.ports.entry,
      records: past.ports.records,
      packByHash: past.ports.packByHash,
      reversed,
      // The states may not be so far yet.
      lastImport: Math.max(lastImport, recordOf('registry')),
      recordOf,
    },
    library: past.library,
    close() {
      states.close()
      past.close()
    },
  }
}

/** Where the last so many settlements begin, and what stands among them. */
function findRecent(
  journal: JournalStore,
  codec: LedgerCodec,
  settlements: number,
  giveWay: () => void,
) {
  const head = journal.head().position
  const reversed = new Set<number>()
  let lastImport = 0
  let found = 0
  let after = head
  while (after > 0 && found < settlements) {
    const from = Math.max(0, after - ROWS_AT_A_TIME)
    const rows = journal.readAfter(from, after - from)
    for (let at = rows.length - 1; at >= 0 && found < settlements; at--) {
      const { position, subjects, body } = rows[at]!
      const kind = kindOf(body)
      if (kind === 'settlement') found += 1
      if (kind === 'reversal') reversed.add(codec.decodeEntry(body).reverses!)
      // Opening balances are made live by such an entry as well, which is no import of records.
      const isImport = kind === 'import-activation' && subjects.includes(REGISTRY_SUBJECT)
      if (isImport) lastImport = Math.max(lastImport, position)
      after = position - 1
      giveWay()
    }
  }
  return { head, after, reversed, lastImport }
}
