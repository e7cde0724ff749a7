import { dirname } from 'node:path'
import type { MessagePort } from 'node:worker_threads'
import { LRUCache } from 'lru-cache'
import { Board } from '../../engine/ledger/board.ts'
import type { Subject } from '../../engine/ledger/entry.ts'
import type { Reply } from '../../engine/ledger/messages.ts'
import { type SubjectView, UnknownOutcomeError } from '../../engine/ledger/ports.ts'
import { LedgerView } from '../../engine/ledger/view.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import { packMessages, unpackMessages } from './wire.ts'

/** How an acceptor thread reaches the ledger; `port` has to be transferred. */
export interface LedgerConnection {
  readonly journalPath: string
  readonly statePath: string
  readonly cells: SharedArrayBuffer
  readonly port: MessagePort
  readonly cacheBytes: number
}

export interface ConnectedLedger {
  readonly ledger: LedgerView
  /** Sheds new appends, waits for the answers that are due, and lets go of the files. */
  close(): Promise<void>
}

/** The ledger in this thread, over a connection that the owner's `connect()` made. */
export function connectLedger(connection: LedgerConnection): ConnectedLedger {
  const { journalPath, statePath, cells, port, cacheBytes } = connection
  const journal = openJournal({ path: journalPath, readonly: true, checked: true })
  const codec = codecOf(dirname(statePath))
  const states = openStates({ path: statePath, codec, readonly: true })
  const ledger = new LedgerView({
    post(requests) {
      const buffer = packMessages(requests)
      port.postMessage(buffer, [buffer])
    },
    schedule: (task) => void setImmediate(task),
    journal,
    states,
    board: new Board(new Int32Array(cells)),
    codec,
    cache: stateCache(cacheBytes),
  })
  port.on('message', (buffer: ArrayBuffer) => ledger.receive(unpackMessages<Reply>(buffer)))
  port.on('close', () => ledger.disconnect(new UnknownOutcomeError('the writer is gone')))

  async function close(): Promise<void> {
    ledger.stop()
    while (ledger.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    port.close()
    states.close()
    journal.close()
  }
  return { ledger, close }
}

/** States by their rough size in memory; the least recently used go first. */
function stateCache(bytes: number): LRUCache<Subject, SubjectView> {
  return new LRUCache({
    maxSize: bytes,
    sizeCalculation: ({ state }) =>
      300 + 100 * state.accumulators.size + 8 * state.live.length + 40 * state.reversedBy.size,
  })
}
