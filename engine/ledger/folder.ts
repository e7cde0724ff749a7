import type { Board } from './board.ts'
import { Folding } from './folding.ts'
import type { JournalStore, LedgerCodec, StateStore } from './ports.ts'
import { sameBytes } from './verify.ts'

/** What the start found: positions of the fold before and after. */
export interface FoldReport {
  /**
   * `replayed`: the fold was behind the journal. `rebuilt`: it was ahead of it, belonged to another
   * journal or was damaged, and was thrown away; somebody should ask why.
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
  /** Entries per transaction. */
  readonly batchMax?: number
}

/** Moves the journal's tail into the folded store, in order, a batch per transaction. */
export class Folder {
  readonly #journal: FolderOptions['journal']
  readonly #states: StateStore
  readonly #codec: LedgerCodec
  readonly #board: Board
  readonly #batchMax: number

  constructor(options: FolderOptions) {
    this.#journal = options.journal
    this.#states = options.states
    this.#codec = options.codec
    this.#board = options.board
    this.#batchMax = options.batchMax ?? 5_000
  }

  /** Compares fold and journal, and brings the fold up to the head. */
  start(): FoldReport {
    const from = this.#states.folded().position
    const belongs = this.#belongs()
    if (!belongs) this.#states.reset()
    const to = this.catchUp()
    if (!belongs) return { action: 'rebuilt', from, to }
    return { action: from === to ? 'none' : 'replayed', from, to }
  }

  /** Folds until nothing is left; returns the folded position. */
  catchUp(): number {
    let folded = this.#states.folded().position
    for (let next = this.step(); next > folded; next = this.step()) folded = next
    return folded
  }

  /** Folds one batch in one transaction; returns the folded position afterwards. */
  step(): number {
    const before = this.#states.folded().position
    const rows = this.#journal.readAfter(before, this.#batchMax)
    const last = rows.at(-1)
    if (last !== undefined) {
      const batch = new Folding(this.#states)
      let expected = before
      for (const row of rows) {
        expected += 1
        if (row.position !== expected) throw new Error(`the journal lacks entry ${expected}`)
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
