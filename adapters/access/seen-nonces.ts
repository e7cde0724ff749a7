/**
 * `repeated` when it was noted before, `full` when there is no room, `earlier` when it was signed
 * before there was any memory of what had been noted.
 */
export type Noted = 'new' | 'repeated' | 'full' | 'earlier'

/** Instants of a signed call, in ms since 1970. */
export interface SignedTimes {
  /** As the call has it, by the clock of its signer. */
  readonly signedAt: number
  readonly now: number
  /** From then on its time alone has it refused. */
  readonly until: number
}

/** Whoever remembers the nonces of all threads. */
export interface Nonces {
  /** Notes a nonce of `who`. */
  note(who: string, nonce: string, times: SignedTimes): Noted | Promise<Noted>
}

const MINUTE_MS = 60_000
/** What one signer may take of the memory: nobody else is refused on their account. */
const SHARE = 10

/**
 * The nonces of the calls of the last while, so that a call that was overheard cannot be sent again.
 * A call outside the window is refused by its timestamp, so nothing needs to be kept for longer. The
 * memory is bounded, and so is every signer's share: whoever fills theirs within one window is refused
 * until the oldest have run out. What runs out in the same minute is forgotten together.
 */
export class SeenNonces implements Nonces {
  /** The minute in which they run out → signer → nonces. */
  readonly #minutes = new Map<number, Map<string, Set<string>>>()
  /** Signer → how many. */
  readonly #counts = new Map<string, number>()
  readonly #most: number
  readonly #mostOfOne: number
  #size = 0
  /** All minutes before it were forgotten. */
  #minute = 0

  constructor(most = 100_000) {
    this.#most = most
    this.#mostOfOne = Math.ceil(most / SHARE)
  }

  get size(): number {
    return this.#size
  }

  note(who: string, nonce: string, { now, until }: Omit<SignedTimes, 'signedAt'>): Noted {
    this.#forgetBefore(Math.floor(now / MINUTE_MS))
    for (const signers of this.#minutes.values()) {
      if (signers.get(who)?.has(nonce)) return 'repeated'
    }
    const count = this.#counts.get(who) ?? 0
    if (count >= this.#mostOfOne || this.#size >= this.#most) return 'full'
    const minute = Math.floor(until / MINUTE_MS)
    const signers = this.#minutes.get(minute) ?? new Map<string, Set<string>>()
    this.#minutes.set(minute, signers)
    const nonces = signers.get(who) ?? new Set()
    signers.set(who, nonces.add(nonce))
    this.#counts.set(who, count + 1)
    this.#size += 1
    return 'new'
  }

  #forgetBefore(minute: number): void {
    if (minute <= this.#minute) return
    this.#minute = minute
    for (const [end, signers] of this.#minutes) {
      if (end >= minute) continue
      this.#minutes.delete(end)
      for (const [who, { size }] of signers) this.#forget(who, size)
    }
  }

  #forget(who: string, nonces: number): void {
    this.#size -= nonces
    const left = this.#counts.get(who)! - nonces
    if (left === 0) this.#counts.delete(who)
    else this.#counts.set(who, left)
  }
}
