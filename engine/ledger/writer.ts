import type { Board } from './board.ts'
import type { MessageKey, Row } from './entry.ts'
import type { FoldedNotice, Reply, ShedReason, SubjectTail, WriterRequest } from './messages.ts'
import type { Guard, Hash, JournalStore, StateReader } from './ports.ts'
import { UnfoldedTail } from './unfolded-tail.ts'

/** A message and who sent it; replies go back under the same number. */
export interface Incoming {
  readonly client: number
  readonly message: WriterRequest | FoldedNotice
}

export interface WriterOptions {
  readonly journal: JournalStore
  /** Must cover the journal's head when the writer is made: the tail is replayed before. */
  readonly states: StateReader
  readonly board: Board
  readonly hash: Hash
  /** Entries that may wait for the fold before appends are shed. */
  readonly foldLagMax?: number
  /** Entries that one commit may hold before further appends are shed. */
  readonly batchMax?: number
}

type Append = Extract<WriterRequest, { kind: 'append' }>
type Answer = { readonly client: number; readonly reply: () => Reply }

/**
 * The only one that appends. A message-driven state machine: `process` takes what has arrived,
 * decides each in order (key, then guards, then append), makes one durable commit of all that was
 * accepted, and only then returns replies. A blocked message needs no step of its own: a tombstone
 * consumes the key of what it blocks.
 *
 * When a commit fails, nobody can know whether it is durable: everything in it and after it is
 * answered as unknown, `failure` is set, and the process must end. A commit is never repeated.
 */
export class LedgerWriter {
  readonly #journal: JournalStore
  readonly #states: StateReader
  readonly #board: Board
  readonly #hash: Hash
  readonly #foldLagMax: number
  readonly #batchMax: number
  readonly #tail: UnfoldedTail
  #head: number
  #headHash: Uint8Array
  #batch: Row[] = []
  #awaitingFold: { client: number; id: number; position: number }[] = []
  #stopping = false
  #failure: unknown

  constructor(options: WriterOptions) {
    this.#journal = options.journal
    this.#states = options.states
    this.#board = options.board
    this.#hash = options.hash
    this.#foldLagMax = options.foldLagMax ?? 200_000
    this.#batchMax = options.batchMax ?? 10_000
    const head = this.#journal.head()
    const folded = this.#states.folded().position
    if (folded !== head.position) {
      throw new Error(`the fold stands at ${folded}, the journal at ${head.position}`)
    }
    this.#head = head.position
    this.#headHash = head.hash
    this.#tail = new UnfoldedTail(folded)
    this.#board.touchAll(head.position)
    this.#board.head = head.position
    this.#board.writable = true
  }

  /** The last durable position. */
  get head(): number {
    return this.#head
  }

  /** Why the writer accepts nothing any more; nothing while it is sound. */
  get failure(): unknown {
    return this.#failure
  }

  /** From now on appends are shed; what is known is still answered. */
  stop(): void {
    this.#stopping = true
    this.#board.writable = false
  }

