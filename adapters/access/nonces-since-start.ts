import type { DatedAhead } from './dated-ahead.ts'
import type { Nonces, Noted, SeenNonces, SignedTimes } from './seen-nonces.ts'

/** The header of a signed request counts in seconds. */
const SECOND_MS = 1_000

/**
 * The nonces that were seen since the start, and what may have been seen before it: all that was dated
 * before it, and what a signer whose clock is ahead has dated no later than something of theirs that
 * was let in.
 */
export class NoncesSinceStart implements Nonces {
  readonly #seen: SeenNonces
  readonly #ahead: DatedAhead
  /**
   * From when on dates are good, ms since 1970: the second after the start, as in its own second
   * something may have been let in before it. Until then nobody should be served.
   */
  readonly since: number

  /** `start`: when `seen` began to remember, ms since 1970. */
  constructor(seen: SeenNonces, ahead: DatedAhead, start: number) {
    this.#seen = seen
    this.#ahead = ahead
    this.since = Math.ceil(start / SECOND_MS) * SECOND_MS
  }

  async note(who: string, nonce: string, times: SignedTimes): Promise<Noted> {
    const { signedAt, now } = times
    if (signedAt < this.since || signedAt <= this.#ahead.before(who)) return 'earlier'
    const noted = this.#seen.note(who, nonce, times)
    if (noted === 'new') await this.#ahead.note(who, signedAt, now)
    return noted
  }
}
