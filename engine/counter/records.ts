import { personSubject } from '../adjudicate/snapshot.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Delta, Entry, Subject } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import {
  checkApproval,
  checkInstitution,
  checkPerson,
  type RecordFault,
} from '../registry/check-record.ts'
import { unequalGrades } from '../registry/household.ts'
import type { ApprovalRecord, PersonRecord } from '../registry/records.ts'
import { shed } from './booked.ts'
import type { CounterPorts, Requester } from './ports.ts'
import { approvalsSubject, householdSubject, isNoted, sharersSubject } from './record-book.ts'
import { changeNoted } from './record-changes.ts'
import { packRecord, type RecordKind, type Records, unpackRecord } from './record-entry.ts'
import { RecordReading, subjectOf } from './record-reading.ts'

/** A record as it is registered now. */
export interface Changed<Kind extends RecordKind> {
  readonly record: Records[Kind]
  /** Whether it was not registered before. */
  readonly created: boolean
}

type Ports = Pick<CounterPorts, 'ledger' | 'records' | 'now'>

/** The record that counts now, or a 404. */
export async function findRecord<Kind extends RecordKind>(
  ports: Ports,
  kind: Kind,
  id: string,
): Promise<Records[Kind] | Refusal> {
  const record = await new RecordReading(ports).record(kind, id)
  if (record !== undefined) return record
  return kind === 'person'
    ? refuse('person-not-found', 'No such person is registered.')
    : refuse('record-not-found', `There is no such ${kind}.`)
}

/** Who is in the household now. */
export function membersOf(ports: Ports, householdId: string): Promise<PersonRecord[]> {
  return new RecordReading(ports).household(householdId)
}

/**
 * Registers a whole record in the place of the version that it names (0: it is new). The same change
 * sent again, after its answer was lost, is answered as the first time; any other change of an older
 * version is `record-moved`. What is decided meanwhile on the old record is decided again.
 */
export async function changeRecord<Kind extends RecordKind>(
  ports: Ports,
  requester: Requester,
  kind: Kind,
  record: Records[Kind],
): Promise<Changed<Kind> | Refusal> {
  const faults = checkAlone(kind, record)
  if (faults.length > 0) return invalidRecord(faults)
  for (;;) {
    const reading = new RecordReading(ports)
    const id = idOf(kind, record)
    const now = await reading.record(kind, id)
    if (now !== undefined && isRepeated(ports, now, record)) return { record: now, created: false }
    const version = now?.version ?? 0
    if (record.version !== version) {
      return refuse('record-moved', `The record is at version ${version}, not ${record.version}.`, {
        errors: [{ pointer: '/version', code: 'moved' }],
        more: { version },
      })
    }
    const prepared = await changeEntry(ports, reading, requester, kind, now, record)
    if (isRefusal(prepared)) return prepared
    const result = await ports.ledger.append({ entries: [prepared], guards: reading.guards })
    if (result.outcome === 'appended') {
      return { record: { ...record, version: result.firstPosition }, created: now === undefined }
    }
    if (result.outcome === 'shed') return shed(result)
    if (result.outcome === 'known') throw new Error('an entry without keys cannot be known')
  }
}

/**
 * The entry that puts a record in the place of `now`, to be appended under the guards of `reading`;
 * refused if it contradicts itself or another record.
 */
export async function changeEntry<Kind extends RecordKind>(
  ports: Pick<Ports, 'now'>,
  reading: RecordReading,
  requester: Requester,
  kind: Kind,
  now: Records[Kind] | undefined,
  record: Records[Kind],
): Promise<Entry | Refusal> {
  const alone = checkAlone(kind, record)
  if (alone.length > 0) return invalidRecord(alone)
  const among = await checkAmongOthers(reading, kind, now, record)
  if (among.faults.length > 0) return invalidRecord(among.faults)
  const bookedAt = ports.now()
  const subject = subjectOf(kind, idOf(kind, record))
  const noted = changeNoted(subject, bookedAt)
  const { record: previous } = await reading.state(subject)
  return ownEntry({
    kind: 'registry-change',
    bookedAt,
    source: requester.id,
    subjects: [...new Set([subject, ...among.subjects, noted.subject])],
    deltas: [...among.deltas, noted],
    content: packRecord({
      kind,
      replaces: now?.version ?? 0,
      previous,
      record: withoutVersion(record),
    }),
  })
}

