import type { PolicyParts } from '../packs/policy-parts.ts'

/** A version of the policy that every serving thread has ready before it may be in force. */
export interface PreparedPolicy {
  /** Counts the versions of this run of the engine, from 1. */
  readonly epoch: number
  readonly parts: PolicyParts
  /** When the engine learned each pack, ms since 1970, in the order of the packs; set before the swap. */
  readonly knownAt: SharedArrayBuffer
}

/** What a thread needs in order to follow: the cell that names the epoch, and the versions so far. */
export interface PolicyFeed {
  /** One cell of 4 bytes. */
  readonly epoch: SharedArrayBuffer
  readonly versions: readonly PreparedPolicy[]
}

/**
 * Brings every version of the policy to all serving threads before it is in force, and then puts it
 * in force in all of them at once: the swap is the store of one number in shared memory.
 */
export class PolicyPublisher {
  readonly #cell = new SharedArrayBuffer(4)
  readonly #followers = new Set<(version: PreparedPolicy) => Promise<void>>()
  #current: PreparedPolicy | undefined
  #next: PreparedPolicy | undefined
  #epoch = 0

  /** For a thread that starts now; `follow` brings it what comes later. */
  get feed(): PolicyFeed {
    const versions = [this.#current, this.#next].filter((version) => version !== undefined)
    return { epoch: this.#cell, versions }
  }

  /** Calls back with every version from now on, until the function that is returned is called. */
  follow(prepare: (version: PreparedPolicy) => Promise<void>): () => void {
    this.#followers.add(prepare)
    return () => this.#followers.delete(prepare)
  }

  /** Resolves when every thread has the version at hand. */
  async prepare(parts: PolicyParts): Promise<void> {
    this.#epoch += 1
    const knownAt = new SharedArrayBuffer(8 * parts.packs.length)
    const version = { epoch: this.#epoch, parts, knownAt }
    this.#next = version
    await Promise.all([...this.#followers].map((prepare) => prepare(version)))
  }

  /** Puts what was prepared last in force; `knownAt` by the id of the pack, ms since 1970. */
  swap(knownAt: ReadonlyMap<string, number>): void {
    const version = this.#next!
    const times = new Float64Array(version.knownAt)
    version.parts.packs.forEach(({ source }, index) => {
      times[index] = knownAt.get(source.id)!
    })
    Atomics.store(new Int32Array(this.#cell), 0, version.epoch)
    this.#current = version
    this.#next = undefined
  }
}
