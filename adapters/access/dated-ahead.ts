import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncPath } from '../files/write-whole.ts'

/** In the data folder. Of no use to a restored one: it is about the last minutes. */
const FILE = 'dated-ahead.json'
/** So much further than what was let in, so that a clock that is ahead costs a write now and then. */
const MARGIN_MS = 30_000
/** Whoever sent something within so long is written of together with the others. */
const ACTIVE_MS = 300_000

/** What was let in of a signer whose clock is ahead; instants in ms since 1970. */
interface LetIn {
  /** The latest date of all. */
  readonly upTo: number
  /** When the last came, and how far it was ahead. */
  readonly at: number
  readonly aheadMs: number
}

/**
 * Until when requests that were dated ahead of the clock have been let in, by signer. Their nonces are
 * forgotten when the engine stops, and their dates are still to come then: whoever has overheard one
 * could send it again. So it is kept on disk, before the request is let in, how far its signer has
 * come, and what they dated no later than that is refused after the next start.
 */
export class DatedAhead {
  readonly #path: string
  /** As it was at the start: signer → date. */
  readonly #before: ReadonlyMap<string, number>
  /** As it is on disk. */
  #kept: ReadonlyMap<string, number>
  readonly #letIn = new Map<string, LetIn>()
  #writing: Promise<void> = Promise.resolve()
  /** Has not begun: takes along whatever comes until then. */
  #next: Promise<void> | undefined

  constructor(folder: string) {
    this.#path = join(folder, FILE)
    this.#before = read(this.#path)
    this.#kept = this.#before
  }

  /** The date up to which a request of this signer may have been let in before the start; 0 if none. */
  before(who: string): number {
    return this.#before.get(who) ?? 0
  }

  /** A request of `who` is about to be let in; resolves when that may be done. */
  async note(who: string, signedAt: number, now: number): Promise<void> {
    const last = this.#letIn.get(who)
    const upTo = Math.max(signedAt, last?.upTo ?? 0)
    const aheadMs = signedAt - now
    // Of whoever has set their clock right nothing more is written than was.
    if (aheadMs > 0 || last !== undefined) this.#letIn.set(who, { upTo, at: now, aheadMs })
    if (aheadMs <= 0) return
    while ((this.#kept.get(who) ?? 0) < signedAt) await this.#writeSoon(now)
  }

  /** Nothing comes any more. Without the margin nobody has to wait for longer after the next start. */
  async close(now: number): Promise<void> {
    if (this.#kept.size === 0) return
    const dates = new Map(this.#before)
    for (const [who, { upTo }] of this.#letIn) dates.set(who, Math.max(upTo, this.before(who)))
    // Where it fails, what is on disk has the margin, and bars no less.
    await this.#writing.then(() => this.#write(dates, now)).catch(() => {})
  }

  /** One write at a time; all who come during it wait for the one after it together. */
  #writeSoon(now: number): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        this.#writing = this.#write(this.#datesWithMargin(now), now)
        return this.#writing
      })
    return this.#next
  }

  #datesWithMargin(now: number): Map<string, number> {
    const dates = new Map(this.#kept)
    for (const [who, { upTo, at, aheadMs }] of this.#letIn) {
      const isActive = now - at <= ACTIVE_MS
      const date = isActive && aheadMs > 0 ? Math.max(upTo, now + aheadMs) + MARGIN_MS : upTo
      dates.set(who, Math.max(date, dates.get(who) ?? 0))
      if (!isActive && upTo <= now) this.#letIn.delete(who)
    }
    return dates
  }

  /** Dates that have come bar nobody: what was dated so is from before the next start. */
  async #write(dates: ReadonlyMap<string, number>, now: number): Promise<void> {
    const kept = new Map([...dates].filter(([, date]) => date > now))
    const writing = `${this.#path}.writing`
    await writeFile(writing, JSON.stringify(Object.fromEntries(kept)), { mode: 0o600 })
    await syncPath(writing)
    await rename(writing, this.#path)
    await syncPath(dirname(this.#path))
    this.#kept = kept
  }
}

function read(path: string): Map<string, number> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, number>))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
    throw new Error(
      `${path} cannot be read (${(error as Error).message}): remove it and start five minutes later; where institutions sign for a tif gateway, after their longest windowSeconds (1800 when left out)`,
    )
  }
}
