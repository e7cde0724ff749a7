import type { Answer } from './answer-reader.ts'
import { nowMs } from './clock.ts'
import { Connection } from './connection.ts'
import { Latencies, type Percentiles } from './latencies.ts'
import { ANSWER_TIMEOUT_SECONDS } from './load.ts'
import { startPacer } from './pacer.ts'
import { type RequestsPlan, requestBytes } from './request-bytes.ts'
import { type SendTimes, sendTimes } from './send-times.ts'

/** Open-loop load: requests are sent when they are due, whatever has been answered by then. */
export interface OpenLoopPlan extends SendTimes, RequestsPlan {
  /** Of the server: `http://127.0.0.1:1234`. */
  readonly address: string
  /** Of `seconds`, how many pass before anything counts. */
  readonly warmUpSeconds: number
  /** Opened before the start, and at most. */
  readonly connections: number
  readonly connectionsMax: number
  /** Connections are kept so long without a request; two seconds when absent. */
  readonly idleMs?: number
  /** Uses all connections in turn, so that none falls silent; else whichever was used last. */
  readonly inTurn?: boolean
  /** A regular expression: what it captures in each good answer is noted in `seen`. */
  readonly notes?: string
}

export interface OpenLoopResult {
  /** Due after the warm-up, and what became of them. */
  readonly sent: number
  /** Answered with 2xx. */
  readonly answered: number
  /** The same, the warm-up's as well. */
  readonly answeredInAll: number
  /** By status, or `timeout` and `broken` without an answer. The warm-up's count, too. */
  readonly failed: Readonly<Record<string, number>>
  /** Of each sort the first: its body, or the error. */
  readonly failures: Readonly<Record<string, string>>
  readonly answeredPerSecond: number
  /** Of answers with 2xx and of timeouts, from the instant at which the request was due. */
  readonly latency: Percentiles
  /** The same, for Latencies.pooled. */
  readonly histogram: string
  /** Of answers with 503, from the instant at which the request was due. */
  readonly shedLatency: Percentiles
  /** How many those are, without the warm-up's. */
  readonly shed: number
  /** How much later than due requests were sent, through this program's own fault. */
  readonly lag: Percentiles
  /** Whether the schedule was held; if not, the latencies are the generator's as well. */
  readonly held: boolean
  /** Requests that were due when all connections were busy. */
  readonly waited: number
  readonly seen: readonly Seen[]
}

/** Between which instants of the monotonic clock an answer was made, and what was captured in it. */
export interface Seen {
  readonly from: number
  readonly until: number
  readonly note: string
}

/** One in a hundred requests may be sent so much late. */
const LAG_P99_MS_MAX = 2
const START_MS = 100
/** Servers close connections that say nothing for some seconds, just when one would send. */
const IDLE_MS_MAX = 2_000
const PROGRESS_MS = 1_000
const SHED = 503

export interface OpenLoopProgress {
  readonly sent: number
  readonly answered: number
  readonly failed: number
}

/**
 * Sends the plan's requests and measures each answer from the instant at which its request was due,
 * not from when it could be sent: what a stalled server keeps waiting shows (no coordinated
 * omission). Resolves when everything is answered or timed out.
 */
export function openLoop(
  plan: OpenLoopPlan,
  onProgress?: (progress: OpenLoopProgress) => void,
  chain?: Chain,
): Promise<OpenLoopResult> {
  return new OpenLoop(plan, onProgress, chain).run()
}

/**
 * Instead of the plan's requests: those that are due begin chains, and what follows from an answer is
 * sent at once. Requests that follow are due when they are sent.
 */
export interface Chain {
  first(number: number): Buffer
  /** What follows the answer to the last request of chain `number`; nothing ends it. */
  next(number: number, answer: Answer | Error): Buffer | undefined
}

interface Due {
  readonly at: number
  readonly number: number
  readonly counts: boolean
  /** Of a chain, when it is not its first request. */
  readonly bytes?: Buffer
}

class OpenLoop {
  readonly #plan: OpenLoopPlan
  readonly #address: URL
  readonly #onProgress: ((progress: OpenLoopProgress) => void) | undefined
  readonly #times: Iterator<number>
  readonly #bytesOf: (number: number) => Buffer
  readonly #chain: Chain | undefined
  readonly #latency = new Latencies()
  readonly #shedLatency = new Latencies()
  readonly #lag = new Latencies()
  readonly #failed: Record<string, number> = {}
  readonly #failures: Record<string, string> = {}
  readonly #seen: Seen[] = []
  readonly #notes: RegExp | undefined
  readonly #idle: { readonly connection: Connection; readonly since: number }[] = []
  readonly #queue: Due[] = []
  #connections = 0
  #underWay = 0
  #number = 0
  #next: number | undefined
  #startMs = 0
  #lastAnswerMs = 0
  #sent = 0
  #answered = 0
  #answeredInAll = 0
  #waited = 0
  #finish: () => void = () => undefined

