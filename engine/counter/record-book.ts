import { accumulated, type Subject, type SubjectState } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'
import {
  type ImportContent,
  type RecordKind,
  type Records,
  unpackImport,
  unpackRecord,
} from './record-entry.ts'
import type {
  CredentialHolder,
  CredentialKind,
  LiveImports,
  Registered,
  Registry,
} from './registry.ts'

/** What the registry notes beside its records. */
export type Note = 'household' | 'sharersOf' | 'approvalsOf'

const CHANGES_REMEMBERED = 20_000

/**
 * The registered records as of any states: each is what the journal or the last live import says,
 * whichever came later. Nothing here can be stale: a state says at which position its record stands,
 * what stands at a position never changes, and guards hold the states.
 */
export class RecordBook {
  readonly #ledger: Pick<Ledger, 'entry'>
  readonly #registry: Registry
  readonly #changes = new Map<number, Records[RecordKind]>()
  readonly #activations = new Map<number, ImportContent>()
  #live: { readonly position: number; readonly imports: LiveImports } | undefined

  constructor(ledger: Pick<Ledger, 'entry'>, registry: Registry) {
    this.#ledger = ledger
    this.#registry = registry
  }

  /**
   * The record of `kind` and `id`, its version being where the journal put it. `own` is the state of
   * its subject, `registry` that of all imports.
   */
  find<Kind extends RecordKind>(
    kind: Kind,
    id: string,
    own: SubjectState,
    registry: SubjectState,
  ): Records[Kind] | undefined {
    const imported = this.#registry[kind](id, this.liveImports(registry)) as
      | Registered<Records[Kind]>
      | undefined
    if (own.record <= (imported?.since ?? 0)) return imported?.record
    return this.#changed(own.record) as Records[Kind]
  }

  /**
   * Ids of the records that any import or change has ever noted under `of`: members of a household, who
   * shares an account with a person, approvals of a person. `own` is the state of the note's subject.
   */
  everNoted(note: Note, of: string, own: SubjectState, registry: SubjectState): string[] {
    const imported = this.#registry[note](of, this.liveImports(registry))
    return [...new Set([...imported, ...own.accumulators.keys()])]
  }

  /** Who shows the credential now, or showed it last. */
  holderOf(
    kind: CredentialKind,
    value: string,
    registry: SubjectState,
  ): CredentialHolder | undefined {
    // Some readers and some hands write the last sign of an identity number small.
    const read = kind === 'id-card' ? value.toUpperCase() : value
    return this.#registry.holderOf(kind, read, this.liveImports(registry))
  }

  liveImports(registry: SubjectState): LiveImports {
    const position = registry.record
    if (this.#live?.position === position) return this.#live.imports
    const imports = this.#chainFrom(position)
    this.#live = { position, imports }
    return imports
  }

  /** The activations name each other backwards; each is read once. */
  #chainFrom(position: number): LiveImports {
    const positions = new Map<number, number>([[0, 0]])
    let last = 0
    for (let at = position; at !== 0; ) {
      const activation = this.#activation(at)
      last = Math.max(last, activation.importNumber)
      positions.set(activation.importNumber, at)
      at = activation.previous
    }
    return {
      last,
      activatedAt(importNumber) {
        const activatedAt = positions.get(importNumber)
        if (activatedAt === undefined) throw new Error(`import ${importNumber} is not live`)
        return activatedAt
      },
    }
  }

  #activation(position: number): ImportContent {
    const known = this.#activations.get(position)
    if (known !== undefined) return known
    const content = unpackImport(this.#entry(position))
    this.#activations.set(position, content)
    return content
  }

  #changed(position: number): Records[RecordKind] {
    const known = this.#changes.get(position)
    if (known !== undefined) return known
    const { record } = unpackRecord(this.#entry(position))
    const versioned = Object.assign({}, record, { version: position }) as Records[RecordKind]
    if (this.#changes.size >= CHANGES_REMEMBERED) this.#changes.clear()
    this.#changes.set(position, versioned)
    return versioned
  }

  #entry(position: number) {
    const entry = this.#ledger.entry(position)
    if (entry === undefined) throw new Error(`the journal has no entry at ${position}`)
    return entry
  }
}

/** Whether the state of a household already names the person, or of a person's approvals the approval. */
export function isNoted(state: SubjectState, id: string): boolean {
  return accumulated(state, id) > 0
}

export function approvalSubject(approvalId: string): Subject {
  return `approval/${approvalId}`
}

/** Its accumulators are the approvals that changes registered for the person. */
export function approvalsSubject(personId: string): Subject {
  return `approvals/${personId}`
}

/** Its accumulators are the persons that changes put into the household. */
export function householdSubject(householdId: string): Subject {
  return `household/${householdId}`
}

/** Its accumulators are the persons whose changed records share an account with the person. */
export function sharersSubject(personId: string): Subject {
  return `sharers/${personId}`
}
