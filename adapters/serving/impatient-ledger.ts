import type { Patience } from '../../engine/access/read-keeper.ts'
import type { InWork } from '../../engine/counter/in-work.ts'
import type { Entry, MessageKey, Subject } from '../../engine/ledger/entry.ts'
import {
  type AppendRequest,
  type AppendResult,
  type Booking,
  type Ledger,
  type LedgerStatus,
  type SubjectView,
  UnknownOutcomeError,
} from '../../engine/ledger/ports.ts'
import { heldUpSeconds } from './readiness.ts'

/** How often it is looked whether the disk answers, in milliseconds. */
const LOOK_MS = 250

/**
 * The ledger for those who are being served. A disk that does not answer raises no error, and a
 * cashier must not wait for it until the connection is cut: whoever waits is told that the outcome
 * is not known, and nothing more is booked until it answers. What was sent may still be booked,
 * once; the same message again says whether it was, and until that is certain nobody is told that
 * nothing was booked. The engine's own acts wait on, on the ledger itself.
 */
export class ImpatientLedger implements Ledger, Patience {
  readonly #ledger: Ledger
  readonly #inWork: Pick<InWork, 'until'>
  readonly #now: () => number
  readonly #giveUps = new Set<() => void>()
  readonly #looking: NodeJS.Timeout
  /** As of the last look: a settlement is not to pay for one of its own. */
  isHeldUp = false

  /** `now` in milliseconds since 1970. */
  constructor(ledger: Ledger, inWork: Pick<InWork, 'until'>, now: () => number) {
    this.#ledger = ledger
    this.#inWork = inWork
    this.#now = now
    this.#looking = setInterval(() => this.#look(), LOOK_MS).unref()
  }

  peek(subject: Subject): SubjectView | undefined {
    return this.#ledger.peek(subject)
  }

  async load(subject: Subject): Promise<SubjectView> {
    return this.#ledger.peek(subject) ?? this.waited(this.#ledger.load(subject))
  }

  async append(request: AppendRequest): Promise<AppendResult> {
    if (this.isHeldUp) return { outcome: 'shed', reason: 'queue-full' }
    const outcome = this.#ledger.append(request)
    return this.waited(outcome, () => {
      for (const { keys } of request.entries) {
        for (const key of keys) this.#inWork.until(key, outcome)
      }
    })
  }

  async findKey(key: MessageKey): Promise<number | undefined> {
    // Only the writer knows. Whoever asks meanwhile, and again, leaves nothing behind that waits for it.
    if (this.isHeldUp) throw heldUp()
    return this.waited(this.#ledger.findKey(key))
  }

  entry(position: number): Entry | undefined {
    return this.#ledger.entry(position)
  }

  subjects(prefix: string, after: Subject, limit: number): Promise<Subject[]> {
    return this.waited(this.#ledger.subjects(prefix, after, limit))
  }

  bookings(institutionId: string, from: number, until: number): Promise<Booking[]> {
    return this.waited(this.#ledger.bookings(institutionId, from, until))
  }

  inTurn<T>(subjects: readonly Subject[], work: () => Promise<T>): Promise<T> {
    return this.#ledger.inTurn(subjects, work)
  }

  status(): LedgerStatus {
    return this.#ledger.status()
  }

  /** The same, or rejects with `UnknownOutcomeError` once the disk does not answer. */
  waited<T>(outcome: Promise<T>, atGivingUp = () => {}): Promise<T> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        atGivingUp()
        reject(heldUp())
      }
      this.#giveUps.add(giveUp)
      outcome.then(
        (value) => {
          this.#giveUps.delete(giveUp)
          resolve(value)
        },
        (error) => {
          this.#giveUps.delete(giveUp)
          reject(error)
        },
      )
    })
  }

  /** Looks no more; whoever waits, waits on. */
  close(): void {
    clearInterval(this.#looking)
  }

  #look(): void {
    this.isHeldUp = heldUpSeconds(this.#ledger.status(), this.#now()) !== undefined
    if (!this.isHeldUp) return
    for (const giveUp of this.#giveUps) giveUp()
    this.#giveUps.clear()
  }
}

function heldUp(): UnknownOutcomeError {
  return new UnknownOutcomeError('a commit does not come back')
}
