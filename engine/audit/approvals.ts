import { actsBackFrom } from '../access/acts.ts'
import { outOfOffice } from '../access/in-office.ts'
import { proposalAsOf, whyNotApproved } from '../access/proposals.ts'
import { PUBLISHING_SUBJECT, type WayOfPublishing } from '../access/publishing.ts'
import { staffSubject } from '../access/staff.ts'
import {
  type Activation,
  activationsUpTo,
  type Entries,
  POLICY_SUBJECT,
  sameInForce,
} from '../counter/activations.ts'
import type { StateStore } from '../ledger/ports.ts'
import type { Faults } from './fault.ts'

/**
 * Whatever came into force while the journal says that it takes two persons must have been approved
 * by another one than proposed it, who was in office, as it was put in force, and before. The very
 * first version is nobody's. `states` are those of the whole journal.
 */
export function verifyApprovals(
  states: Pick<StateStore, 'state'>,
  entries: Entries,
  faults: Faults,
): void {
  const changes = [
    ...actsBackFrom(entries, states.state(PUBLISHING_SUBJECT).state.record, 'previous'),
  ]
  const wayAt = (position: number) =>
    changes.find((change) => change.position < position)?.details as WayOfPublishing | undefined
  for (const activation of activationsUpTo(entries, states.state(POLICY_SUBJECT).state.version)) {
    const { position, before } = activation
    if (before === 0) continue
    const fault =
      activation.proposal === undefined
        ? wayAt(position) === 'four-eyes' && 'it takes two persons, and nobody approved of it'
        : faultOf(states, entries, activation, activation.proposal)
    if (fault) faults.add(position, 'approval', fault)
  }
}

function faultOf(
  states: Pick<StateStore, 'state'>,
  entries: Entries,
  { position, before, at, inForce }: Activation,
  { id, approval }: NonNullable<Activation['proposal']>,
): string | undefined {
  try {
    if (approval >= position) return `its approval is said to be row ${approval}`
    const isSame = (approved: Activation['inForce']) => sameInForce(approved, inForce)
    const proposal = proposalAsOf(entries, id, approval)
    const refusal = whyNotApproved(proposal, { isSame, before, now: at })
    if (refusal !== undefined) return refusal.detail
    const { by } = proposal.approved!
    const lastAct = states.state(staffSubject(by.id)).state.record
    return (
      outOfOffice(entries, by, { lastAct, before: approval }) && 'who approved was not in office'
    )
  } catch (error) {
    return `its approval cannot be read: ${(error as Error).message}`
  }
}
