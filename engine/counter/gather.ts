import {
  accountSubject,
  institutionSubject,
  invoiceSubject,
  type PreviousStay,
  personSubject,
  type Snapshot,
} from '../adjudicate/snapshot.ts'
import type { Claim, ManualPlace } from '../claim/claim.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { Guard, Ledger, SubjectView } from '../ledger/ports.ts'
import type { InstitutionRecord } from '../registry/records.ts'
import type { CounterPorts } from './ports.ts'
import { previousStay } from './previous-stay.ts'
import { approvalSubject, type RecordBook } from './record-book.ts'
import { REGISTRY_SUBJECT } from './record-entry.ts'

/** A snapshot for one decision, and the guards under which the decision may be booked. */
export interface Gathered {
  readonly snapshot: Snapshot
  readonly guards: readonly Guard[]
}

/**
 * Everything that adjudicating `claim` may read. Synchronous when the states are at hand, which is
 * the usual case; a promise otherwise.
 */
export function gather(ports: CounterPorts, claim: Claim): Gathered | Promise<Gathered> {
  const subjects = subjectsOf(claim)
  const views: SubjectView[] = []
  for (const subject of subjects) {
    const view = ports.ledger.peek(subject)
    if (view === undefined) return gatherLoading(ports, claim, subjects)
    views.push(view)
  }
  return withRecords(ports, claim, subjects, views)
}

async function gatherLoading(
  ports: CounterPorts,
  claim: Claim,
  subjects: readonly Subject[],
): Promise<Gathered> {
  const views = await Promise.all(subjects.map((subject) => current(ports.ledger, subject)))
  return withRecords(ports, claim, subjects, views)
}

function current(ledger: Ledger, subject: Subject) {
  return ledger.peek(subject) ?? ledger.load(subject)
}

function withRecords(
  ports: CounterPorts,
  claim: Claim,
  subjects: readonly Subject[],
  views: readonly SubjectView[],
): Gathered {
  const states = new Map<Subject, SubjectState>()
  const guards: Guard[] = []
  for (const [index, subject] of subjects.entries()) {
    const { state, asOf } = views[index]!
    states.set(subject, state)
    guards.push({ subject, position: asOf })
  }
  const before = previousStay(ports, claim, states)
  return { snapshot: snapshotOf(ports.records, claim, states, before), guards }
}

/** The snapshot over `states`, which has those of all `subjectsOf` the claim. */
export function snapshotOf(
  records: Pick<RecordBook, 'find'>,
  claim: Claim,
  states: ReadonlyMap<Subject, SubjectState>,
  before: PreviousStay | undefined,
): Snapshot {
  const registry = states.get(REGISTRY_SUBJECT)!
  const { personId, institutionId, approvalId, account, manual } = claim
  const person = records.find('person', personId, states.get(personSubject(personId))!, registry)
  const institution =
    manual === undefined
      ? records.find(
          'institution',
          institutionId,
          states.get(institutionSubject(institutionId))!,
          registry,
        )
      : certified(institutionId, manual)
  const approval =
    approvalId === undefined
      ? undefined
      : records.find('approval', approvalId, states.get(approvalSubject(approvalId))!, registry)
  const sharedFrom = account?.sharedFrom
  const sharer =
    sharedFrom === undefined
      ? undefined
      : records.find('person', sharedFrom, states.get(personSubject(sharedFrom))!, registry)
  return {
    states,
    ...(person === undefined ? {} : { person }),
    ...(institution === undefined ? {} : { institution }),
    ...(approval === undefined ? {} : { approval }),
    ...(sharer === undefined ? {} : { sharer }),
    ...(before === undefined ? {} : { previousStay: before }),
    ...(manual === undefined
      ? {}
      : { manual: { designated: manual.designated, invoice: invoiceSubject(manual) } }),
  }
}

/** The place of a manual claim, as its papers certify it; the agency answers for the claim. */
function certified(agency: string, { hospitalName, ...place }: ManualPlace): InstitutionRecord {
  return {
    institutionId: agency,
    version: 0,
    name: hospitalName,
    kind: place.kind,
    district: place.district,
    levels: [{ level: place.level, from: '0001-01-01' }],
    agreements: [],
  }
}

/** All whose state or record the decision may read: nothing about them must slip in between. */
export function subjectsOf({
  personId,
  institutionId,
  approvalId,
  account,
  manual,
}: Claim): Subject[] {
  const place = manual === undefined ? institutionSubject(institutionId) : invoiceSubject(manual)
  const subjects = [personSubject(personId), place, REGISTRY_SUBJECT]
  if (approvalId !== undefined) subjects.push(approvalSubject(approvalId))
  if (account !== undefined) {
    subjects.push(accountSubject(personId))
    const { sharedFrom } = account
    if (sharedFrom !== undefined && sharedFrom !== personId) {
      subjects.push(accountSubject(sharedFrom), personSubject(sharedFrom))
    }
  }
  return subjects
}
