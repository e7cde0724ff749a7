import type { Board } from './board.ts'
import { checkRequest } from './check-entry.ts'
import type { Entry, MessageKey, Subject, SubjectState } from './entry.ts'
import { type FoldedEntry, foldEntry } from './fold.ts'
import type { PackedEntry, Reply, SubjectTail, WriterRequest } from './messages.ts'
import {
  type AppendRequest,
  type AppendResult,
  type Booking,
  type JournalStore,
  type Ledger,
  type LedgerCodec,
  type LedgerStatus,
  type StateReader,
  type SubjectView,
  UnknownOutcomeError,
} from './ports.ts'
import { Turns } from './turns.ts'

/** May forget anything at any time. */
export interface StateCache {
  get(subject: Subject): SubjectView | undefined
  set(subject: Subject, view: SubjectView): void
}

export interface ViewOptions {
  /** Takes requests to the writer, which answers through `receive`. */
  readonly post: (requests: readonly WriterRequest[]) => void
  /** Runs the task soon; what was asked for until then leaves in one post. */
  readonly schedule: (task: () => void) => void
  readonly journal: Pick<JournalStore, 'read'>
  readonly states: StateReader
  readonly board: Board
  readonly codec: LedgerCodec
  readonly cache: StateCache
}

/** What an append under way holds on to: the contents of its entries would grow old on the heap. */
interface OwnAppend {
  readonly packed: readonly PackedEntry[]
  readonly entries: readonly FoldedEntry[]
  readonly guards: AppendRequest['guards']
}

interface Pending {
  readonly settle: (reply: Reply) => void
  readonly reject: (error: Error) => void
}

/** The ledger as one acceptor thread sees it. */
export class LedgerView implements Ledger {
  readonly #options: ViewOptions
  readonly #turns = new Turns()
  readonly #pending = new Map<number, Pending>()
  #outbox: WriterRequest[] = []
  #lastId = 0
  #closed: 'stopping' | Error | undefined

  constructor(options: ViewOptions) {
    this.#options = options
  }

  peek(subject: Subject): SubjectView | undefined {
    const { cache, board } = this.#options
    const view = cache.get(subject)
    return view !== undefined && board.touched(subject) <= view.asOf ? view : undefined
  }

  async load(subject: Subject): Promise<SubjectView> {
    const cached = this.peek(subject)
    if (cached !== undefined) return cached
    // The slot is read before the file: whatever was acknowledged before this call is covered.
    const { board } = this.#options
    const touched = board.touched(subject)
    if (touched <= board.folded) return this.#keep(subject, this.#foldedView(subject))
    return this.#ask(
      (id) => ({ kind: 'fetch', id, subject }),
      (reply) => (reply.kind === 'fetched' ? this.#bringUpToDate(reply.tail) : undefined),
    )
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    checkRequest(request)
    if (this.#closed !== undefined) return { outcome: 'shed', reason: 'stopping' }
    const packed = request.entries.map((entry) => this.#pack(entry))
    return this.#askAppend({
      packed,
      entries: request.entries.map(foldedPart),
      guards: request.guards,
    })
  }

