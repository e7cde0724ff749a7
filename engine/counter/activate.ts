import { approvedProposal, proposalSubject } from '../access/proposals.ts'
import { publishingOf } from '../access/publishing.ts'
import { isRefusal } from '../claim/outcomes.ts'
import type { Entry, MessageKey } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import type { AppendResult, Guard, Ledger } from '../ledger/ports.ts'
import {
  type Activation,
  activationAt,
  type InForce,
  POLICY_SUBJECT,
  sameInForce,
} from './activations.ts'

/** What was put in force, and since when it is known and in force. */
export interface Activated {
  /** False when the journal said so already. */
  readonly appended: boolean
  /** Since when all of it is in force, ms since 1970. */
  readonly since: number
  /** Pack → when the engine learned its version, ms since 1970. */
  readonly knownAt: ReadonlyMap<string, number>
}

/** Why something is put in force. */
export interface Cause extends Pick<Activation, 'cause' | 'by'> {
  /** Ms since 1970. */
  readonly now: number
  /** The id of the approved proposal; needed for every change while the journal says `four-eyes`. */
  readonly proposal?: string
}

/**
 * Writes down that `inForce` decides from now on, in one entry or not at all; nothing is written
 * when the journal says so already. The entry consumes a key for every version that the engine has
 * not known before, so that the first entry under the key says when it was learned. With four eyes
 * only what another person has approved is put in force, but for the very first version.
 */
export async function activate(
  ledger: Ledger,
  inForce: InForce,
  cause: Cause,
): Promise<Activated | Extract<AppendResult, { outcome: 'shed' }> | NotApproved> {
  const { now } = cause
  for (;;) {
    const { state, asOf } = await ledger.load(POLICY_SUBJECT)
    const { version: before } = state
    const keys = new Set([...inForce.packs.map(packKey), ...inForce.catalogues.map(catalogueKey)])
    const known = new Map<MessageKey, number>()
    for (const key of keys) {
      const position = await ledger.findKey(key)
      if (position !== undefined) known.set(key, ledger.entry(position)!.bookedAt)
    }
    const knownAt = new Map(
      inForce.packs.map((pack) => [pack.id, known.get(packKey(pack)) ?? now] as const),
    )
    const last = activationAt(ledger, before)
    if (last !== undefined && sameInForce(last.inForce, inForce)) {
      return { appended: false, since: last.at, knownAt }
    }
    const approval = await approvalOf(ledger, inForce, cause, before)
    if ('outcome' in approval) return approval
    const fresh = [...keys].filter((key) => !known.has(key))
    const entry = activationEntry({ before, inForce, ...approval.named }, cause, fresh)
    const result = await ledger.append({
      entries: [entry],
      guards: [{ subject: POLICY_SUBJECT, position: asOf }, ...approval.guards],
    })
    if (result.outcome === 'appended') return { appended: true, since: now, knownAt }
    if (result.outcome === 'shed') return result
  }
}

/** Nobody else than its proposer has approved of it. */
export interface NotApproved {
  readonly outcome: 'not-approved'
  /** A sentence. */
  readonly reason: string
}

interface Approval {
  readonly named: Pick<Activation, 'proposal'>
  /** It must not be withdrawn meanwhile. */
  readonly guards: readonly Guard[]
}

async function approvalOf(
  ledger: Ledger,
  inForce: InForce,
  { proposal: id, now }: Cause,
  before: number,
): Promise<Approval | NotApproved> {
  if (id === undefined) {
    if (before === 0 || (await publishingOf(ledger)) === 'direct') return { named: {}, guards: [] }
    const reason =
      'with four eyes, what is to be in force is proposed and approved by another person'
    return { outcome: 'not-approved', reason }
  }
  const subject = proposalSubject(id)
  const { asOf: position } = await ledger.load(subject)
  const isSame = (approved: InForce) => sameInForce(approved, inForce)
  const approved = await approvedProposal(ledger, id, { isSame, before, now })
  if (isRefusal(approved)) return { outcome: 'not-approved', reason: approved.detail }
  return {
    named: { proposal: { id, approval: approved.last } },
    guards: [{ subject, position }],
  }
}

function packKey({ id, hash }: { readonly id: string; readonly hash: string }): MessageKey {
  return `policy/activation/${id}/${hash}`
}

function catalogueKey({ id, hash }: { readonly id: string; readonly hash: string }): MessageKey {
  return `policy/catalogue/${id}/${hash}`
}

function activationEntry(
  content: Omit<Activation, 'at' | 'by' | 'position' | 'cause'>,
  { cause, by, now }: Cause,
  keys: readonly MessageKey[],
): Entry {
  const { proposal } = content
  return ownEntry({
    kind: 'policy-activation',
    bookedAt: now,
    source: by,
    keys,
    subjects: [POLICY_SUBJECT, ...(proposal === undefined ? [] : [proposalSubject(proposal.id)])],
    content: { cause, ...content },
  })
}
