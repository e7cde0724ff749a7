import { setTimeout as sleep } from 'node:timers/promises'
import type { Month } from '../../engine/adjudicate/account-credit.ts'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import {
  type CreditRequest,
  type CreditTally,
  NOTHING_YET,
} from '../../engine/counter/credit-accounts.ts'

/** How it stands with the credits of a month. */
export interface CreditStatus extends CreditTally {
  readonly month: Month
  /** `failed`: ended without a result; what was booked by then counts, asked again the rest is. */
  readonly state: 'running' | 'done' | 'failed'
  readonly dryRun: boolean
}

export interface CreditDeskOptions {
  readonly now: () => number
  readonly start: (request: CreditRequest, onProgress: (tally: CreditTally) => void) => CreditRun
  /** Told why a run failed. */
  readonly onFailure: (error: unknown) => void
}

interface CreditRun {
  readonly outcome: Promise<CreditTally>
  stop(): Promise<void>
}

interface Running {
  /** What was asked for, to tell whether somebody asks for the same. */
  readonly asked: string
  readonly month: Month
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** A few persons are done by then; of a whole city the answer says how far it has come. */
const ANSWER_WITHIN_MS = 2_000

/** Where monthly credits are asked for: one run at a time, whose end or progress is the answer. */
export class CreditDesk {
  readonly #options: CreditDeskOptions
  /** The last run of each month since the engine started. */
  readonly #statuses = new Map<Month, CreditStatus>()
  #running: Running | undefined

  constructor(options: CreditDeskOptions) {
    this.#options = options
  }

  async credit(request: CreditRequest): Promise<CreditStatus | Refusal> {
    const { month, dryRun, personIds } = request
    const asked = JSON.stringify([month, dryRun, personIds && [...personIds].sort()])
    if (this.#running !== undefined && this.#running.asked !== asked) {
      return refuse('credits-busy', `The credits of ${this.#running.month} are being booked.`)
    }
    if (month > chinaDate(this.#options.now()).slice(0, 7)) {
      return refuse('invalid-request', `${month} has not begun.`, {
        errors: [{ pointer: '/month', code: 'not-begun', expected: 'a month that has begun' }],
      })
    }
    this.#running ??= this.#start(request, asked)
    await Promise.race([this.#running.ended, sleep(ANSWER_WITHIN_MS, undefined, { ref: false })])
    return this.#statuses.get(month)!
  }

  /** How far the last run of the month has come. */
  status(month: Month): CreditStatus | Refusal {
    const known = this.#statuses.get(month)
    if (known !== undefined) return known
    return refuse('record-not-found', `No credits of ${month} were asked for since the start.`)
  }

  async close(): Promise<void> {
    await this.#running?.stop()
  }

  #start(request: CreditRequest, asked: string): Running {
    const { month, dryRun } = request
    const put = (tally: CreditTally, state: CreditStatus['state']) =>
      this.#statuses.set(month, { month, state, dryRun, ...tally })
    put(NOTHING_YET, 'running')
    const run = this.#options.start(request, (tally) => put(tally, 'running'))
    const ended = run.outcome
      .then(
        (tally) => void put(tally, 'done'),
        (error: unknown) => {
          put(this.#statuses.get(month)!, 'failed')
          this.#options.onFailure(error)
        },
      )
      .finally(() => {
        this.#running = undefined
      })
    return { asked, month, ended, stop: () => run.stop() }
  }
}
