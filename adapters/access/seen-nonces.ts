/** `repeated` when it was noted before, `full` when there is no room. */
export type Noted = 'new' | 'repeated' | 'full'

/** Whoever remembers the nonces of all threads. */
export interface Nonces {
  /** Notes a nonce of `who` until then; both times in ms since 1970. */
  note(who: string, nonce: string, now: number, until: number): Noted | Promise<Noted>
}

/**
 * The nonces of the calls of the last while, so that a call that was overheard cannot be sent again.
 * A call outside the window is refused by its timestamp, so nothing needs to be kept for longer. The
 * memory is bounded: whoever fills it within one window is refused until the oldest have run out.
 */
export class SeenNonces implements Nonces {
  /** Key → when it may be forgotten, ms since 1970; the oldest first. */
  readonly #until = new Map<string, number>()
  readonly #most: number

  constructor(most = 100_000) {
    this.#most = most
  }

  get size(): number {
    return this.#until.size
  }

  note(who: string, nonce: string, now: number, until: number): Noted {
    for (const [key, end] of this.#until) {
      if (end >= now) break
      this.#until.delete(key)
    }
    const key = `${who}\n${nonce}`
    const known = this.#until.get(key)
    if (known !== undefined && known >= now) return 'repeated'
    if (this.#until.size >= this.#most) return 'full'
    this.#until.set(key, until)
    return 'new'
  }
}
