import type { Subject } from './entry.ts'

/** Lets work that touches the same subject run one after the other, first come, first served. */
export class Turns {
  readonly #last = new Map<Subject, Promise<unknown>>()

  /** Runs `work` when all earlier work on any of the subjects has ended, well or badly. */
  async run<T>(subjects: readonly Subject[], work: () => Promise<T>): Promise<T> {
    const earlier = subjects.map((subject) => this.#last.get(subject))
    // All places are taken in one go, so two that share subjects cannot wait for each other.
    const turn = Promise.all(earlier).then(work)
    const ended = turn.then(nothing, nothing)
    for (const subject of subjects) this.#last.set(subject, ended)
    try {
      return await turn
    } finally {
      for (const subject of subjects) {
        if (this.#last.get(subject) === ended) this.#last.delete(subject)
      }
    }
  }
}

function nothing(): void {}
