import { type Refusal, refuse } from '../claim/outcomes.ts'
import { type Entries, type InForce, POLICY_SUBJECT } from '../counter/activations.ts'
import type { Requester } from '../counter/ports.ts'
import type { Subject } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'
import type { WhatIfTotals } from '../replay/summary.ts'
import { type Act, actsBackFrom, keepAct } from './acts.ts'
import { officeOf } from './in-office.ts'

/**
 * Publishing with four eyes: what shall be in force is proposed by one person and approved by
 * another. A proposal is the fold of the acts on its subject, and the activation that names it.
 */

/** What somebody wants to be in force, and from when on. */
export interface Proposed {
  /** Of everything that would be in force: packs, catalogues, calendar. */
  readonly hash: string
  readonly inForce: InForce
  /** Out of the files, or an earlier version. */
  readonly cause: 'reload' | 'rollback'
  /** The activation that it was compared with. */
  readonly base: number
  /** Ms since 1970; absent: as soon as it is approved. */
  readonly effectiveAt?: number
  readonly note?: string
}

/** When a proposal shall be in force, and what its proposer says about it. */
export type Terms = Pick<Proposed, 'effectiveAt' | 'note'>

/** What a proposal would change. */
export interface Assessment {
  /** The words of `rules diff`. */
  readonly difference: string
  /** What `rules check` says: a line for each pack and one for the calendar. */
  readonly check: readonly string[]
  readonly shadowRun: ShadowRun
}

/** Recent settlements decided again on the proposed version, or why they could not be. */
export type ShadowRun = ShadowTotals | { readonly failed: string }

export interface ShadowTotals extends WhatIfTotals {
  /** Settlements whose new decision reads sums that the booked one did not: taken as 0. */
  readonly unreadSums: number
}

/** Who decided, when (ms since 1970), and why. */
interface Decided {
  readonly by: Requester
  readonly at: number
  readonly reason?: string
}

/**
 * - `open`: waits for its assessment and for another person
 * - `approved`: will be in force at its time
 * - `in-force`: was put in force
 * - `rejected`, `withdrawn`: by a person, or replaced by a later proposal
 * - `lapsed`: approved, but the files were others when its time came
 */
export type ProposalStatus = 'open' | 'approved' | 'in-force' | 'rejected' | 'withdrawn' | 'lapsed'

export interface Proposal extends Proposed {
  readonly id: string
  readonly status: ProposalStatus
  /** Who put their name to it, and when. */
  readonly by: Requester
  readonly at: number
  readonly assessment?: Assessment
  readonly approved?: Decided
  /** How it ended, otherwise than in force. */
  readonly ended?: Decided
  readonly inForceSince?: number
  /** The position of the last act on it. */
  readonly last: number
}

export function proposalSubject(id: string): Subject {
  return `${PROPOSALS}${id}`
}

/** How the subjects of all proposals begin. */
export const PROPOSALS = 'proposal/'

export function isPending({ status }: Proposal): boolean {
  return status === 'open' || status === 'approved'
}

/** Whether an approved proposal is to be put in force now, or its time has come. */
export function isDue({ status, effectiveAt = 0 }: Proposal, now: number): boolean {
  return status === 'approved' && effectiveAt <= now
}

/** The proposal as it stands; nothing when there is none. */
export async function readProposal(ledger: Ledger, id: string): Promise<Proposal | undefined> {
  const { state } = await ledger.load(proposalSubject(id))
  if (state.record === 0) return undefined
  const proposal = proposalAsOf(ledger, id, state.record)
  // Besides acts only its activation names it.
  if (state.booked === 0) return proposal
  return { ...proposal, status: 'in-force', inForceSince: ledger.entry(state.booked)!.bookedAt }
}

/** The proposal as it stood with the act at `position`, which must be one on it. */
export function proposalAsOf(entries: Entries, id: string, position: number): Proposal {
  const acts = [...actsBackFrom(entries, position, 'previous')].reverse()
  const [first] = acts as [Act<Proposed>, ...Act[]]
  if (first.subject !== proposalSubject(id)) {
    throw new Error(`the act at ${position} is not on proposal ${id}`)
  }
  let proposal: Proposal = {
    ...first.details,
    id,
    status: 'open',
    by: first.by,
    at: first.at,
    last: acts.at(-1)!.position,
  }
  for (const act of acts.slice(1)) proposal = { ...proposal, ...changedBy(act, proposal) }
  return proposal
}

function changedBy({ act, by, at, details }: Act, proposal: Proposal): Partial<Proposal> {
  switch (act as ProposalAct) {
    case 'taken-up':
      return { by, at, ...(details as Terms) }
    case 'assessed':
      return { assessment: details as Assessment }
    case 'approved':
      return { status: 'approved', approved: { by, at } }
    case 'replaced':
      return { status: 'withdrawn', ended: { by, at, ...(details as object) } }
    case 'rejected':
    case 'withdrawn':
    case 'lapsed':
      return { status: act as ProposalStatus, ended: { by, at, ...(details as object) } }
    default:
      throw new Error(`proposal ${proposal.id} has an unknown act: ${act}`)
  }
}

type ProposalAct = NewProposalAct['act']

/** An act on a proposal that is there already, with what it has to say. */
export type NewProposalAct =
  | { readonly act: 'taken-up'; readonly details: Terms }
  | { readonly act: 'assessed'; readonly details: Assessment }
  | { readonly act: 'approved'; readonly details: null }
  | {
      readonly act: 'rejected' | 'withdrawn' | 'replaced' | 'lapsed'
      readonly details: { readonly reason?: string }
    }

