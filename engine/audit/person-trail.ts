import { accountSubject, personSubject } from '../adjudicate/snapshot.ts'
import { settlementId } from '../claim/ids.ts'
import { unpackFiling } from '../counter/filing-form.ts'
import { FILINGS_SUBJECT } from '../counter/filings-of.ts'
import { approvalsSubject } from '../counter/record-book.ts'
import { unpackRecord } from '../counter/record-entry.ts'
import { listSubject } from '../counter/settlement-lists.ts'
import { billIn, unpackSettlement } from '../counter/settlement-record.ts'
import { EMPTY_STATE, type Entry, type Subject, type SubjectState } from '../ledger/entry.ts'
import { foldEntry } from '../ledger/fold.ts'
import type { Pack } from '../policy/compile.ts'
import type { Placed } from '../replay/ports.ts'
import { unpackEvent } from '../visit/event-form.ts'
import { inHospitalSubject } from '../visit/visit.ts'

/** What an entry holds of a person, as plain data. */
export interface Trace {
  readonly position: number
  /** Ms since 1970. */
  readonly bookedAt: number
  readonly kind: Entry['kind']
  /** Who caused it. */
  readonly source: string
  readonly keys: readonly string[]
  readonly reverses?: number
  /** What it added to what the person and their account have. */
  readonly deltas: Entry['deltas']
  /** Absent where the entry is about somebody else, whose claim drew on this person's account. */
  readonly content?: unknown
}

/**
 * Finds, along a walk of the whole journal in its order, every entry that holds something of one
 * person: what names the person or the account, their visits with all that happened to them, filings,
 * approvals, settlements with reversals and lists.
 */
export class PersonTrail {
  readonly #personId: string
  readonly #packByHash: (hash: string) => Pack | undefined
  readonly #subjects: Set<Subject>
  readonly #states = new Map<Subject, SubjectState>()

  constructor(personId: string, packByHash: (hash: string) => Pack | undefined) {
    this.#personId = personId
    this.#packByHash = packByHash
    this.#subjects = new Set([
      ...this.#held,
      inHospitalSubject(personId),
      approvalsSubject(personId),
      `${FILINGS_SUBJECT}/${personId}`,
    ])
  }

  /** What the entries so far have left: of the person and of the account. */
  get states(): ReadonlyMap<Subject, SubjectState> {
    return this.#states
  }

  /** Nothing when the entry holds nothing of the person. */
  follow({ position, entry }: Placed): Trace | undefined {
    const opened = entry.kind === 'visit-event' && this.#isOpening(entry)
    if (!opened && !entry.subjects.some((subject) => this.#subjects.has(subject))) return undefined
    const isTheirs = this.#isTheirs(entry)
    if (isTheirs) this.#learn(entry, position, opened)
    for (const subject of this.#held) {
      if (!entry.subjects.includes(subject)) continue
      const before = this.#states.get(subject) ?? EMPTY_STATE
      this.#states.set(subject, foldEntry(before, subject, entry, position))
    }
    const { kind, bookedAt, source, keys, reverses, deltas } = entry
    return {
      position,
      bookedAt,
      kind,
      source,
      keys: isTheirs ? keys : [],
      ...(reverses === undefined ? {} : { reverses }),
      deltas: deltas.filter(({ subject }) => this.#subjects.has(subject)),
      ...(isTheirs ? { content: this.#contentOf(entry) } : {}),
    }
  }

  get #held(): readonly Subject[] {
    return [personSubject(this.#personId), accountSubject(this.#personId)]
  }

  #isOpening(entry: Entry): boolean {
    const { event } = unpackEvent(entry)
    return event.type === 'opened' && event.personId === this.#personId
  }

  /** A settlement names everybody whose account it draws on. */
  #isTheirs(entry: Entry): boolean {
    if (entry.kind === 'settlement') return billIn(entry).claim.personId === this.#personId
    return entry.kind !== 'reversal' || entry.subjects.includes(personSubject(this.#personId))
  }

  /** What leads on to other entries. */
  #learn(entry: Entry, position: number, opened: boolean): void {
    if (opened) this.#subjects.add(entry.subjects[0]!)
    if (entry.kind === 'settlement') this.#subjects.add(listSubject(settlementId(position)))
    if (entry.kind === 'registry-change') this.#subjects.add(entry.subjects[0]!)
  }

  #contentOf(entry: Entry): unknown {
    switch (entry.kind) {
      case 'settlement':
        return this.#settlement(entry)
      case 'visit-event':
        return unpackEvent(entry).event
      case 'filing':
        return unpackFiling(entry).event
      case 'registry-change': {
        const { previous: _, ...content } = unpackRecord(entry)
        return content
      }
      default:
        return entry.content
    }
  }

  /** Without the trace, which `GET …/explanation` has; the claim alone where its rules are gone. */
  #settlement(entry: Entry): unknown {
    const { claim } = billIn(entry)
    try {
      const { decision, ...rest } = unpackSettlement(entry, this.#packByHash)
      const { trace: _, deltas: __, ...decided } = decision
      return { ...rest, decision: decided }
    } catch {
      return { claim }
    }
  }
}
