import { existsSync } from 'node:fs'
import { RecordBook } from '../../engine/counter/record-book.ts'
import type { Entry } from '../../engine/ledger/entry.ts'
import type { Placed, ReplayPorts } from '../../engine/replay/ports.ts'
import { entryCodec } from '../codec/entry-codec.ts'
import { keptVersions } from '../packs/kept-versions.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

/** A data folder as a replay reads it, up to the entry that was the last when it was opened. */
export interface OpenPast {
  readonly ports: ReplayPorts
  readonly library: PackLibrary
  readonly head: number
  close(): void
}

const ROWS_AT_A_TIME = 1_000
/** No credential is looked up. */
const NO_CREDENTIALS = { credentialKey: new Uint8Array() }

/**
 * Opens the folder for reading, beside whoever owns it. `onProgress` is told the position reached
 * and how often the journal was walked before.
 */
export function openPast(
  dataFolder: string,
  onProgress: (position: number, walksBefore: number) => void,
): OpenPast {
  const { journalPath } = ledgerPaths(dataFolder)
  if (!existsSync(journalPath)) throw new Error(`there is no ledger in ${dataFolder}`)
  const registry = openRegistry(dataFolder, NO_CREDENTIALS)
  const journal = openJournal({ path: journalPath, readonly: true })
  const library = new PackLibrary(dataFolder)
  const head = journal.head().position
  let walks = 0

  const entry = (position: number): Entry | undefined => {
    const row = journal.read(position)
    return row === undefined ? undefined : entryCodec.decodeEntry(row.body)
  }

  function* entries(): Generator<Placed> {
    const walksBefore = walks
    walks += 1
    for (let last = 0; last < head; ) {
      const rows = journal.readAfter(last, Math.min(ROWS_AT_A_TIME, head - last))
      if (rows.length === 0) throw new Error(`the journal lacks entry ${last + 1}`)
      for (const { position, body } of rows) {
        yield { position, entry: entryCodec.decodeEntry(body) }
        last = position
      }
      onProgress(last, walksBefore)
    }
  }

  return {
    ports: {
      entries,
      entry,
      records: new RecordBook({ entry }, registry),
      ...keptVersions(library),
    },
    library,
    head,
    close() {
      journal.close()
      registry.close()
    },
  }
}
