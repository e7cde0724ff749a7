import type { Board } from './board.ts'
import { Folding } from './folding.ts'
import type { Hash, JournalStore, LedgerCodec, StateStore } from './ports.ts'
import { sameBytes } from './verify.ts'

/** What the start found: positions of the fold before and after. */
export interface FoldReport {
  /**
   * `replayed`: the fold was behind the journal. `rebuilt`: it belonged to another journal or was
   * damaged, and was thrown away; somebody should ask why.
   */
  readonly action: 'none' | 'replayed' | 'rebuilt'
  readonly from: number
  readonly to: number
}

export interface FolderOptions {
  readonly journal: Pick<JournalStore, 'head' | 'read' | 'readAfter'>
  readonly states: StateStore
  readonly codec: LedgerCodec
  readonly board: Board
  /** With it a start holds every row that it folds against its hash. */
  readonly hash?: Hash
  /** Entries per transaction. */
  readonly batchMax?: number
}

/** Moves the journal's tail into the folded store, in order, a batch per transaction. */
export class Folder {
  readonly #journal: FolderOptions['journal']
  readonly #states: StateStore
  readonly #codec: LedgerCodec
  readonly #board: Board
  readonly #hash: Hash | undefined
  readonly #batchMax: number

  constructor(options: FolderOptions) {
    this.#journal = options.journal
    this.#states = options.states
    this.#codec = options.codec
    this.#board = options.board
    this.#hash = options.hash
    this.#batchMax = options.batchMax ?? 5_000
  }

  /**
   * Compares fold and journal, and brings the fold up to the head. Throws when a row is not as it was
   * written, or when the fold is ahead: whatever was folded was durable, so the journal has lost it.
   */
  start(): FoldReport {
    const from = this.#states.folded().position
    const head = this.#journal.head().position
    if (from > head) {
      throw new Error(
        `the journal ends at ${head}, and the states were made of ${from} entries: what was acknowledged ` +
          'is missing. Put the journal back with its log, or restore a backup; only whoever goes on without ' +
          'it removes the state file',
      )
    }
    const belongs = this.#belongs()
    if (!belongs) this.#states.reset()
    const to = this.#foldAll(this.#hash)
    if (!belongs) return { action: 'rebuilt', from, to }
    return { action: from === to ? 'none' : 'replayed', from, to }
  }

  /** Folds until nothing is left; returns the folded position. */
  catchUp(): number {
    return this.#foldAll(undefined)
  }

  /** Folds one batch in one transaction; returns the folded position afterwards. */
  step(): number {
    return this.#fold(undefined)
  }

  #foldAll(hash: Hash | undefined): number {
    let folded = this.#states.folded().position
    for (let next = this.#fold(hash); next > folded; next = this.#fold(hash)) folded = next
    return folded
  }

  #fold(hash: Hash | undefined): number {
    const { position: before, hash: hashBefore } = this.#states.folded()
    const rows = this.#journal.readAfter(before, this.#batchMax)
    const last = rows.at(-1)
    if (last !== undefined) {
      const batch = new Folding(this.#states)
      let expected = before
      let chain = hashBefore
      for (const row of rows) {
        expected += 1
        if (row.position !== expected) throw new Error(`the journal lacks entry ${expected}`)
        if (hash !== undefined && !sameBytes(row.hash, hash(chain, row.body))) {
          throw new Error(
            `entry ${expected} of the journal is not as it was written; see \`yizhan verify\`, and restore a backup`,
          )
        }
        chain = row.hash
        // The hashed body speaks, not the columns beside it.
        batch.add(this.#codec.decodeEntry(row.body), row.position)
      }
      batch.apply({ position: last.position, hash: last.hash })
    }
    const after = last?.position ?? before
    this.#board.folded = after
    return after
  }

  /** Whether the fold was made from this very journal. */
  #belongs(): boolean {
    const { position, hash } = this.#states.folded()
    if (position === 0) return true
    const row = this.#journal.read(position)
    return row !== undefined && sameBytes(row.hash, hash)
  }
}
