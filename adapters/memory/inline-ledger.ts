import { Board } from '../../engine/ledger/board.ts'
import { Folder, type FoldReport } from '../../engine/ledger/folder.ts'
import type { FoldedNotice, WriterRequest } from '../../engine/ledger/messages.ts'
import {
  type Hash,
  type JournalStore,
  type Ledger,
  type LedgerCodec,
  type StateStore,
  type SubjectView,
  UnknownOutcomeError,
} from '../../engine/ledger/ports.ts'
import { LedgerView } from '../../engine/ledger/view.ts'
import { type Incoming, LedgerWriter } from '../../engine/ledger/writer.ts'
import { entryCodec } from '../codec/entry-codec.ts'
import { sm3 } from '../codec/sm3.ts'
import { MemoryJournal } from './memory-journal.ts'
import { MemoryStates } from './memory-states.ts'

export interface InlineLedgerOptions {
  readonly journal?: JournalStore
  readonly states?: StateStore
  readonly codec?: LedgerCodec
  readonly hash?: Hash
  /** When posts, batches and folds happen; a simulator decides. One task per call. */
  readonly schedule?: (task: () => void) => void
  readonly foldLagMax?: number
  readonly batchMax?: number
  /** False: only `fold()` folds. */
  readonly foldsByItself?: boolean
}

/** The writer, the folding side and any number of views in one thread, with the same code. */
export interface InlineLedger extends Ledger {
  readonly startReport: FoldReport
  /** Another acceptor on the same ledger, with a cache of its own. */
  view(): LedgerView
  /** Folds everything that is durable and tells the writer. */
  fold(): void
  close(): Promise<void>
}

/** A ledger without threads; in memory unless stores are given. For tests and simulators. */
export function openMemoryLedger(options: InlineLedgerOptions = {}): InlineLedger {
  const journal = options.journal ?? new MemoryJournal()
  const states = options.states ?? new MemoryStates()
  const codec = options.codec ?? entryCodec
  const schedule = options.schedule ?? ((task) => void setImmediate(task))
  const foldsByItself = options.foldsByItself ?? true
  const board = new Board()

  const folder = new Folder({ journal, states, codec, board })
  const startReport = folder.start()
  const { foldLagMax, batchMax } = options
  const writer = new LedgerWriter({
    journal,
    states,
    board,
    hash: options.hash ?? sm3,
    ...(foldLagMax === undefined ? {} : { foldLagMax }),
    ...(batchMax === undefined ? {} : { batchMax }),
  })
  const views: LedgerView[] = []
  let inbox: Incoming[] = []
  let foldIsDue = false

  function post(client: number, messages: readonly (WriterRequest | FoldedNotice)[]): void {
    if (inbox.length === 0) schedule(process)
    for (const message of messages) inbox.push({ client, message })
  }

  function process(): void {
    const incoming = inbox
    inbox = []
    const headBefore = writer.head
    const replies = writer.process(incoming)
    for (const [client, list] of replies) views[client]?.receive(list)
    if (writer.failure !== undefined) {
      for (const view of views) view.disconnect(new UnknownOutcomeError('the writer has failed'))
    } else if (foldsByItself && writer.head > headBefore && !foldIsDue) {
      foldIsDue = true
      schedule(fold)
    }
  }

  function fold(): void {
    foldIsDue = false
    post(-1, [{ kind: 'folded', position: folder.catchUp() }])
  }

  function view(): LedgerView {
    const client = views.length
    const cache = new Map<string, SubjectView>()
    const made = new LedgerView({
      post: (requests) => post(client, requests),
      schedule,
      journal,
      states,
      board,
      codec,
      cache,
    })
    views.push(made)
    return made
  }

  async function close(): Promise<void> {
    for (const view of views) view.stop()
    while (views.some((view) => view.waiting > 0)) await new Promise<void>(schedule)
    writer.stop()
    if (writer.failure === undefined) folder.catchUp()
    for (const view of views) view.disconnect(new Error('the ledger is closed'))
    states.close()
    journal.close()
  }

  const first = view()
  return {
    startReport,
    view,
    fold,
    close,
    peek: (subject) => first.peek(subject),
    load: (subject) => first.load(subject),
    append: (request) => first.append(request),
    findKey: (key) => first.findKey(key),
    entry: (position) => first.entry(position),
    subjects: (prefix, after, limit) => first.subjects(prefix, after, limit),
    bookings: (institutionId, from, until) => first.bookings(institutionId, from, until),
    inTurn: (subjects, work) => first.inTurn(subjects, work),
    status: () => first.status(),
  }
}
