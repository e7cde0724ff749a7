import type { Entry, Subject, SubjectState } from '../ledger/entry.ts'
import type { Guard, Ledger } from '../ledger/ports.ts'
import { unpackEvent, unpackPart } from '../visit/event-form.ts'
import { foldVisit, withSettlements } from '../visit/fold-visit.ts'
import type { LiveSettlement, Visit, VisitEvents } from '../visit/visit.ts'
import { entryAt } from './booked.ts'
import { billIn } from './settlement-record.ts'

/** With more lines and visits, those visits that were not read for longest are forgotten. */
const LINES_REMEMBERED = 120_000

/** Openings that are remembered, twice at most. */
const OPENINGS_REMEMBERED = 20_000

interface Remembered {
  /** The state that the visit is of. */
  readonly version: number
  /** Position of the last event that is in it. */
  readonly record: number
  readonly visit: Visit
}

/** A visit as of now, and the guard under which what is decided on it may be booked. */
export interface VisitRead {
  /** Nothing when the subject was never opened. */
  readonly visit?: Visit
  /** Position of its last event; 0 when there is none. */
  readonly last: number
  readonly guard: Guard
}

/** Whose visit was opened at a position, and where. */
export interface Opening {
  readonly subject: Subject
  readonly personId: string
  readonly institutionId: string
}

/**
 * Visits as of any states of their subjects. Nothing here can be stale: a state says at which
 * position the last event stands, each event names the one before, and what stands at a position
 * never changes.
 */
export class VisitBook {
  readonly #ledger: Pick<Ledger, 'entry' | 'peek' | 'load'>
  /** Those that were read last stand last. */
  readonly #remembered = new Map<Subject, Remembered>()
  readonly #linesMax: number
  #lines = 0
  #openings = new Map<number, Opening>()
  #openingsBefore = new Map<number, Opening>()

  constructor(ledger: Pick<Ledger, 'entry' | 'peek' | 'load'>, linesMax = LINES_REMEMBERED) {
    this.#ledger = ledger
    this.#linesMax = linesMax
  }

  /** What the journal has at that position, if it is the opening of a visit. */
  openingAt(position: number): Opening | undefined {
    const known = this.#openings.get(position)
    if (known !== undefined) return known
    const opening = this.#openingsBefore.get(position) ?? this.#readOpening(position)
    if (opening !== undefined) this.#rememberOpening(position, opening)
    return opening
  }

  /**
   * What was just booked on a visit that was read: the next to ask for the visit need not read the
   * journal. The guard of the read has proved that nothing came between.
   */
  booked({ visit: before }: Pick<VisitRead, 'visit'>, entry: Entry, position: number): void {
    const [subject] = entry.subjects as readonly [Subject]
    const { event } = unpackEvent(entry)
    if (event.type === 'opened') this.#rememberOpening(position, openingIn(subject, event))
    const events = foldVisit(before, subject, event, position)
    const visit = withSettlements(events, before?.settlements ?? [])
    this.#remember(subject, { version: position, record: position, visit })
  }

  async read(subject: Subject): Promise<VisitRead> {
    const { state, asOf } = this.#ledger.peek(subject) ?? (await this.#ledger.load(subject))
    const visit = this.#visit(subject, state)
    const guard = { subject, position: asOf }
    return { last: state.record, guard, ...(visit === undefined ? {} : { visit }) }
  }

  /** The visit as the events before `position` left it: its lines may have been removed since. */
  async before(subject: Subject, position: number): Promise<VisitEvents | undefined> {
    const { state } = this.#ledger.peek(subject) ?? (await this.#ledger.load(subject))
    return this.#events(subject, state.record, undefined, position)
  }

  #visit(subject: Subject, state: SubjectState): Visit | undefined {
    if (state.record === 0) return undefined
    const known = this.#recall(subject)
    if (known?.version === state.version) return known.visit
    // What is remembered may be of a later state than the one that was read.
    const base = known !== undefined && known.version < state.version ? known : undefined
    const events = this.#events(subject, state.record, base)!
    const visit = withSettlements(events, this.#settlements(state.live, base?.visit))
    this.#remember(subject, { version: state.version, record: state.record, visit })
    return visit
  }

  /** The events name each other backwards; those that are not in `base` are folded on it. */
  #events(
    subject: Subject,
    last: number,
    base: Remembered | undefined,
    before = Number.POSITIVE_INFINITY,
  ): VisitEvents | undefined {
    const later: { position: number; event: ReturnType<typeof unpackEvent>['event'] }[] = []
    for (let position = last; position > (base?.record ?? 0); ) {
      const { event, previous } = unpackEvent(entryAt({ ledger: this.#ledger }, position))
      if (position < before) later.push({ position, event })
      position = previous
    }
    let visit: VisitEvents | undefined = base?.visit
    for (const { position, event } of later.reverse()) {
      visit = foldVisit(visit, subject, event, position)
    }
    return visit
  }

  #settlements(live: readonly number[], before: Visit | undefined): LiveSettlement[] {
    return live.map((position) => {
      const known = before?.settlements.find((settlement) => settlement.position === position)
      if (known !== undefined) return known
      const { claim, visit } = billIn(entryAt({ ledger: this.#ledger }, position))
      if (visit === undefined) throw new Error(`settlement ${position} is of no visit`)
      return { position, part: unpackPart(visit), claim }
    })
  }

  #readOpening(position: number): Opening | undefined {
    const entry = this.#ledger.entry(position)
    if (entry?.kind !== 'visit-event') return undefined
    const { event } = unpackEvent(entry)
    return event.type === 'opened' ? openingIn(entry.subjects[0]!, event) : undefined
  }

  #rememberOpening(position: number, opening: Opening): void {
    if (this.#openings.size >= OPENINGS_REMEMBERED) {
      this.#openingsBefore = this.#openings
      this.#openings = new Map()
    }
    this.#openings.set(position, opening)
  }

  #recall(subject: Subject): Remembered | undefined {
    const known = this.#remembered.get(subject)
    if (known !== undefined) this.#putLast(subject, known)
    return known
  }

  #remember(subject: Subject, remembered: Remembered): void {
    const known = this.#remembered.get(subject)
    if (known !== undefined && known.version > remembered.version) return
    this.#lines += sizeOf(remembered) - (known === undefined ? 0 : sizeOf(known))
    this.#putLast(subject, remembered)
    for (const [oldest, forgotten] of this.#remembered) {
      if (this.#lines <= this.#linesMax || oldest === subject) break
      this.#remembered.delete(oldest)
      this.#lines -= sizeOf(forgotten)
    }
  }

  #putLast(subject: Subject, remembered: Remembered): void {
    this.#remembered.delete(subject)
    this.#remembered.set(subject, remembered)
  }
}

function sizeOf({ visit }: Remembered): number {
  return 1 + visit.lines.size
}

function openingIn(subject: Subject, opened: Omit<Opening, 'subject'>): Opening {
  const { personId, institutionId } = opened
  return { subject, personId, institutionId }
}
