import {
  accountSubject,
  institutionSubject,
  personSubject,
  type Snapshot,
} from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { Guard, Ledger, SubjectView } from '../ledger/ports.ts'
import type { CounterPorts } from './ports.ts'
import { approvalSubject } from './record-book.ts'
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
  { records }: CounterPorts,
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
  const { personId, institutionId, approvalId, account } = claim
  const registry = states.get(REGISTRY_SUBJECT)!
  const person = records.find('person', personId, states.get(personSubject(personId))!, registry)
  const ownState = states.get(institutionSubject(institutionId))!
  const institution = records.find('institution', institutionId, ownState, registry)
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
    snapshot: {
      states,
      ...(person === undefined ? {} : { person }),
      ...(institution === undefined ? {} : { institution }),
      ...(approval === undefined ? {} : { approval }),
      ...(sharer === undefined ? {} : { sharer }),
    },
    guards,
  }
}

/** All whose state or record the decision may read: nothing about them must slip in between. */
function subjectsOf({ personId, institutionId, approvalId, account }: Claim): Subject[] {
  const subjects = [personSubject(personId), institutionSubject(institutionId), REGISTRY_SUBJECT]
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