  constructor(
    plan: OpenLoopPlan,
    onProgress: ((progress: OpenLoopProgress) => void) | undefined,
    chain: Chain | undefined,
  ) {
    this.#plan = plan
    this.#address = new URL(plan.address)
    this.#onProgress = onProgress
    this.#times = sendTimes(plan)
    this.#chain = chain
    this.#bytesOf =
      chain === undefined ? requestBytes(plan, this.#address.host) : (number) => chain.first(number)
    this.#notes = plan.notes === undefined ? undefined : new RegExp(plan.notes)
  }

  async run(): Promise<OpenLoopResult> {
    const { connections, connectionsMax, seconds, warmUpSeconds } = this.#plan
    const opened = Math.min(connections, connectionsMax)
    for (let n = 0; n < opened; n++) this.#release(this.#connect())
    this.#startMs = nowMs() + START_MS
    this.#advance()
    const finished = new Promise<void>((resolve) => {
      this.#finish = resolve
    })
    const pacer = startPacer(this.#plan, this.#startMs, () => this.#sendDue())
    const ticking = setInterval(() => this.#progress(), PROGRESS_MS)
    try {
      await finished
    } finally {
      clearInterval(ticking)
      pacer.stop()
      for (const { connection } of this.#idle.splice(0)) connection.destroy(new Error('done'))
    }
    const lasted = this.#lastAnswerMs - (this.#startMs + warmUpSeconds * 1000)
    const lag = this.#lag.percentiles()
    return {
      sent: this.#sent,
      answered: this.#answered,
      answeredInAll: this.#answeredInAll,
      failed: this.#failed,
      failures: this.#failures,
      answeredPerSecond:
        this.#answered / (Math.max(lasted, (seconds - warmUpSeconds) * 1000) / 1000),
      latency: this.#latency.percentiles(),
      histogram: this.#latency.packed(),
      shedLatency: this.#shedLatency.percentiles(),
      shed: this.#shedLatency.count,
      lag,
      held: lag.p99Ms <= LAG_P99_MS_MAX,
      waited: this.#waited,
      seen: this.#seen,
    }
  }

  #advance(): void {
    const { value, done } = this.#times.next()
    this.#next = done === true ? undefined : this.#startMs + value
  }

  #sendDue(): void {
    const now = nowMs()
    const countsFrom = this.#startMs + this.#plan.warmUpSeconds * 1000
    while (this.#next !== undefined && this.#next <= now) {
      const due = { at: this.#next, number: this.#number++, counts: this.#next >= countsFrom }
      if (due.counts) {
        this.#sent += 1
        this.#lag.add(nowMs() - due.at)
      }
      this.#underWay += 1
      const connection = this.#take()
      if (connection === undefined) {
        if (due.counts) this.#waited += 1
        this.#queue.push(due)
      } else this.#send(connection, due)
      this.#advance()
    }
    this.#finishIfDone()
  }

  #send(connection: Connection, due: Due): void {
    const sentAt = nowMs()
    const timer = setTimeout(
      () => connection.destroy(new Error('timeout')),
      ANSWER_TIMEOUT_SECONDS * 1000,
    )
    connection.send(due.bytes ?? this.#bytesOf(due.number), (answer) => {
      clearTimeout(timer)
      this.#note(answer, due, sentAt)
      const bytes = this.#chain?.next(due.number, answer)
      if (bytes === undefined) this.#underWay -= 1
      if (connection.usable) this.#release(connection)
      if (bytes !== undefined) this.#goOn({ ...due, at: nowMs(), bytes })
      this.#finishIfDone()
    })
  }

  #goOn(due: Due): void {
    if (due.counts) this.#sent += 1
    const connection = this.#take()
    if (connection === undefined) this.#queue.push(due)
    else this.#send(connection, due)
  }

  #note(answer: Answer | Error, { at, counts }: Due, sentAt: number): void {
    const now = nowMs()
    this.#lastAnswerMs = now
    const good = !(answer instanceof Error) && answer.status >= 200 && answer.status < 300
    if (!good) this.#noteFailure(answer)
    const timedOut = answer instanceof Error && answer.message === 'timeout'
    if (counts && (good || timedOut)) this.#latency.add(now - at)
    if (good) this.#answeredInAll += 1
    if (counts && good) this.#answered += 1
    if (counts && !(answer instanceof Error) && answer.status === SHED) {
      this.#shedLatency.add(now - at)
    }
    if (this.#notes === undefined || !good) return
    const found = this.#notes.exec(answer.body.toString())
    const note = found === null ? '' : found.slice(1).join(' ')
    this.#seen.push({ from: sentAt, until: now, note })
  }

  #noteFailure(answer: Answer | Error): void {
    const isError = answer instanceof Error
    const timedOut = isError && answer.message === 'timeout'
    const sort = !isError ? String(answer.status) : timedOut ? 'timeout' : 'broken'
    this.#failed[sort] = (this.#failed[sort] ?? 0) + 1
    this.#failures[sort] ??= isError ? answer.message : answer.body.toString().slice(0, 500)
  }

  #connect(): Connection {
    this.#connections += 1
    return new Connection(this.#address, (closed) => {
      this.#connections -= 1
      const at = this.#idle.findIndex(({ connection }) => connection === closed)
      if (at >= 0) this.#idle.splice(at, 1)
      // Whoever waits gets a new one in its place.
      if (this.#queue.length > 0) this.#release(this.#connect())
    })
  }

  #take(): Connection | undefined {
    const { idleMs = IDLE_MS_MAX, inTurn = false } = this.#plan
    const next = () => (inTurn ? this.#idle.shift() : this.#idle.pop())
    for (let found = next(); found !== undefined; found = next()) {
      const { connection, since } = found
      if (connection.usable && nowMs() - since < idleMs) return connection
      connection.destroy(new Error('idle for too long'))
    }
    return this.#connections < this.#plan.connectionsMax ? this.#connect() : undefined
  }

  #release(connection: Connection): void {
    const waiting = this.#queue.shift()
    if (waiting !== undefined) this.#send(connection, waiting)
    else this.#idle.push({ connection, since: nowMs() })
  }

  #finishIfDone(): void {
    if (this.#next === undefined && this.#underWay === 0) this.#finish()
  }

  #progress(): void {
    const failed = Object.values(this.#failed).reduce((sum, count) => sum + count, 0)
    this.#onProgress?.({ sent: this.#sent, answered: this.#answered, failed })
  }
}
