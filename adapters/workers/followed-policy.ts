import type { Policy } from '../../engine/policy/policy.ts'
import type { PackLibrary } from '../packs/pack-library.ts'
import { type KnownAt, preparePolicy } from '../packs/policy-parts.ts'
import type { PolicyFeed, PreparedPolicy } from './policy-publisher.ts'

interface Ready extends PreparedPolicy {
  readonly policyFrom: (knownAt: KnownAt) => Policy
}

/** The policy in force as a serving thread sees it: compiled here, swapped by the owner's thread. */
export class FollowedPolicy {
  readonly #cell: Int32Array
  readonly #library: PackLibrary
  readonly #ready = new Map<number, Ready>()
  #epoch = 0
  #policy: Policy = { packs: [], catalogues: new Map() }

  private constructor(feed: PolicyFeed, library: PackLibrary) {
    this.#cell = new Int32Array(feed.epoch)
    this.#library = library
  }

  static async open(feed: PolicyFeed, library: PackLibrary): Promise<FollowedPolicy> {
    const followed = new FollowedPolicy(feed, library)
    for (const version of feed.versions) await followed.prepare(version)
    return followed
  }

  /** Resolves when the version can be in force at any moment. */
  async prepare(version: PreparedPolicy): Promise<void> {
    const compile: PackLibrary['compile'] = (source, hash) => this.#library.compile(source, hash)
    const policyFrom = await preparePolicy(version.parts, compile, this.#policy)
    this.#ready.set(version.epoch, { ...version, policyFrom })
  }

  /** One load from shared memory, so that all threads change over at the same moment. */
  get policy(): Policy {
    const epoch = Atomics.load(this.#cell, 0)
    if (epoch !== this.#epoch) this.#swap(epoch)
    return this.#policy
  }

  #swap(epoch: number): void {
    const ready = this.#ready.get(epoch)
    if (ready === undefined) throw new Error(`version ${epoch} of the policy was never prepared`)
    const times = new Float64Array(ready.knownAt)
    const { packs } = ready.parts
    this.#policy = ready.policyFrom(new Map(packs.map(({ source }, at) => [source.id, times[at]!])))
    this.#epoch = epoch
    for (const other of this.#ready.keys()) if (other <= epoch) this.#ready.delete(other)
  }
}
