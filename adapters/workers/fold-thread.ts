import { dirname } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { Board } from '../../engine/ledger/board.ts'
import { Folder } from '../../engine/ledger/folder.ts'
import type { FoldedNotice } from '../../engine/ledger/messages.ts'
import { sm3 } from '../codec/sm3.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { isDamageOf } from '../sqlite/named-errors.ts'
import { removeStates } from '../sqlite/state-seal.ts'
import { openStates } from '../sqlite/state-store.ts'
import type { Command, FoldBatching, LedgerThreadData, Notice } from './control.ts'
import { holdStill } from './hold-still.ts'
import { saying } from './saying.ts'

/** The folding thread: follows the journal and runs the checkpoints of both files. */

/**
 * A reconciliation waits 40 ms at worst. Checkpoints are many and small: while one waits for the disk
 * a commit of the journal waits, too (decision 12).
 */
const BATCHES: FoldBatching = { delayMs: 40, entries: 5_000, checkpointEntries: 500 }

const data = workerData as LedgerThreadData
const { delayMs, entries, checkpointEntries } = data.foldBatch ?? BATCHES
const host = parentPort!
const { journal, states, board, folder, report } = saying(open)
let folded = report.to
let checkpointed = report.to
let timer: NodeJS.Timeout | undefined
let writer: MessagePort | undefined

host.on('message', (command: Command) => {
  if (command.kind === 'pair') {
    writer = command.port
    writer.on('message', (head: number) => follow(head))
  } else if (command.kind === 'stop') {
    stop()
  } else if (command.kind === 'halt') {
    host.postMessage({ kind: 'halted' } satisfies Notice)
    holdStill()
  }
})
host.postMessage({ kind: 'ready', report } satisfies Notice)

function open() {
  const journal = openJournal({ path: data.journalPath })
  const codec = codecOf(dirname(data.statePath))
  const board = new Board(new Int32Array(data.cells))
  const begin = () => {
    const states = openStates({ path: data.statePath, codec })
    try {
      const folder = new Folder({ journal, states, codec, board, hash: sm3, batchMax: entries })
      return { journal, states, board, folder, report: folder.start() }
    } catch (error) {
      states.close()
      throw error
    }
  }
  try {
    return begin()
  } catch (error) {
    // After a crash there is no seal that would have told; whatever is wrong, the journal has it all.
    if (!isDamageOf(data.statePath, error)) throw error
    removeStates(data.statePath)
    const again = begin()
    return { ...again, report: { ...again.report, action: 'rebuilt' as const } }
  }
}

function follow(head: number): void {
  if (head > folded) timer ??= setTimeout(fold, delayMs)
}

function fold(): void {
  timer = undefined
  folded = saying(() => folder.step())
  writer?.postMessage({ kind: 'folded', position: folded } satisfies FoldedNotice)
  if (folded - checkpointed >= checkpointEntries) {
    checkpointed = folded
    saying(() => {
      journal.checkpoint()
      states.checkpoint()
    })
  }
  follow(board.head)
}

function stop(): void {
  clearTimeout(timer)
  saying(() => {
    folder.catchUp()
    states.truncate()
    journal.truncate()
    states.close()
    journal.close()
  })
  writer?.close()
  host.postMessage({ kind: 'stopped' } satisfies Notice)
  host.close()
}
