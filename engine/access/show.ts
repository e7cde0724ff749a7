import type { Refusal } from '../claim/outcomes.ts'
import type { Requester } from '../counter/ports.ts'
import type { ReadKeeper } from './read-keeper.ts'
import { type KindOfData, NOBODY } from './reads.ts'

/**
 * What a route or a transaction shows of persons; each says one. `booking`: what it booked, which is
 * an entry that names its sender; where it is refused, why. `nothing`: nothing of anybody.
 */
export type Shows = KindOfData | 'booking' | 'nothing'

/** Whom an answer is about, and what of theirs it shows where that has an id. */
export interface Seen {
  readonly personId: string
  readonly id?: string
}

/** The persons that an answer is about, as they are met while it is made; each counts once. */
export class Sight {
  readonly #seen = new Map<string, Seen>()
  #isTold = false

  person(personId: string, id?: string): void {
    this.#isTold = true
    this.#seen.set(`${personId}\n${id}`, { personId, ...(id === undefined ? {} : { id }) })
  }

  /** The answer is about nobody after all. */
  nobody(): void {
    this.#isTold = true
  }

  /** Nothing as long as nobody has said it. */
  get seen(): readonly Seen[] | undefined {
    return this.#isTold ? [...this.#seen.values()] : undefined
  }
}

export interface Showing {
  readonly by: Requester
  /** A route, such as `GET /v1/settlements/:settlementId`, or the number of a transaction. */
  readonly way: string
  readonly shows: Shows
  readonly seen: readonly Seen[] | undefined
  readonly accepted: boolean
}

/**
 * Keeps who is shown what, before it is. Quotes, why a claim was refused, and tries that found nobody
 * are noted and are in the journal within a second; of anything else it resolves when it is durable. A refusal: it could
 * not be kept, so that nothing may be shown. Throws when data of a person would be shown and nobody
 * has said whose.
 */
export function keepShown(
  reads: Pick<ReadKeeper, 'keep' | 'note'>,
  { by, way, shows, seen, accepted }: Showing,
): undefined | Promise<Refusal | undefined> {
  if (shows === 'nothing' || (shows === 'booking' && accepted)) return undefined
  if (seen === undefined) {
    if (!accepted) return undefined
    throw new Error(`${way} shows data of a person and does not say whose`)
  }
  const what = shows === 'booking' ? 'refusal' : shows
  const shown = seen.map((one) => ({ by, way, what, ...one }))
  const isNoted = what === 'quote' || what === 'refusal'
  if (!isNoted && seen.some(({ personId }) => personId !== NOBODY)) return reads.keep(shown)
  for (const read of shown) reads.note(read)
  return undefined
}
