import { chinaDate, endOfDay } from '../calendar/china-time.ts'
import { DAY_MS } from '../calendar/civil-days.ts'
import type { CivilDate } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entry } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import { type Ledger, UnknownOutcomeError } from '../ledger/ports.ts'
import { type KeptRead, packReads, type Read, readsSubject } from './reads.ts'

/** A read that is happening. */
type NewRead = Omit<Read, 'at'>

/** For whom to give up waiting when the disk does not answer. */
export interface Patience {
  readonly isHeldUp: boolean
  /** The same, or rejects with `UnknownOutcomeError`. */
  waited<T>(outcome: Promise<T>): Promise<T>
}

export interface ReadKeeperOptions {
  readonly ledger: Pick<Ledger, 'load' | 'append'>
  /** No other thread of the engine has the same number: it alone appends to its subjects. */
  readonly thread: number
  /** Ms since 1970. */
  readonly now: () => number
  /** Runs the task within a second. */
  readonly soon: (task: () => void) => void
  /** Of whoever is to be shown something; without it they wait as long as it takes. */
  readonly patience?: Patience
  /** A fault of ours: reads could not be kept, and will be tried again. */
  readonly onFault: (error: unknown) => void
}

/**
 * More reads than these, of one thread, do not wait for their second: they would grow old on the
 * heap, and a large entry would hold up whoever is served meanwhile.
 */
const NOTED_MAX = 100

const OVERLOADED = refuse(
  'overloaded',
  'The journal cannot keep at the moment who was shown what, so that nothing is shown.',
)
const STOPPING = refuse('stopping', 'The engine is stopping; nothing is shown any more.')

function unshown(error: unknown): Refusal {
  if (error instanceof UnknownOutcomeError) return OVERLOADED
  throw error
}

interface Waiting {
  readonly reads: readonly Read[]
  readonly settle: (refusal: Refusal | undefined) => void
  readonly fail: (error: unknown) => void
}

/**
 * Keeps in the journal who was shown what of a person, for one thread that serves. Whatever comes up
 * while one entry is on its way goes together into the next, so that a read costs a share of an entry.
 *
 * What was noted is in the journal within a second: a process that is killed may lose the notes of
 * its last one. While the journal takes none, `refusal` says so, and nothing may be shown.
 */
export class ReadKeeper {
  readonly #options: ReadKeeperOptions
  #noted = new Gathered()
  #waiting: Waiting[] = []
  #isDue = false
  #isPlanned = false
  #running: Promise<void> | undefined
  #refusal: Refusal | undefined

  constructor(options: ReadKeeperOptions) {
    this.#options = options
  }

  /** Why nothing may be shown now on a note alone; nothing as a rule. */
  get refusal(): Refusal | undefined {
    return this.#refusal
  }

  /** Resolves when the reads are durable, or says why they could not be kept: show nothing then. */
  keep(reads: readonly NewRead[]): Promise<Refusal | undefined> {
    if (reads.length === 0) return Promise.resolve(undefined)
    const { now, patience } = this.#options
    // Nothing is shown, so that there is nothing to keep.
    if (patience?.isHeldUp === true) return Promise.resolve(OVERLOADED)
    const at = now()
    const kept = new Promise<Refusal | undefined>((settle, fail) => {
      this.#waiting.push({ reads: reads.map((read) => ({ at, ...read })), settle, fail })
      void this.#run()
    })
    return patience === undefined ? kept : patience.waited(kept).catch(unshown)
  }

  /** Keeps the read within a second. To be asked for `refusal` before. */
  note(read: NewRead): void {
    this.#noted.add({ at: this.#options.now(), ...read }, 1)
    if (this.#noted.size >= NOTED_MAX && this.#refusal === undefined) {
      this.#isDue = true
      void this.#run()
    } else {
      this.#plan()
    }
  }

