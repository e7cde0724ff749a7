import {
  accountSubject,
  institutionSubject,
  invoiceSubject,
  personSubject,
  type Snapshot,
} from '../adjudicate/snapshot.ts'
import type { Claim, ManualPlace } from '../claim/claim.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import type { Guard, Ledger } from '../ledger/ports.ts'
import type { InstitutionRecord } from '../registry/records.ts'
import type { CounterPorts } from './ports.ts'
import { previousStay } from './previous-stay.ts'

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
  const states = new Map<Subject, SubjectState>()
  const guards: Guard[] = []
  for (const subject of subjects) {
    const view = ports.ledger.peek(subject)
    if (view === undefined) return gatherLoading(ports, claim, subjects)
    states.set(subject, view.state)
    guards.push({ subject, position: view.asOf })
  }
  return withRecords(ports, claim, states, guards)
}

async function gatherLoading(
  ports: CounterPorts,
  claim: Claim,
  subjects: readonly Subject[],
): Promise<Gathered> {
  const views = await Promise.all(subjects.map((subject) => current(ports.ledger, subject)))
  const states = new Map(subjects.map((subject, at) => [subject, views[at]!.state]))
  const guards = subjects.map((subject, at) => ({ subject, position: views[at]!.asOf }))
  return withRecords(ports, claim, states, guards)
}

function current(ledger: Ledger, subject: Subject) {
  return ledger.peek(subject) ?? ledger.load(subject)
}

function withRecords(
  ports: CounterPorts,
  claim: Claim,
  states: ReadonlyMap<Subject, SubjectState>,
  guards: readonly Guard[],
): Gathered {
  const { registry } = ports
  const person = registry.person(claim.personId)
  const { manual } = claim
  const institution =
    manual === undefined
      ? registry.institution(claim.institutionId)
      : certified(claim.institutionId, manual)
  const approval = claim.approvalId === undefined ? undefined : registry.approval(claim.approvalId)
  const sharedFrom = claim.account?.sharedFrom
  const sharer = sharedFrom === undefined ? undefined : registry.person(sharedFrom)
  const before = previousStay(ports, claim, states)
  return {
    snapshot: {
      states,
      ...(manual === undefined
        ? {}
        : { manual: { designated: manual.designated, invoice: invoiceSubject(manual) } }),
      ...(before === undefined ? {} : { previousStay: before }),
      ...(person === undefined ? {} : { person }),
      ...(institution === undefined ? {} : { institution }),
      ...(approval === undefined ? {} : { approval }),
      ...(sharer === undefined ? {} : { sharer }),
    },
    guards,
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

/** The institution is a subject because a change of its registration must not slip in between. */
function subjectsOf(claim: Claim): Subject[] {
  const place =
    claim.manual === undefined
      ? institutionSubject(claim.institutionId)
      : invoiceSubject(claim.manual)
  const subjects = [personSubject(claim.personId), place]
  if (claim.account !== undefined) {
    subjects.push(accountSubject(claim.personId))
    const { sharedFrom } = claim.account
    if (sharedFrom !== undefined && sharedFrom !== claim.personId) {
      subjects.push(accountSubject(sharedFrom))
    }
  }
  return subjects
}