  /** Replies by client, in the order of the requests. All of them may leave. */
  process(incoming: readonly Incoming[]): Map<number, Reply[]> {
    if (this.#failure !== undefined) return unknownFor(incoming)
    try {
      const answers: Answer[] = []
      for (const { client, message } of incoming) this.#take(client, message, answers)
      this.#commit()
      this.#answerReached(answers)
      return collect(answers)
    } catch (error) {
      this.#failure = error ?? new Error('the commit failed')
      this.#board.writable = false
      return unknownFor(incoming)
    }
  }

  #take(client: number, message: WriterRequest | FoldedNotice, answers: Answer[]): void {
    switch (message.kind) {
      case 'append':
        answers.push({ client, reply: this.#append(message) })
        break
      case 'find-key': {
        const { id, key } = message
        const position = this.#positionOf(key) ?? 0
        answers.push({ client, reply: () => ({ kind: 'key', id, position }) })
        break
      }
      case 'fetch': {
        const { id, subject } = message
        // The tail is read after the commit, so that it is complete up to the new head.
        answers.push({
          client,
          reply: () => ({ kind: 'fetched', id, tail: this.#tailOf(subject) }),
        })
        break
      }
      case 'await-fold':
        this.#awaitingFold.push({ client, id: message.id, position: message.position })
        break
      case 'folded':
        this.#tail.dropUpTo(message.position)
        break
    }
  }

  /** Decides an append; the reply is made after the commit. */
  #append({ id, entries, guards }: Append): () => Reply {
    for (const { keys } of entries) {
      for (const key of keys) {
        const position = this.#positionOf(key)
        if (position !== undefined) return () => ({ kind: 'known', id, key, position })
      }
    }
    // A refusal may leave only once its keys are known to be unused: hence not before.
    const reason = this.#shedReason(entries.length)
    if (reason !== undefined) return () => ({ kind: 'shed', id, reason })
    const moved = guards.filter((guard) => !this.#holds(guard))
    if (moved.length > 0) {
      return () => ({
        kind: 'moved',
        id,
        tails: moved.map(({ subject }) => this.#tailOf(subject)),
      })
    }
    const firstPosition = this.#head + this.#batch.length + 1
    for (const entry of entries) {
      const position = this.#tail.push(entry)
      this.#headHash = this.#hash(this.#headHash, entry.body)
      this.#batch.push({ position, ...entry, hash: this.#headHash })
    }
    return () => ({ kind: 'appended', id, firstPosition })
  }

  /** The batch at hand and the unfolded entries are in the tail; the rest is in the folded store. */
  #positionOf(key: MessageKey): number | undefined {
    return this.#tail.key(key) ?? this.#states.key(key)
  }

  #shedReason(entries: number): ShedReason | undefined {
    if (this.#stopping) return 'stopping'
    const head = this.#head + this.#batch.length
    if (head + entries - this.#tail.folded > this.#foldLagMax) return 'fold-lag'
    // A single request larger than a batch must still be able to pass, alone.
    if (this.#batch.length > 0 && this.#batch.length + entries > this.#batchMax) return 'queue-full'
    return undefined
  }

  #holds({ subject, position }: Guard): boolean {
    const last = this.#tail.last(subject)
    if (last !== undefined) return last <= position
    if (position >= this.#tail.folded) return true
    if (this.#board.touched(subject) <= position) return true
    return this.#states.state(subject).state.version <= position
  }

  #tailOf(subject: string): SubjectTail {
    return {
      subject,
      folded: this.#tail.folded,
      positions: this.#tail.positions(subject),
      asOf: this.#head,
    }
  }

  #commit(): void {
    const rows = this.#batch
    if (rows.length > 0) {
      this.#journal.append(rows)
      this.#batch = []
      this.#head += rows.length
      for (const { subjects, position } of rows) {
        for (const subject of subjects) this.#board.touch(subject, position)
      }
      this.#board.head = this.#head
    }
    const lag = this.#head - this.#tail.folded
    this.#board.writable = !this.#stopping && lag < this.#foldLagMax
  }

  #answerReached(answers: Answer[]): void {
    const folded = this.#tail.folded
    for (const { client, id, position } of this.#awaitingFold) {
      if (position <= folded) answers.push({ client, reply: () => ({ kind: 'fold-reached', id }) })
    }
    this.#awaitingFold = this.#awaitingFold.filter(({ position }) => position > folded)
  }
}

function collect(answers: readonly Answer[]): Map<number, Reply[]> {
  const replies = new Map<number, Reply[]>()
  for (const { client, reply } of answers) {
    const list = replies.get(client)
    if (list === undefined) replies.set(client, [reply()])
    else list.push(reply())
  }
  return replies
}

function unknownFor(incoming: readonly Incoming[]): Map<number, Reply[]> {
  const answers = incoming.flatMap(({ client, message }): Answer[] =>
    message.kind === 'folded'
      ? []
      : [{ client, reply: () => ({ kind: 'unknown', id: message.id }) }],
  )
  return collect(answers)
}
