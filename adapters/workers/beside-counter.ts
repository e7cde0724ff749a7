import { parentPort } from 'node:worker_threads'
import { RecordBook } from '../../engine/counter/record-book.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import { openRegistry, type RegistryStore } from '../sqlite/registry-store.ts'
import { connectLedger, type LedgerConnection } from './acceptor.ts'
import { withWords } from './saying.ts'
import type { RunNotice } from './thread-run.ts'

/** What a thread that works beside the counter is handed. */
export interface BesideCounterData {
  readonly connection: LedgerConnection
  readonly folder: string
}

/** What it works with. */
export interface BesideCounter<Progress> {
  readonly ledger: Ledger
  readonly registry: RegistryStore
  readonly records: RecordBook
  onProgress(progress: Progress): void
}

/**
 * The inside of `runInThread`, where a thread reads and books beside the counter: opens what the work
 * needs, says how far it is and what came of it, and lets go of everything.
 */
export async function workBesideCounter<Progress, Outcome>(
  { connection, folder }: BesideCounterData,
  work: (beside: BesideCounter<Progress>) => Promise<Outcome>,
): Promise<void> {
  const say = (notice: RunNotice<Progress, Outcome>) => parentPort!.postMessage(notice)
  const closing: (() => unknown)[] = []
  try {
    const { ledger, close } = connectLedger(connection)
    closing.unshift(close)
    const registry = openRegistry(folder)
    closing.unshift(() => registry.close())
    const records = new RecordBook(ledger, registry)
    const onProgress = (progress: Progress) => say({ kind: 'progress', progress })
    say({ kind: 'done', outcome: await work({ ledger, registry, records, onProgress }) })
  } catch (error) {
    throw withWords(error)
  } finally {
    for (const close of closing) await close()
  }
}
