import type { Access } from '../../engine/access/access.ts'
import { type Act, actAt, keepAct } from '../../engine/access/acts.ts'
import type { DecidedAct } from '../../engine/access/keys.ts'
import { isRefusal, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { Ledger } from '../../engine/ledger/ports.ts'

export interface AccessDeskOptions {
  readonly ledger: Ledger
  /** Ms since 1970. */
  readonly now: () => number
  /** Who is let in now. */
  readonly access: () => Access
  /** Puts a kept act in force; resolves when it is, in every thread. */
  readonly publish: (act: Act) => Promise<void>
}

/** What is to be done, as things stand when it is its turn; `now` in ms since 1970. */
type Decide = (access: Access, now: number) => DecidedAct | Refusal | undefined

/**
 * Where acts are done that say who is let in, one after the other: each is decided on what all before
 * it have left, kept in the journal, and in force on every thread when the answer is there.
 */
export class AccessDesk {
  readonly #options: AccessDeskOptions
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: AccessDeskOptions) {
    this.#options = options
  }

  get access(): Access {
    return this.#options.access()
  }

  /** Nothing when there was nothing to be done. */
  act(decide: Decide): Promise<Act | Refusal | undefined> {
    const done = this.#last.then(() => this.#act(decide))
    this.#last = done.catch(() => {})
    return done
  }

  async #act(decide: Decide): Promise<Act | Refusal | undefined> {
    const { ledger, publish } = this.#options
    const now = this.#options.now()
    const decided = decide(this.access, now)
    if (decided === undefined || isRefusal(decided)) return decided
    const { seen, ...act } = decided
    const kept = await keepAct(ledger, act, { seen, now })
    if (kept.outcome === 'shed') {
      return refuse('overloaded', 'The ledger takes no entries at the moment; nothing was changed.')
    }
    // Only one process owns the folder, and here one act waits for the other.
    if (kept.outcome === 'moved') throw new Error(`an act on ${act.subject} came from elsewhere`)
    const done = actAt(ledger, kept.position)!
    await publish(done)
    return done
  }
}
