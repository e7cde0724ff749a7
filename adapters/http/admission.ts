import type { FastifyRequest } from 'fastify'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import { SharedPlaces } from './shared-places.ts'

export interface AdmissionOptions {
  /** Requests that are in work at once before any is shed. */
  readonly inWorkMax: number
  /** While requests are shed: how long the others may be in work, in milliseconds. */
  readonly shedToMs: number
  /** Told when shedding begins and when it is over. */
  readonly onChange?: (isShedding: boolean) => void
}

/** While requests are shed, at least so many are in work: enough for a commit to be shared. */
const IN_WORK_MIN = 32
/** How often the number is set anew. */
const INTERVAL_MS = 100
/** Nothing shed for so long: it is over. */
const CALM_MS = 1_000

/**
 * What one thread takes on at once, and whose: above it requests are shed, before latency collapses
 * and before anybody has looked at them.
 *
 * A burst is taken as it comes, up to `inWorkMax`; it is soon worked off. When more arrives, the load
 * is above what can be done, and whatever waits in a queue would only be late: from then on no more
 * is taken than is done in `shedToMs`, measured anew all the time, until a second passes in which
 * nothing had to be shed. (CoDel and Little's law: good queues empty, standing ones are cut short.)
 * Senders share the places, see `SharedPlaces`.
 *
 * In work is a request from when its body is complete until its answer is ready: a slow client takes
 * no place, and one that leaves does not give it free while it is worked for. Instants are
 * milliseconds of the monotonic clock.
 */
export class Admission {
  readonly #options: AdmissionOptions
  readonly #places = new SharedPlaces()
  #limit: number
  #isShedding = false
  #shedAt = 0
  #countedFrom = 0
  #done = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.#limit = options.inWorkMax
  }

  /** Whether one more request of the sender would be taken on; if not, it is to be shed. */
  admits(sender: string, now: number): boolean {
    if (this.#isShedding) this.#adapt(now)
    if (this.#places.hasOneFor(sender, this.#limit)) return true
    this.#shed(now)
    return false
  }

  /** Takes a request on, or not. */
  enter(sender: string, now: number): boolean {
    if (!this.admits(sender, now)) return false
    this.#places.take(sender)
    return true
  }

  /** The answer to a request of the sender that was taken on is ready. */
  leave(sender: string): void {
    this.#places.giveBack(sender)
    this.#done += 1
  }

  #shed(now: number): void {
    this.#shedAt = now
    if (this.#isShedding) return
    this.#isShedding = true
    this.#limit = this.#bounded(0)
    this.#count(now)
    this.#options.onChange?.(true)
  }

  #adapt(now: number): void {
    if (now - this.#shedAt >= CALM_MS) {
      this.#isShedding = false
      this.#limit = this.#options.inWorkMax
      this.#options.onChange?.(false)
      return
    }
    const elapsed = now - this.#countedFrom
    if (elapsed < INTERVAL_MS) return
    this.#limit = this.#bounded((this.#done / elapsed) * this.#options.shedToMs)
    this.#count(now)
  }

  #count(from: number): void {
    this.#countedFrom = from
    this.#done = 0
  }

  #bounded(places: number): number {
    return Math.min(this.#options.inWorkMax, Math.max(IN_WORK_MIN, Math.round(places)))
  }
}

/** Says nothing of an earlier attempt under the same id: nobody has looked. */
export const OVERLOADED: Refusal = refuse(
  'overloaded',
  'More arrives than can be worked on; this attempt booked nothing.',
)

/** Takes on a request whose body is complete, for its requester unless another sender is named. */
export function takeOn(
  admission: Admission,
  request: FastifyRequest,
  sender = request.requester.id,
): boolean {
  if (request.inWorkOf !== undefined) return true
  if (!admission.enter(sender, performance.now())) return false
  request.inWorkOf = sender
  return true
}

/** The answer to a request is ready, whether it was taken on or not. */
export function letGo(admission: Admission, request: FastifyRequest): void {
  if (request.inWorkOf === undefined) return
  admission.leave(request.inWorkOf)
  request.inWorkOf = undefined
}
