import type { Seen } from './load/open-loop.ts'

/** One answer: its note says which versions decided it. */
export type Made = Seen

/** From before a version was asked for until the next one had replaced it. */
interface Window {
  readonly from: number
  until: number
}

/** Which versions were live when, as notes that answers bear. */
export class Versions {
  readonly #windows = new Map<string, Window>()
  #last: Window | undefined

  /** A change to a version never seen before, asked for at `from` and carried out at `until`. */
  changed(note: string, from: number, until: number): void {
    if (this.#windows.has(note)) throw new Error(`the version ${note} comes twice`)
    if (this.#last !== undefined) this.#last.until = until
    this.#last = { from, until: Number.POSITIVE_INFINITY }
    this.#windows.set(note, this.#last)
  }

  /** How many answers name versions that do not belong together, or were not live meanwhile. */
  mixed(made: readonly Made[]): { readonly mixed: number; readonly example?: string } {
    const faults = made.flatMap((answer) => this.#faultOf(answer) ?? [])
    const [example] = faults
    return { mixed: faults.length, ...(example === undefined ? {} : { example }) }
  }

  #faultOf({ note, from, until }: Made): string | undefined {
    const window = this.#windows.get(note)
    if (window === undefined) return `no version is "${note}"`
    if (window.from <= until && from <= window.until) return undefined
    return `the version "${note}" was not live while the answer was made`
  }
}