/** Why `by` may not do this to the proposal as it stands, or nothing. The role itself is the route's affair. */
export function refusalOf(
  proposal: Proposal,
  act: NewProposalAct['act'],
  by: Requester,
): Refusal | undefined {
  const { id, status, assessment, cause } = proposal
  if (!isPending(proposal) || (status === 'approved' && !ENDS_APPROVED.has(act))) {
    return refuse('proposal-decided', `Proposal ${id} is ${status}.`)
  }
  if (act === 'withdrawn' && by.id !== proposal.by.id && hasName(proposal)) {
    return refuse('proposal-not-yours', `Proposal ${id} can be withdrawn by who proposed it.`)
  }
  if (act !== 'approved') return undefined
  if (!hasName(proposal)) {
    return refuse('proposal-unclaimed', `Proposal ${id} was made of edited files, by nobody.`)
  }
  if (by.id === proposal.by.id) {
    return refuse('proposal-same-person', `Proposal ${id} has to be approved by another person.`)
  }
  // What was in force before needs no look at what it would change, and may be urgent.
  if (assessment === undefined && cause !== 'rollback') {
    return refuse('proposal-not-assessed', `Proposal ${id} is still being compared and decided on.`)
  }
  return undefined
}

/** What still may happen to an approved proposal whose time has not come. */
const ENDS_APPROVED: ReadonlySet<string> = new Set(['rejected', 'withdrawn', 'replaced', 'lapsed'])

/** Whether a person has proposed it; an edit of the files is nobody's until somebody takes it up. */
function hasName({ by }: Proposal): boolean {
  return by.role === 'policy-maker'
}

/** Keeps a new proposal, durable before this resolves. Its id must be new. */
export async function keepProposal(
  ledger: Ledger,
  id: string,
  { by, now, ...proposed }: Proposed & { readonly by: Requester; readonly now: number },
): Promise<Proposal | Refusal> {
  const act = { by, act: 'proposed', subject: proposalSubject(id), details: proposed }
  const kept = await keepAct(ledger, act, { seen: 0, now })
  if (kept.outcome === 'shed')
    return refuse('overloaded', `The ledger is shedding: ${kept.reason}.`)
  if (kept.outcome === 'moved') throw new Error(`there is a proposal ${id} already`)
  return (await readProposal(ledger, id))!
}

/** What a person decides, who may have waited for their turn. */
const DECIDED_IN_OFFICE: ReadonlySet<string> = new Set(['approved', 'rejected', 'withdrawn'])

/**
 * Does this to the proposal, or refuses: when it was decided already, when the proposer approves, when
 * who decides has lost their office since they were let in, or when something else has come into force
 * since it was proposed. Of several at once, one is kept, and a suspension that comes first wins.
 */
export async function actOnProposal(
  ledger: Ledger,
  id: string,
  { act, details }: NewProposalAct,
  { by, now }: { readonly by: Requester; readonly now: number },
): Promise<Proposal | Refusal> {
  for (;;) {
    const proposal = await readProposal(ledger, id)
    if (proposal === undefined) return refuse('proposal-not-found', `There is no proposal ${id}.`)
    const refusal = refusalOf(proposal, act, by)
    if (refusal !== undefined) return refusal
    const policy = await ledger.load(POLICY_SUBJECT)
    if (act === 'approved' && policy.state.version !== proposal.base) return outdated(id)
    const office = DECIDED_IN_OFFICE.has(act) ? await officeOf(ledger, by) : undefined
    if (office?.refusal !== undefined) return office.refusal
    const kept = await keepAct(
      ledger,
      { by, act, subject: proposalSubject(id), details },
      {
        seen: proposal.last,
        now,
        guards: [
          ...(act === 'approved' ? [{ subject: POLICY_SUBJECT, position: policy.asOf }] : []),
          ...(office === undefined ? [] : [office.guard]),
        ],
      },
    )
    if (kept.outcome === 'appended') return (await readProposal(ledger, id))!
    if (kept.outcome === 'shed')
      return refuse('overloaded', `The ledger is shedding: ${kept.reason}.`)
  }
}

function outdated(id: string): Refusal {
  const detail = `Something else has come into force since proposal ${id} was made.`
  return refuse('proposal-changed', detail)
}

/** What is about to be put in force. */
export interface Activating {
  isSame(inForce: InForce): boolean
  /** The activation that it follows. */
  readonly before: number
  readonly now: number
}

/** The proposal, if just this may be put in force on its account; otherwise why not. */
export async function approvedProposal(
  ledger: Ledger,
  id: string,
  activating: Activating,
): Promise<Proposal | Refusal> {
  const proposal = await readProposal(ledger, id)
  if (proposal === undefined) return refuse('proposal-not-found', `There is no proposal ${id}.`)
  return whyNotApproved(proposal, activating) ?? proposal
}

/** Why just this may not be put in force on the proposal's account, or nothing. */
export function whyNotApproved(
  proposal: Proposal,
  { isSame, before, now }: Activating,
): Refusal | undefined {
  const { id, status, approved, by, inForce, base } = proposal
  if (!isDue(proposal, now) || approved === undefined || approved.by.id === by.id) {
    return refuse('proposal-decided', `Proposal ${id} is ${status}, and not due.`)
  }
  if (before !== base) return outdated(id)
  if (!isSame(inForce)) {
    return refuse('proposal-changed', `This is not what proposal ${id} was approved with.`)
  }
  return undefined
}
