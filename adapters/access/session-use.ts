/** Memory for the last use of sessions that all threads share, in bytes. */
export const SESSION_USE_BYTES = 16 * 1024

/**
 * When something was last done in each session, on whichever thread. Two sessions may share a cell
 * and then keep each other awake: there are thousands of cells and only a few sessions.
 */
export class SessionUse {
  readonly #seconds: Uint32Array

  constructor(memory: SharedArrayBuffer) {
    this.#seconds = new Uint32Array(memory)
  }

  /** Ms since 1970, to the second; 0 when nothing is known. */
  lastOf(session: number): number {
    return Atomics.load(this.#seconds, session % this.#seconds.length) * 1000
  }

  note(session: number, now: number): void {
    Atomics.store(this.#seconds, session % this.#seconds.length, Math.floor(now / 1000))
  }
}
