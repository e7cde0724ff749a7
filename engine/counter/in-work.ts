import type { MessageKey } from '../ledger/entry.ts'

/**
 * The messages that this acceptor is working on. Whoever asks for one by its id waits for it, so
 * that "nothing was booked" is never said while the booking is under way.
 */
export class InWork {
  readonly #working = new Map<MessageKey, Promise<unknown>>()

  /** Runs `work` as the message's; a second one under the same key begins when the first is done. */
  async run<T>(key: MessageKey, work: () => Promise<T>): Promise<T> {
    // Looking and taking the place happen in one go: two that waited must not both begin.
    while (this.#working.has(key)) await this.done(key)
    const running = work()
    this.#working.set(key, running)
    try {
      return await running
    } finally {
      if (this.#working.get(key) === running) this.#working.delete(key)
    }
  }

  /** Resolves when no work under `key` is under way, however it ended. */
  async done(key: MessageKey): Promise<void> {
    for (;;) {
      const running = this.#working.get(key)
      if (running === undefined) return
      await running.catch(() => undefined)
    }
  }
}
