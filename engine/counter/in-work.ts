import type { MessageKey } from '../ledger/entry.ts'
import { slotOf } from '../ledger/slot.ts'

/** Slots (of 4 bytes) in which all threads count their messages in work; a power of two. */
export const IN_WORK_SLOTS = 2 ** 16
/** The lower half is of keys, the upper of unread bodies: a message must not wait for its own body. */
const HALF = IN_WORK_SLOTS / 2

/** So long an asker waits: shorter than a silent connection is kept. */
const WAIT_MS = 4_000

/** Over so many slots the unread bodies of one sender are spread. */
const UNREAD_SLOTS = 16

/**
 * The messages that are being worked on. Whoever asks for one by its id waits for it, so that
 * "nothing was booked" is never said while the booking is under way, by whichever thread.
 *
 * This thread's messages are known by key. Those of all threads are counted by hash slot in shared
 * memory; two keys may share a slot, and then one is waited for in the other's place, shortly.
 */
export class InWork {
  readonly #working = new Map<MessageKey, Promise<unknown>>()
  readonly #slots: Int32Array
  #turn = 0

  /** `slots` are over shared memory when several threads serve; zero-filled at first. */
  constructor(slots: Int32Array = new Int32Array(new SharedArrayBuffer(4 * IN_WORK_SLOTS))) {
    if (slots.length !== IN_WORK_SLOTS) throw new RangeError(`there are ${IN_WORK_SLOTS} slots`)
    this.#slots = slots
  }

  /**
   * Runs `work` as the message's; a second one under the same key begins when the first is done.
   * Of two threads both run it, and the ledger's writer books one.
   */
  async run<T>(key: MessageKey, work: () => Promise<T>): Promise<T> {
    // Looking and taking the place happen in one go: two that waited must not both begin.
    while (this.#working.has(key)) await this.#doneHere(key)
    const running = this.#counted(slotOf(key, HALF), work)
    this.#working.set(key, running)
    try {
      return await running
    } finally {
      if (this.#working.get(key) === running) this.#working.delete(key)
    }
  }

  /** Runs `work` on a body that nobody has read yet: it may be any message of its sender. */
  runUnread<T>(sender: string, work: () => Promise<T>): Promise<T> {
    this.#turn = (this.#turn + 1) % UNREAD_SLOTS
    return this.#counted(unreadSlot(sender, this.#turn), work)
  }

  /**
   * Counts the message as in work until `outcome` is there: whoever sent it was told that the outcome is
   * not known, and what was asked of the ledger may still be booked.
   */
  until(key: MessageKey, outcome: Promise<unknown>): void {
    void this.#counted(slotOf(key, HALF), () => outcome.catch(() => undefined))
  }

  /**
   * Resolves when no work under `key` is under way in any thread, however it ended. False when that was not
   * so within `withinMs`.
   */
  async done(key: MessageKey, withinMs = WAIT_MS): Promise<boolean> {
    const until = performance.now() + withinMs
    await this.#doneHere(key)
    return this.#free(slotOf(key, HALF), until)
  }

  /**
   * Resolves when all bodies of `sender` that are unread now, in any thread, have been worked on.
   * Each of their slots has to be free once and not all together: whoever always has some bodies
   * in work does not make the asker wait for ever. False when that was not so within `withinMs`.
   */
  async unreadDone(sender: string, withinMs = WAIT_MS): Promise<boolean> {
    const all = Array.from({ length: UNREAD_SLOTS }, (_, turn) => unreadSlot(sender, turn))
    const busy = all.filter((slot) => Atomics.load(this.#slots, slot) > 0)
    const until = performance.now() + withinMs
    const free = await Promise.all(busy.map((slot) => this.#free(slot, until)))
    return !free.includes(false)
  }

  /** False when it was not free by then. */
  async #free(slot: number, until: number): Promise<boolean> {
    for (;;) {
      const count = Atomics.load(this.#slots, slot)
      if (count === 0) return true
      const left = until - performance.now()
      if (left <= 0) return false
      await Atomics.waitAsync(this.#slots, slot, count, left).value
    }
  }

  async #counted<T>(slot: number, work: () => Promise<T>): Promise<T> {
    Atomics.add(this.#slots, slot, 1)
    try {
      return await work()
    } finally {
      Atomics.sub(this.#slots, slot, 1)
      Atomics.notify(this.#slots, slot)
    }
  }

  async #doneHere(key: MessageKey): Promise<void> {
    for (;;) {
      const running = this.#working.get(key)
      if (running === undefined) return
      await running.catch(() => undefined)
    }
  }
}

function unreadSlot(sender: string, turn: number): number {
  return HALF + ((slotOf(`${sender}/unread`, HALF) + turn) % HALF)
}
