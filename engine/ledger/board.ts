import type { Subject } from './entry.ts'
import { slotOf } from './slot.ts'

/** The last position that a cell can hold. Beyond it the ledger stops; it never wraps. */
const POSITION_MAX = 0xffff_ffff

const HEAD = 0
const FOLDED = 1
const WRITABLE = 2
const BUSY_SINCE = 3
/** The slots start on a cache line of their own. */
const SLOTS = 16
const SLOT_COUNT = 2 ** 20

/** Cells (of 4 bytes) that a board needs. */
export const BOARD_CELLS = SLOTS + SLOT_COUNT

/**
 * What all threads of the ledger see without asking: how far the journal and the fold have come,
 * and for each hash slot of subjects the last position that touched it. Two subjects may share a
 * slot; then one looks touched when only the other was, which costs a look-up and nothing else.
 *
 * One setter per cell: the writer sets head, writable and slots (before it acknowledges), its thread
 * sets busySince, the folding side sets folded (after its commit).
 */
export class Board {
  readonly #cells: Int32Array

  /** `cells` are over shared memory when several threads take part; zero-filled at first. */
  constructor(cells: Int32Array = new Int32Array(BOARD_CELLS)) {
    if (cells.length !== BOARD_CELLS) throw new RangeError(`a board has ${BOARD_CELLS} cells`)
    this.#cells = cells
  }

  /** The last durable position. */
  get head(): number {
    return this.#get(HEAD)
  }

  set head(position: number) {
    this.#set(HEAD, position)
  }

  /** The last position that the folded store covers. */
  get folded(): number {
    return this.#get(FOLDED)
  }

  set folded(position: number) {
    this.#set(FOLDED, position)
  }

  get writable(): boolean {
    return this.#get(WRITABLE) === 1
  }

  set writable(writable: boolean) {
    this.#set(WRITABLE, writable ? 1 : 0)
  }

  /**
   * Since which second after 1970 the writer has been at the batch that it is at, 0 when it is at none:
   * a disk that does not answer holds it there, and no error tells of it.
   */
  get busySince(): number {
    return this.#get(BUSY_SINCE)
  }

  set busySince(second: number) {
    this.#set(BUSY_SINCE, second)
  }

  /** At least the last position that names the subject. */
  touched(subject: Subject): number {
    return this.#get(cellOf(subject))
  }

  touch(subject: Subject, position: number): void {
    this.#set(cellOf(subject), position)
  }

  /**
   * At start nobody knows who was touched last, so everyone was touched by the last entry. The
   * writer calls it before it sets head, and nobody reads a slot before that.
   */
  touchAll(position: number): void {
    checkPosition(position)
    // In an empty ledger there is nobody, and all cells together are 4 MB.
    if (position > 0) this.#cells.fill(position | 0, SLOTS)
  }

  #get(cell: number): number {
    return Atomics.load(this.#cells, cell) >>> 0
  }

  #set(cell: number, value: number): void {
    checkPosition(value)
    Atomics.store(this.#cells, cell, value | 0)
  }
}

function checkPosition(value: number): void {
  if (value > POSITION_MAX) throw new RangeError(`position ${value} is beyond ${POSITION_MAX}`)
}

function cellOf(subject: Subject): number {
  return SLOTS + slotOf(subject, SLOT_COUNT)
}
