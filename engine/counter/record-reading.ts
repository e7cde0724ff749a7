import { institutionSubject, personSubject } from '../adjudicate/snapshot.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { Guard } from '../ledger/ports.ts'
import type { ApprovalRecord, PersonRecord } from '../registry/records.ts'
import type { CounterPorts } from './ports.ts'
import {
  approvalSubject,
  approvalsSubject,
  householdSubject,
  type Note,
  sharersSubject,
} from './record-book.ts'
import { REGISTRY_SUBJECT, type RecordKind, type Records } from './record-entry.ts'
import type { CredentialHolder, CredentialKind } from './registry.ts'

type ReadingPorts = Pick<CounterPorts, 'ledger' | 'records'>

/** Records as they are now, with a guard for everything that was looked at. */
export class RecordReading {
  readonly #ports: ReadingPorts
  readonly #states = new Map<Subject, SubjectState>()
  readonly #guards: Guard[] = []

  constructor(ports: ReadingPorts) {
    this.#ports = ports
  }

  get guards(): readonly Guard[] {
    return this.#guards
  }

  async state(subject: Subject): Promise<SubjectState> {
    const known = this.#states.get(subject)
    if (known !== undefined) return known
    const { ledger } = this.#ports
    const { state, asOf } = ledger.peek(subject) ?? (await ledger.load(subject))
    this.#states.set(subject, state)
    this.#guards.push({ subject, position: asOf })
    return state
  }

  /** All that was booked of the person. */
  ofPerson(personId: string): Promise<SubjectState> {
    return this.state(personSubject(personId))
  }

  async record<Kind extends RecordKind>(
    kind: Kind,
    id: string,
  ): Promise<Records[Kind] | undefined> {
    const registry = await this.state(REGISTRY_SUBJECT)
    const own = await this.state(subjectOf(kind, id))
    return this.#ports.records.find(kind, id, own, registry)
  }

  /** Whether the record counts as that import brought it: nobody has changed it since. */
  async isAsImported(kind: RecordKind, id: string, importNumber: number): Promise<boolean> {
    const registry = await this.state(REGISTRY_SUBJECT)
    const own = await this.state(subjectOf(kind, id))
    return own.record <= this.#ports.records.liveImports(registry).activatedAt(importNumber)
  }

  /** All that were ever registered for the person, withdrawn ones too. */
  async approvalsOf(personId: string): Promise<ApprovalRecord[]> {
    const own = await this.state(approvalsSubject(personId))
    const approvals = await this.#ofNote('approvalsOf', personId, own, 'approval')
    return approvals.filter((record) => record.personId === personId)
  }

  /** Whose record shares an account with the person, at whatever time. */
  async sharersOf(personId: string): Promise<PersonRecord[]> {
    const own = await this.state(sharersSubject(personId))
    const sharers = await this.#ofNote('sharersOf', personId, own, 'person')
    return sharers.filter(({ accountSharedWith }) =>
      accountSharedWith.some((shared) => shared.personId === personId),
    )
  }

  /** Who is a member of the household. */
  async household(householdId: string): Promise<PersonRecord[]> {
    const own = await this.state(householdSubject(householdId))
    const members = await this.#ofNote('household', householdId, own, 'person')
    return members.filter((record) => record.householdId === householdId)
  }

  /** Who shows the credential or showed it last, if the registry knows it. */
  async holderOf(kind: CredentialKind, value: string): Promise<CredentialHolder | undefined> {
    const registry = await this.state(REGISTRY_SUBJECT)
    return this.#ports.records.holderOf(kind, value, registry)
  }

  /** The records that were ever noted, as they are now: they may say something else meanwhile. */
  async #ofNote<Kind extends RecordKind>(
    note: Note,
    of: string,
    own: SubjectState,
    kind: Kind,
  ): Promise<Records[Kind][]> {
    const registry = await this.state(REGISTRY_SUBJECT)
    const found: Records[Kind][] = []
    for (const id of this.#ports.records.everNoted(note, of, own, registry)) {
      const record = await this.record(kind, id)
      if (record !== undefined) found.push(record)
    }
    return found
  }
}

/** The subject whose state says where the record stands. */
export function subjectOf(kind: RecordKind, id: string): Subject {
  if (kind === 'person') return personSubject(id)
  return kind === 'institution' ? institutionSubject(id) : approvalSubject(id)
}