function invalidRecord(faults: readonly RecordFault[]): Refusal {
  const [first] = faults
  return refuse('invalid-record', `${first!.pointer || '/'}: expected ${first!.expected}.`, {
    errors: faults.map(({ pointer, code, expected }) => ({ pointer, code, expected })),
  })
}

/** What a record says wrongly without a look at any other. */
function checkAlone<Kind extends RecordKind>(kind: Kind, record: Records[Kind]): RecordFault[] {
  switch (kind) {
    case 'person':
      return checkPerson(record as PersonRecord)
    case 'institution':
      return checkInstitution(record as Records['institution'])
    default:
      return checkApproval(record as ApprovalRecord)
  }
}

interface AmongOthers {
  readonly faults: readonly RecordFault[]
  /** Whom the change touches besides the record's own subject. */
  readonly subjects: readonly Subject[]
  readonly deltas: readonly Delta[]
}

async function checkAmongOthers<Kind extends RecordKind>(
  reading: RecordReading,
  kind: Kind,
  now: Records[Kind] | undefined,
  record: Records[Kind],
): Promise<AmongOthers> {
  if (kind === 'person') return checkOfFamily(reading, record as PersonRecord)
  if (kind === 'approval') {
    return checkOfPerson(reading, now as ApprovalRecord | undefined, record as ApprovalRecord)
  }
  return { faults: [], subjects: [], deltas: [] }
}

/** Notes with the household, and with those who may draw on the account, that the person is theirs. */
async function checkOfFamily(reading: RecordReading, person: PersonRecord): Promise<AmongOthers> {
  const { householdId, personId, accountSharedWith } = person
  const ofHousehold = householdId === undefined ? [] : [householdSubject(householdId)]
  const subjects = [
    ...ofHousehold,
    ...new Set(accountSharedWith.map((shared) => sharersSubject(shared.personId))),
  ]
  const deltas: Delta[] = []
  for (const subject of subjects) {
    const noted = isNoted(await reading.state(subject), personId)
    if (!noted) deltas.push({ subject, accumulator: personId, amount: 1 })
  }
  const members = householdId === undefined ? [] : await reading.household(householdId)
  return { faults: unequalGrades(person, members), subjects, deltas }
}

/** An approval belongs to its person, who is decided about again whenever it changes. */
async function checkOfPerson(
  reading: RecordReading,
  now: ApprovalRecord | undefined,
  { personId, approvalId }: ApprovalRecord,
): Promise<AmongOthers> {
  const faults: RecordFault[] = []
  const fault = (expected: string): RecordFault => ({
    pointer: '/personId',
    code: 'contradiction',
    expected,
  })
  if (now !== undefined && now.personId !== personId) {
    faults.push(fault('the person of the version before'))
  } else if ((await reading.record('person', personId)) === undefined) {
    faults.push(fault('a registered person'))
  }
  const subject = approvalsSubject(personId)
  const noted = isNoted(await reading.state(subject), approvalId)
  return {
    faults,
    subjects: [personSubject(personId), subject],
    deltas: noted ? [] : [{ subject, accumulator: approvalId, amount: 1 }],
  }
}

function idOf<Kind extends RecordKind>(kind: Kind, record: Records[Kind]): string {
  if (kind === 'person') return (record as PersonRecord).personId
  if (kind === 'approval') return (record as ApprovalRecord).approvalId
  return (record as Records['institution']).institutionId
}

/** Whether `now` is what this very change made before: the same content in the same one's place. */
function isRepeated<Kind extends RecordKind>(
  { ledger }: Ports,
  now: Records[Kind],
  record: Records[Kind],
): boolean {
  if (canonical(withoutVersion(now)) !== canonical(withoutVersion(record))) return false
  if (now.version === record.version) return true
  const entry = ledger.entry(now.version)
  return entry?.kind === 'registry-change' && unpackRecord(entry).replaces === record.version
}

function withoutVersion<T extends { version: number }>({ version, ...record }: T) {
  return record
}

/** JSON with the members in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}
