import { type Access, foldAct } from '../../engine/access/access.ts'
import type { Act } from '../../engine/access/acts.ts'

/** An act that every serving thread knows of before it may be in force. */
export interface AccessChange {
  /** Counts the changes of this run of the engine, from 1. */
  readonly epoch: number
  readonly act: Act
}

/** What a thread needs in order to follow: the cell that names the last change in force, and all so far. */
export interface AccessFeed {
  /** One cell of 4 bytes. */
  readonly epoch: SharedArrayBuffer
  readonly access: Access
  /** The last change that is in `access`. */
  readonly inForce: number
  /** Those that come after it. */
  readonly waiting: readonly AccessChange[]
}

/** Who is let in, as a serving thread sees it: folded here, put in force by the owner's thread. */
export class FollowedAccess {
  readonly #cell: Int32Array
  readonly #epochs: SharedArrayBuffer
  readonly #access: Access
  readonly #waiting: AccessChange[]
  #inForce: number

  constructor({ epoch, access, inForce, waiting }: AccessFeed) {
    this.#epochs = epoch
    this.#cell = new Int32Array(epoch)
    this.#access = access
    this.#inForce = inForce
    this.#waiting = [...waiting]
  }

  /** From now on the change can be in force at any moment. */
  prepare(change: AccessChange): void {
    this.#waiting.push(change)
  }

  /** One load from shared memory, so that all threads change over at the same moment. */
  get access(): Access {
    const epoch = Atomics.load(this.#cell, 0)
    while (this.#inForce !== epoch) {
      const next = this.#waiting.shift()
      if (next === undefined) throw new Error(`change ${epoch} of the keys was never prepared`)
      foldAct(this.#access, next.act)
      this.#inForce = next.epoch
    }
    return this.#access
  }

  /** For a thread that starts now; to be copied at once. */
  get feed(): AccessFeed {
    const { access } = this
    return { epoch: this.#epochs, access, inForce: this.#inForce, waiting: this.#waiting }
  }
}
