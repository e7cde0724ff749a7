import type { ServerChild } from './children/server-child.ts'
import { ledgerFigures } from './server-figures.ts'

/** The fold keeps up when it folds so much of what is booked meanwhile. */
const SHARE_MIN = 0.95

/** Watches whether folding keeps up with bookings while a server of ours is under load. */
export class FoldWatch {
  readonly #server: ServerChild
  #before: { head: number; folded: number } | undefined
  readonly #shares: number[] = []
  #lagMax = 0

  constructor(server: ServerChild) {
    this.#server = server
  }

  async begin(): Promise<void> {
    this.#before = await ledgerFigures(this.#server)
  }

  /** To be called at the end of the load, before the fold can catch up. */
  async end(): Promise<void> {
    const after = await ledgerFigures(this.#server)
    const before = this.#before ?? after
    this.#before = after
    if (after.head > before.head) {
      this.#shares.push((after.folded - before.folded) / (after.head - before.head))
    }
    this.#lagMax = Math.max(this.#lagMax, after.head - after.folded)
  }

  /** Further figures of the key. */
  get also(): { readonly foldLagEntries: number; readonly foldedShare: number } {
    return {
      foldLagEntries: this.#lagMax,
      foldedShare: Math.round(1000 * Math.min(1, ...this.#shares)) / 1000,
    }
  }

  get marks(): string[] {
    const { foldedShare, foldLagEntries } = this.also
    if (foldedShare >= SHARE_MIN) return []
    const percent = (100 * foldedShare).toFixed(0)
    return [
      `the fold did not keep up: ${percent} % of what was booked, ${foldLagEntries} entries behind`,
    ]
  }
}
