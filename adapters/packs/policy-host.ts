import { activate, type Cause } from '../../engine/counter/activate.ts'
import {
  type Activation,
  activationAt,
  activationsUpTo,
  type InForce,
  type PackInForce,
  POLICY_SUBJECT,
  planRollback,
} from '../../engine/counter/activations.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import { PackLibrary } from './pack-library.ts'
import { type KnownAt, type PolicyParts, preparePolicy } from './policy-parts.ts'
import { type PolicyReader, readHere } from './policy-reader.ts'
import type { FoundPolicy, PolicyFound, PolicyRequest } from './read-policy.ts'
import type { SnapshotFault } from './snapshot.ts'

export interface PolicyHostOptions {
  readonly rulesFolder: string
  /** Holds `catalogue/<id>.csv` and the library of versions. */
  readonly dataFolder: string
  readonly ledger: Ledger
  readonly now: () => number
  /** Reads and checks once the host has started; in the calling thread when absent. */
  readonly reader?: PolicyReader
  /**
   * Told what is about to be put in force, and waited for, so that other threads can prepare it
   * (`preparePolicy`). Nothing is in force yet, and it may still be refused: what is prepared next
   * takes its place. When this rejects the attempt is refused.
   */
  readonly onPrepared?: (parts: PolicyParts) => Promise<void>
  /** Told that what was prepared last is in force, as soon as it is. */
  readonly onSwapped?: (knownAt: KnownAt) => void
  /** Told of every attempt to change the policy. */
  readonly onAttempt?: (attempt: PolicyAttempt) => void
}

/** An attempt to change what is in force. */
export interface PolicyAttempt {
  /** `engine` (at the start), `files` (an edit was noticed), or the officer who asked. */
  readonly by: string
  /** Ms since 1970. */
  readonly at: number
  readonly outcome: 'swapped' | 'unchanged' | 'rolled-back' | 'refused' | 'proposed'
  /** Why it was refused, each a sentence with its place; otherwise empty. */
  readonly errors: readonly string[]
  /** What had to be made from the files again, because what was kept of it was such. */
  readonly built: Readonly<Record<string, SnapshotFault>>
}

export interface PolicyStatus {
  /** Since when this is in force, ms since 1970. */
  readonly since: number
  /** Pack → the version in the rules folder that a rollback keeps out of force. */
  readonly overruled: ReadonlyMap<string, string>
  /** The last attempt, if it was refused. */
  readonly refused?: PolicyAttempt
}

/** Which version is to be restored; see planRollback. */
export interface RollbackRequest {
  readonly pack?: string
  /** The hash of the version, or how it begins. */
  readonly to?: string
}

/** `impossible` where there is no such version; `errors` where it cannot be put in force. */
export type RollbackOutcome =
  | { readonly errors: readonly string[] }
  | { readonly impossible: string }

/** Read, checked and kept by hash, but not in force. */
export interface ReadyPolicy {
  readonly inForce: InForce
  readonly parts: PolicyParts
  readonly built: PolicyAttempt['built']
}

/** Otherwise every error. */
export type PolicyReady = ReadyPolicy | { readonly errors: readonly string[] }

const NOTHING: InForce = { packs: [], catalogues: [] }

/** Holds the policy in force and swaps all of it at once; one attempt at a time. */
export class PolicyHost {
  readonly #options: PolicyHostOptions
  readonly #library: PackLibrary
  /** Until the start is over nobody waits for this thread, and reading here is quickest. */
  #reader: PolicyReader = readHere
  #policy: Policy = { packs: [], catalogues: new Map() }
  #inForce = NOTHING
  #status: PolicyStatus = { since: 0, overruled: new Map() }
  /** Ends when the attempts that were asked for so far have ended. */
  #turn: Promise<unknown> = Promise.resolve()
  /** A reload that has not begun yet: it will read whatever the files hold then. */
  #waiting: Promise<readonly string[]> | undefined

  constructor(options: PolicyHostOptions) {
    this.#options = options
    this.#library = new PackLibrary(options.dataFolder)
  }

  get policy(): Policy {
    return this.#policy
  }

  get status(): PolicyStatus {
    return this.#status
  }

  packByHash(hash: string): Pack | undefined {
    return this.#library.pack(hash)
  }

  /** What is in force, as the journal names it. */
  get inForce(): InForce {
    return this.#inForce
  }