  findKey(key: MessageKey): Promise<number | undefined> {
    return this.#ask<number | undefined>(
      (id) => ({ kind: 'find-key', id, key }),
      (reply) => (reply.kind === 'key' ? reply.position : undefined),
    ).then((position) => position || undefined)
  }

  entry(position: number): Entry | undefined {
    const row = this.#options.journal.read(position)
    return row === undefined ? undefined : this.#options.codec.decodeEntry(row.body)
  }

  async subjects(prefix: string, after: Subject, limit: number): Promise<Subject[]> {
    await this.#foldToHead()
    return this.#options.states.subjects(prefix, after, limit)
  }

  async bookings(institutionId: string, from: number, until: number): Promise<Booking[]> {
    await this.#foldToHead()
    return this.#options.states.bookings(institutionId, from, until)
  }

  inTurn<T>(subjects: readonly Subject[], work: () => Promise<T>): Promise<T> {
    return this.#turns.run(subjects, work)
  }

  status(): LedgerStatus {
    const { head, folded, writable, busySince } = this.#options.board
    return { head, folded, writable: writable && this.#closed === undefined, busySince }
  }

  /** The writer's answers. */
  receive(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const pending = this.#pending.get(reply.id)
      this.#pending.delete(reply.id)
      pending?.settle(reply)
    }
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.#pending.size
  }

  /** New appends are shed from now on; what is under way goes on. */
  stop(): void {
    this.#closed ??= 'stopping'
  }

  /** The writer is gone: nobody will answer. What is under way has an unknown outcome. */
  disconnect(error: Error): void {
    this.#closed = error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
    this.#outbox = []
  }

  /** Waits until everything that was durable at the call is folded. */
  async #foldToHead(): Promise<void> {
    const { board } = this.#options
    const position = board.head
    if (board.folded >= position) return
    await this.#ask(
      (id) => ({ kind: 'await-fold', id, position }),
      (reply) => (reply.kind === 'fold-reached' ? true : undefined),
    )
  }

  #ask<T>(
    request: (id: number) => WriterRequest,
    result: (reply: Reply) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed instanceof Error) return reject(this.#closed)
      this.#lastId += 1
      const id = this.#lastId
      const settle = (reply: Reply) => {
        try {
          if (reply.kind === 'unknown') throw new UnknownOutcomeError('the commit failed')
          const value = result(reply)
          if (value === undefined) throw new Error(`the writer answered with ${reply.kind}`)
          resolve(value)
        } catch (error) {
          reject(error)
        }
      }
      this.#pending.set(id, { settle, reject })
      this.#outbox.push(request(id))
      if (this.#outbox.length === 1) this.#options.schedule(() => this.#flush())
    })
  }

  #flush(): void {
    const requests = this.#outbox
    this.#outbox = []
    if (requests.length > 0) this.#options.post(requests)
  }

  #askAppend(append: OwnAppend): Promise<AppendResult> {
    const { packed, guards } = append
    return this.#ask(
      (id) => ({ kind: 'append', id, entries: packed, guards }),
      (reply) => this.#appendResult(append, reply),
    )
  }

  #pack(entry: Entry): PackedEntry {
    const { keys, subjects } = entry
    return { keys, subjects, body: this.#options.codec.encodeEntry(entry) }
  }

  #appendResult(append: OwnAppend, reply: Reply): AppendResult | undefined {
    switch (reply.kind) {
      case 'appended':
        this.#foldOwn(append, reply.firstPosition)
        return { outcome: 'appended', firstPosition: reply.firstPosition }
      case 'known':
        return { outcome: 'known', key: reply.key, position: reply.position }
      case 'moved':
        for (const tail of reply.tails) this.#bringUpToDate(tail)
        return { outcome: 'moved', subjects: reply.tails.map(({ subject }) => subject) }
      case 'shed':
        return { outcome: 'shed', reason: reply.reason }
      default:
        return undefined
    }
  }

  /**
   * An accepted guard proves that nothing came between the guarded position and ours, so a cached
   * state that is no older than the guard needs only our own entries to be current again. States
   * of subjects without a guard stay as they are: their slot is past them, so they do not count.
   */
  #foldOwn({ entries, guards }: OwnAppend, firstPosition: number): void {
    for (const { subject, position: guarded } of guards) {
      const cached = this.#options.cache.get(subject)
      if (cached === undefined || cached.asOf < guarded) continue
      let { state } = cached
      entries.forEach((entry, index) => {
        const position = firstPosition + index
        if (position > cached.asOf && entry.subjects.includes(subject)) {
          state = foldEntry(state, subject, entry, position)
        }
      })
      this.#keep(subject, { state, asOf: firstPosition + entries.length - 1 })
    }
  }

  /** The cached or folded state, whichever reaches the tail, and the tail's entries on top. */
  #bringUpToDate({ subject, folded, positions, asOf }: SubjectTail): SubjectView {
    const cached = this.#options.cache.get(subject)
    const base = cached !== undefined && cached.asOf >= folded ? cached : this.#foldedView(subject)
    let state: SubjectState = base.state
    for (const position of positions) {
      if (position <= base.asOf) continue
      const entry = this.entry(position)
      if (entry === undefined) throw new Error(`entry ${position} is not in the journal`)
      state = foldEntry(state, subject, entry, position)
    }
    return this.#keep(subject, { state, asOf: Math.max(asOf, base.asOf) })
  }

  #foldedView(subject: Subject): SubjectView {
    const { state, folded } = this.#options.states.state(subject)
    return { state, asOf: folded }
  }

  /** The fresher of this and the cached view; keeps it. */
  #keep(subject: Subject, view: SubjectView): SubjectView {
    const { cache } = this.#options
    const cached = cache.get(subject)
    if (cached !== undefined && cached.asOf > view.asOf) return cached
    cache.set(subject, view)
    return view
  }
}

function foldedPart({ kind, subjects, deltas, reverses }: Entry): FoldedEntry {
  return { kind, subjects, deltas, ...(reverses === undefined ? {} : { reverses }) }
}
