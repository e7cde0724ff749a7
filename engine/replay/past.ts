import { type Activation, activationAt, type InForce, OF_THE_PACK } from '../counter/activations.ts'
import { EMPTY_STATE, type Subject, type SubjectState } from '../ledger/entry.ts'
import { foldEntry } from '../ledger/fold.ts'
import type { Catalogue } from '../policy/catalogue.ts'
import type { Pack } from '../policy/compile.ts'
import type { LivePack, Policy } from '../policy/policy.ts'
import type { Missing, Placed, ReplayPorts } from './ports.ts'

/** What names the versions that a decision was made on. */
export interface DecidedOn {
  readonly packId: string
  readonly packHash: string
  readonly catalogueHash: string
}

/**
 * The world as it was at a position of the journal, for whoever walks it from the beginning. The
 * guards of an entry say that nothing named its subjects between the snapshot and the entry: the
 * records as of the entry are those that its decision read.
 */
export class Past {
  readonly #ports: ReplayPorts
  /** Versions that decide in the place of those that did, by the pack's id. */
  readonly #instead: ReadonlyMap<string, Pack>
  readonly #states = new Map<Subject, SubjectState>()
  readonly #activations: Activation[] = []
  readonly #knownAt = new Map<string, number>()
  #last: { readonly of: Activation; readonly policy: Policy | Missing } | undefined

  constructor(ports: ReplayPorts, instead: ReadonlyMap<string, Pack> = new Map()) {
    this.#ports = ports
    this.#instead = instead
  }

  /** Takes note of what an entry puts in force, if anything. */
  follow({ position, entry }: Placed): void {
    if (entry.kind !== 'policy-activation') return
    const activation = activationAt({ entry: () => entry }, position)!
    this.#activations.push(activation)
    for (const version of activation.inForce.packs) {
      const name = versionName(version)
      if (!this.#knownAt.has(name)) this.#knownAt.set(name, activation.at)
    }
  }

  /** Adds the entry to the states of all whom it names or whose accumulators it changes. */
  fold({ position, entry }: Placed): void {
    for (const subject of new Set([...entry.subjects, ...entry.deltas.map((d) => d.subject)])) {
      this.#states.set(subject, foldEntry(this.state(subject), subject, entry, position))
    }
  }

  state(subject: Subject): SubjectState {
    return this.#states.get(subject) ?? EMPTY_STATE
  }

  /**
   * The policy that was in force when a decision was made: the last that had its pack and its
   * catalogue. A newer one may stand before the settlement, put in force while it was written.
   */
  policyOf({ packId, packHash, catalogueHash }: DecidedOn): Policy | Missing {
    const activation = this.#activations.findLast(
      ({ inForce }) =>
        inForce.packs.some(({ id, hash }) => id === packId && hash === packHash) &&
        inForce.catalogues.some(({ hash }) => hash === catalogueHash),
    )
    if (activation === undefined) {
      return { missing: `an activation of ${packId} ${packHash} with its catalogue` }
    }
    if (this.#last?.of !== activation) {
      this.#last = { of: activation, policy: this.#assemble(activation) }
    }
    return this.#last.policy
  }

  /** What the one pack of an entry of the first release calls its catalogue. */
  #catalogueOf({ packs: [version] }: InForce): string {
    return this.#ports.packByHash(version?.hash ?? '')?.catalogueId ?? OF_THE_PACK
  }

  #assemble({ inForce }: Activation): Policy | Missing {
    const ports = this.#ports
    const catalogues = new Map<string, Catalogue>()
    for (const { id: named, hash } of inForce.catalogues) {
      const id = named === OF_THE_PACK ? this.#catalogueOf(inForce) : named
      const catalogue = ports.catalogue(id, hash)
      if (catalogue === undefined) return { missing: `the catalogue ${id} ${hash}` }
      catalogues.set(id, catalogue)
    }
    const calendar = inForce.calendar === undefined ? undefined : ports.calendar(inForce.calendar)
    if (inForce.calendar !== undefined && calendar === undefined) {
      return { missing: `the calendar ${inForce.calendar}` }
    }
    const packs: LivePack[] = []
    for (const version of inForce.packs) {
      const pack = this.#instead.get(version.id) ?? ports.packByHash(version.hash)
      // Other cities' versions are not needed; that of a decision is asked for where it is read.
      if (pack === undefined) continue
      if (!catalogues.has(pack.catalogueId)) {
        return { missing: `the catalogue ${pack.catalogueId}, which was not in force then` }
      }
      const { id, hash } = pack
      packs.push({ pack, knownAt: this.#knownAt.get(versionName({ id, hash })) ?? 0 })
    }
    return { packs, catalogues, ...(calendar === undefined ? {} : { calendar }) }
  }
}

function versionName({ id, hash }: { readonly id: string; readonly hash: string }): string {
  return `${id}/${hash}`
}