  /** Keeps what was noted, now. */
  async close(): Promise<void> {
    await this.#running
    if (this.#noted.size === 0) return
    this.#isDue = true
    await this.#run()
  }

  #plan(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    this.#options.soon(() => {
      this.#isPlanned = false
      this.#isDue = this.#noted.size > 0
      void this.#run()
    })
  }

  #run(): Promise<void> {
    this.#running ??= this.#keepAll()
    return this.#running
  }

  async #keepAll(): Promise<void> {
    // What is asked for in one turn goes together from the first entry on.
    await undefined
    while (this.#waiting.length > 0 || this.#isDue) {
      const noted = this.#noted
      const waiting = this.#waiting
      this.#noted = new Gathered()
      this.#waiting = []
      this.#isDue = false
      try {
        this.#refusal = await this.#append(noted.with(waiting.flatMap(({ reads }) => reads)))
        if (this.#refusal !== undefined) this.#noteAgain(noted)
        for (const { settle } of waiting) settle(this.#refusal)
      } catch (error) {
        this.#refusal = OVERLOADED
        this.#noteAgain(noted)
        for (const { fail } of waiting) fail(error)
        this.#options.onFault(error)
      }
    }
    // At once, and not when the promise has settled: whoever comes in between starts the next run.
    this.#running = undefined
  }

  #noteAgain(noted: Gathered): void {
    for (const read of noted.reads()) this.#noted.add(read, read.times)
    this.#plan()
  }

  async #append(gathered: Gathered): Promise<Refusal | undefined> {
    const { ledger, thread, now } = this.#options
    for (;;) {
      const bookedAt = now()
      const entries: Entry[] = []
      const guards = []
      for (const [day, groups] of gathered.days) {
        const subject = readsSubject(day, thread)
        const { state, asOf } = await ledger.load(subject)
        guards.push({ subject, position: asOf })
        const content = packReads(readsIn(groups), state.record)
        entries.push(ownEntry({ kind: 'data-read', bookedAt, subjects: [subject], content }))
      }
      const result = await ledger.append({ entries, guards })
      if (result.outcome === 'appended') return undefined
      if (result.outcome === 'shed') return result.reason === 'stopping' ? STOPPING : OVERLOADED
    }
  }
}

/**
 * Reads by their day in China, who asked and how, each with how often it came. Quotes pass here one
 * by one: a look-up takes strings as they are, and makes none.
 */
class Gathered {
  readonly days = new Map<CivilDate, Groups>()
  size = 0
  #groups: Groups = new Map()
  #dayEnds = Number.NEGATIVE_INFINITY
  #dayBegins = Number.POSITIVE_INFINITY

  add(read: Read, times: number): void {
    const { personId, id } = read
    const { rows } = this.#groupOf(read)
    const key = id === undefined ? personId : `${personId}\n${id}`
    const known = rows.get(key)
    if (known !== undefined) {
      known.times += times
      return
    }
    rows.set(key, { times, ...read })
    this.size += 1
  }

  /** These and others. */
  with(others: readonly Read[]): Gathered {
    if (others.length === 0) return this
    const all = new Gathered()
    for (const read of this.reads()) all.add(read, read.times)
    for (const read of others) all.add(read, 1)
    return all
  }

  *reads(): Generator<KeptRead> {
    for (const groups of this.days.values()) yield* readsIn(groups)
  }

  #groupOf({ at, by, way, what }: Read): Group {
    const groups = this.#groupsOf(at)
    const ofAsker = groups.get(by.id) ?? []
    const known = ofAsker.find(
      (group) => group.way === way && group.what === what && group.role === by.role,
    )
    if (known !== undefined) return known
    const group: Group = { role: by.role, way, what, rows: new Map() }
    groups.set(by.id, [...ofAsker, group])
    return group
  }

  #groupsOf(at: number): Groups {
    if (at < this.#dayBegins || at >= this.#dayEnds) {
      const day = chinaDate(at)
      this.#dayEnds = endOfDay(at)
      this.#dayBegins = this.#dayEnds - DAY_MS
      this.#groups = this.days.get(day) ?? new Map()
      this.days.set(day, this.#groups)
    }
    return this.#groups
  }
}

/** Who asked → the ways in which they did. */
type Groups = Map<string, readonly Group[]>

interface Group extends Pick<Read, 'way' | 'what'> {
  readonly role: Read['by']['role']
  readonly rows: Map<string, KeptRead & { times: number }>
}

function* readsIn(groups: Groups): Generator<KeptRead> {
  for (const ofAsker of groups.values()) {
    for (const { rows } of ofAsker) yield* rows.values()
  }
}
