import type { Access } from '../../engine/access/access.ts'
import type { Act } from '../../engine/access/acts.ts'
import { type AccessChange, type AccessFeed, FollowedAccess } from './followed-access.ts'

/**
 * Brings every act that says who is let in to all serving threads, and then puts it in force in all
 * of them at once: the store of one number in shared memory.
 */
export class AccessPublisher {
  readonly #cell = new SharedArrayBuffer(4)
  readonly #followers = new Set<(change: AccessChange) => unknown>()
  readonly #own: FollowedAccess
  #epoch = 0

  constructor(access: Access) {
    this.#own = new FollowedAccess({ epoch: this.#cell, access, inForce: 0, waiting: [] })
  }

  /** Who is let in now, in the owner's thread. */
  get access(): Access {
    return this.#own.access
  }

  /** For a thread that starts now; `follow` brings it what comes later. */
  get feed(): AccessFeed {
    return this.#own.feed
  }

  /** Calls back with every change from now on, until the function that is returned is called. */
  follow(prepare: (change: AccessChange) => Promise<void>): () => void {
    this.#followers.add(prepare)
    return () => this.#followers.delete(prepare)
  }

  /** Resolves when the act is in force in every thread. To be called for one after the other. */
  async publish(act: Act): Promise<void> {
    this.#epoch += 1
    const change = { epoch: this.#epoch, act }
    this.#own.prepare(change)
    // A thread that cannot be told has ended: it lets nobody in.
    await Promise.allSettled([...this.#followers].map((prepare) => prepare(change)))
    Atomics.store(new Int32Array(this.#cell), 0, change.epoch)
  }
}
