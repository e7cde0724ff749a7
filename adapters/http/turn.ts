/**
 * The requests that arrive in one turn of the event loop, worked off step by step: all bodies are
 * read, then all claims decided, then all answers sent. Under load a turn has dozens of them, and a
 * step that is done many times over finds its code and its tables in the caches of the processor,
 * where one request after the other, each from end to end, would find those of another step. What it
 * gained stands in docs/decisions/0007.
 *
 * Work that throws ends the process: whoever gives it catches what may fail.
 */
export class Turn {
  readonly #steps: readonly (() => void)[][] = [[], [], [], []]
  #scheduled = false

  /** Has the body read in its turn. */
  read(work: () => void): void {
    this.#add(READ, work)
  }

  /** Has the claim decided in its turn. */
  decide(work: () => void): void {
    this.#add(DECIDE, work)
  }

  /**
   * Has another message asked about in its turn: after those of this turn have begun, which may have
   * come before the question.
   */
  ask(work: () => void): void {
    this.#add(ASK, work)
  }

  /** Has the answer sent in its turn. */
  send(work: () => void): void {
    this.#add(SEND, work)
  }

  #add(step: number, work: () => void): void {
    this.#steps[step]!.push(work)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(this.#run)
  }

  /** Each step may add to the ones after it; what is added to one before it has the next turn. */
  readonly #run = (): void => {
    for (const works of this.#steps) {
      for (const work of works) work()
      works.length = 0
    }
    this.#scheduled = this.#steps.some((works) => works.length > 0)
    if (this.#scheduled) setImmediate(this.#run)
  }
}

const READ = 0
const DECIDE = 1
const ASK = 2
const SEND = 3
