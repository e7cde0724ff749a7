import { RecordBook } from '../../engine/counter/record-book.ts'
import type { Entry } from '../../engine/ledger/entry.ts'
import type { Placed, ReplayPorts } from '../../engine/replay/ports.ts'
import { kindOf } from '../codec/entry-codec.ts'
import { isThere } from '../files/is-there.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { keptVersions } from '../packs/kept-versions.ts'
import { PackLibrary } from '../packs/pack-library.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

/** A data folder as a replay reads it, up to the entry that was the last when it was opened. */
export interface OpenPast {
  readonly ports: ReplayPorts
  readonly records: RecordBook
  readonly library: PackLibrary
  readonly head: number
  close(): void
}

/** Few: whoever pauses after each entry reads so many without a pause. */
const ROWS_AT_A_TIME = 100

export interface PastOptions {
  /** Told the position reached and how often the journal was walked before. */
  readonly onProgress: (position: number, walksBefore: number) => void
  /** Walks begin after this position; at the beginning when absent. */
  readonly after?: number
  /** The last position; where the journal ends when absent. */
  readonly until?: number
  /** Whether a walk tells of the entry; all when absent. */
  readonly wants?: (position: number, kind: string) => boolean
  /** The versions of the rules that are kept by hash; the library's when absent. */
  readonly versions?: (library: PackLibrary) => ReturnType<typeof keptVersions>
  /** How many threads of the process read the past; one when absent. */
  readonly threads?: number
}

/** Opens the folder for reading, beside whoever owns it. */
export function openPast(dataFolder: string, options: PastOptions): OpenPast {
  const { onProgress, wants = () => true, versions = keptVersions } = options
  const { after = 0, threads = 1 } = options
  const { journalPath } = ledgerPaths(dataFolder)
  if (!isThere(journalPath)) throw new Error(`there is no ledger in ${dataFolder}`)
  const registry = openRegistry(dataFolder, { threads })
  const journal = openJournal({ path: journalPath, readonly: true })
  const codec = codecOf(dataFolder)
  const library = new PackLibrary(dataFolder)
  const head = options.until ?? journal.head().position
  let walks = 0

  const entry = (position: number): Entry | undefined => {
    const row = journal.read(position)
    return row === undefined ? undefined : codec.decodeEntry(row.body)
  }

  function* entries(): Generator<Placed> {
    const walksBefore = walks
    walks += 1
    for (let last = after; last < head; ) {
      const rows = journal.readAfter(last, Math.min(ROWS_AT_A_TIME, head - last))
      if (rows.length === 0) throw new Error(`the journal lacks entry ${last + 1}`)
      const release = registry.hold()
      try {
        for (const { position, body } of rows) {
          if (wants(position, kindOf(body))) yield { position, entry: codec.decodeEntry(body) }
          last = position
        }
      } finally {
        release()
      }
      onProgress(last, walksBefore)
    }
  }

  const records = new RecordBook({ entry }, registry)
  return {
    records,
    ports: {
      entries,
      entry,
      records,
      ...versions(library),
    },
    library,
    head,
    close() {
      journal.close()
      registry.close()
    },
  }
}