  /**
   * Puts the rules folder in force, less what was rolled back; if it has errors, what was in force
   * last. Returns the errors only when nothing can be put in force.
   */
  start(): Promise<readonly string[]> {
    return this.#start(() => this.#startOnFiles())
  }

  /**
   * Puts in force what was in force last, whatever the rules folder holds; only an engine that never
   * had a version takes that from the folder. Returns the errors for which it could not.
   */
  startOnLast(): Promise<readonly string[]> {
    return this.#start(async () => {
      const last = await this.#lastActivation()
      this.#inForce = last?.inForce ?? NOTHING
      return this.#load('engine', 'start', last?.inForce)
    })
  }

  #start(start: () => Promise<readonly string[]>): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const errors = await start()
      this.#reader = this.#options.reader ?? readHere
      return errors
    })
  }

  async #startOnFiles(): Promise<readonly string[]> {
    const last = await this.#lastActivation()
    this.#inForce = last?.inForce ?? NOTHING
    const errors = await this.#load('engine', 'start')
    if (errors.length === 0 || last === undefined) return errors
    const { refused } = this.#status
    const atFault = await this.#load('engine', 'start', last.inForce)
    if (atFault.length > 0) return [...errors, ...atFault]
    this.#status = { ...this.#status, ...(refused === undefined ? {} : { refused }) }
    return []
  }

  /**
   * Reads and checks all rules and catalogues, keeps them by hash, and puts them in force. With
   * errors nothing changes and they are returned. Whoever asks while a reload waits for its turn
   * shares it.
   */
  reload(by: string): Promise<readonly string[]> {
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = undefined
      return this.#load(by, 'reload')
    })
    return this.#waiting
  }

  /**
   * Restores an earlier version of one pack or of all that the latest change touched. The files
   * stay as they are; what they hold now is not loaded again until they are edited.
   */
  rollback(request: RollbackRequest, by: string): Promise<RollbackOutcome> {
    return this.#inTurn(async () => {
      const planned = await this.planRollback(request)
      if ('impossible' in planned) return planned
      return { errors: await this.#load(by, 'rollback', planned) }
    })
  }

  /** What a rollback would put in force. */
  async planRollback(request: RollbackRequest): Promise<InForce | { readonly impossible: string }> {
    const activations = await this.#activations()
    const plan = planRollback(activations, request)
    if ('impossible' in plan) return plan
    const { packs, ...rest } = activations.at(-1)!.inForce
    return { packs: packs.map((pack) => rolledBack(pack, plan.get(pack.id))), ...rest }
  }

  /** Reads and checks what the files hold, or a kept version, and puts nothing in force. */
  read(by: string, restore?: InForce): Promise<PolicyReady> {
    return this.#inTurn(async () => {
      const ready = await this.#read(restore)
      if ('errors' in ready) this.#refuse(ready.errors, by)
      else this.#status = withoutRefused(this.#status)
      return ready
    })
  }

  /** Puts in force what `read` has read; the errors for which it could not be. */
  putInForce(ready: ReadyPolicy, cause: Omit<Cause, 'now'>): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const errors = await this.#putInForce(ready, cause)
      if (errors.length > 0) this.#refuse(errors, cause.by)
      return errors
    })
  }

  /** Resolves when no attempt is under way. */
  async quiet(): Promise<void> {
    await this.#turn
  }

  async #lastActivation(): Promise<Activation | undefined> {
    const { ledger } = this.#options
    return activationAt(ledger, (await ledger.load(POLICY_SUBJECT)).state.version)
  }

  async #activations(): Promise<Activation[]> {
    const { ledger } = this.#options
    return activationsUpTo(ledger, (await ledger.load(POLICY_SUBJECT)).state.version)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }

  /** Reads the rules folder, or what is to be restored, and puts it in force or refuses it. */
  async #load(
    by: string,
    cause: Activation['cause'],
    restore?: InForce,
  ): Promise<readonly string[]> {
    const ready = await this.#read(restore)
    const errors = 'errors' in ready ? ready.errors : await this.#putInForce(ready, { by, cause })
    if (errors.length > 0) this.#refuse(errors, by)
    return errors
  }

  async #read(restore: InForce | undefined): Promise<PolicyReady> {
    const { rulesFolder, dataFolder } = this.#options
    const found = await this.#find({
      rulesFolder,
      dataFolder,
      inMemory: Object.fromEntries(
        [...this.#policy.catalogues.values()].map(({ id, hash }) => [id, hash]),
      ),
      held: this.#inForce.packs.filter(({ overrules }) => overrules !== undefined),
      ...(restore === undefined ? {} : { restore }),
    })
    if ('errors' in found) return found
    return { inForce: inForceOf(found), parts: this.#partsOf(found), built: builtOf(found) }
  }

  /** A reading that breaks off is refused like a faulty one: what is in force stays. */
  async #find(request: PolicyRequest): Promise<PolicyFound> {
    try {
      return await this.#reader(request)
    } catch (error) {
      return { errors: [`the rules could not be read: ${(error as Error).message}`] }
    }
  }

  /** The errors for which it could not be. */
  async #putInForce(
    { inForce, parts, built }: ReadyPolicy,
    cause: Omit<Cause, 'now'>,
  ): Promise<readonly string[]> {
    const { ledger, now, onPrepared, onSwapped, onAttempt } = this.#options
    const compile: PackLibrary['compile'] = (source, hash) => this.#library.compile(source, hash)
    const policyFrom = await preparePolicy(parts, compile, this.#policy)
    try {
      await onPrepared?.(parts)
    } catch (error) {
      return [`a thread could not take the rules over: ${(error as Error).message}`]
    }
    const at = now()
    const activated = await activate(ledger, inForce, { ...cause, now: at })
    if ('outcome' in activated) {
      const { outcome, reason } = activated
      return [outcome === 'shed' ? `the ledger takes no bookings: ${reason}` : reason]
    }
    // From here on every decision is made on the new version; those that have begun keep theirs.
    this.#policy = policyFrom(activated.knownAt)
    onSwapped?.(activated.knownAt)
    this.#inForce = inForce
    const overruled = inForce.packs.flatMap(({ id, overrules }) =>
      overrules === undefined ? [] : [[id, overrules] as const],
    )
    this.#status = { since: activated.since, overruled: new Map(overruled) }
    const swapped = cause.cause === 'rollback' ? 'rolled-back' : 'swapped'
    const outcome = activated.appended ? swapped : 'unchanged'
    onAttempt?.({ by: cause.by, at, outcome, errors: [], built })
    return []
  }

  /** With the images of the catalogues that have not changed and were not read again. */
  #partsOf({ packs, catalogues, calendar }: FoundPolicy): PolicyParts {
    return {
      packs: packs.map(({ source, hash }) => ({ source, hash })),
      catalogues: catalogues.map(({ id, hash, image }) => ({
        id,
        hash,
        image: image ?? this.#policy.catalogues.get(id)!.image,
      })),
      ...(calendar === undefined ? {} : { calendar }),
    }
  }

  #refuse(errors: readonly string[], by: string): void {
    const refused: PolicyAttempt = {
      by,
      at: this.#options.now(),
      outcome: 'refused',
      errors,
      built: {},
    }
    this.#status = { ...this.#status, refused }
    this.#options.onAttempt?.(refused)
  }
}

function inForceOf({ packs, catalogues, calendar }: FoundPolicy): InForce {
  return {
    packs: packs.map(({ source: { id }, hash, overrules }) => ({
      id,
      hash,
      ...(overrules === undefined ? {} : { overrules }),
    })),
    catalogues: catalogues.map(({ id, hash }) => ({ id, hash })),
    ...(calendar === undefined ? {} : { calendar: calendar.hash }),
  }
}

function withoutRefused({ refused, ...status }: PolicyStatus): PolicyStatus {
  return status
}

function builtOf({ built, catalogues }: FoundPolicy): PolicyAttempt['built'] {
  const made: readonly (readonly [string, SnapshotFault | undefined])[] = [
    ['rules', built],
    ...catalogues.map((one) => [`catalogue ${one.id}`, one.built] as const),
  ]
  return Object.fromEntries(
    made.flatMap(([what, fault]) => (fault === undefined ? [] : [[what, fault]])),
  )
}

/** The pack with the version `to` in force; the folder's version is the one that stays out. */
function rolledBack(pack: PackInForce, to: string | undefined): PackInForce {
  if (to === undefined) return pack
  const { id, hash, overrules = hash } = pack
  return to === overrules ? { id, hash: to } : { id, hash: to, overrules }
}
