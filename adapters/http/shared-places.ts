/** How much of what is free one sender may hold: alone, it gets two places of three. */
const GREED = 2

/**
 * Places for work, shared by senders that need not know how many they are. Nobody may hold more than
 * twice what is free. The more others hold, the less one may, so that equal shares come of themselves,
 * and some places are always left for whoever has none: a runaway stops at its own limit, and the
 * others find a place. (The dynamic thresholds of Choudhury and Hahne, 1998.)
 */
export class SharedPlaces {
  readonly #held = new Map<string, number>()
  #taken = 0

  /** How many are taken. */
  get taken(): number {
    return this.#taken
  }

  /** Whether one of so many `places` is free for the sender. */
  hasOneFor(sender: string, places: number): boolean {
    return (this.#held.get(sender) ?? 0) < GREED * (places - this.#taken)
  }

  take(sender: string): void {
    this.#taken += 1
    this.#held.set(sender, (this.#held.get(sender) ?? 0) + 1)
  }

  /** To be called once for each that was taken. */
  giveBack(sender: string): void {
    this.#taken -= 1
    const left = (this.#held.get(sender) ?? 0) - 1
    if (left > 0) this.#held.set(sender, left)
    else this.#held.delete(sender)
  }
}
