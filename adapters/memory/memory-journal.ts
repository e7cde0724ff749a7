import type { Row } from '../../engine/ledger/entry.ts'
import type { JournalStore } from '../../engine/ledger/ports.ts'

/** A journal that lasts as long as the object. */
export class MemoryJournal implements JournalStore {
  readonly #rows: Row[] = []

  head(): { position: number; hash: Uint8Array } {
    const last = this.#rows.at(-1)
    return { position: this.#rows.length, hash: last?.hash ?? new Uint8Array(32) }
  }

  append(rows: readonly Row[]): void {
    const next = this.#rows.length + 1
    rows.forEach((row, index) => {
      if (row.position !== next + index) {
        throw new RangeError(`entry ${row.position} cannot follow entry ${next + index - 1}`)
      }
    })
    for (const row of rows) this.#rows.push(row)
  }

  read(position: number): Row | undefined {
    return this.#rows[position - 1]
  }

  readAfter(position: number, limit: number): Row[] {
    return this.#rows.slice(position, position + limit)
  }

  close(): void {}
}
