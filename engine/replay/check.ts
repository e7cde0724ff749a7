import type { PreviousStay } from '../adjudicate/snapshot.ts'
import type { Read } from '../claim/decision.ts'
import { positionOf, settlementId } from '../claim/ids.ts'
import { isRefusal } from '../claim/outcomes.ts'
import { subjectsOf } from '../counter/gather.ts'
import { stayOf } from '../counter/previous-stay.ts'
import { basisIn, packSettlement } from '../counter/settlement-record.ts'
import type { Entry, EntryKind, Subject, SubjectState } from '../ledger/entry.ts'
import { decideAgain, isDamaged, readBack } from './decide-again.ts'
import { type Difference, firstDifference, isSame, sumsOf } from './first-difference.ts'
import { Past } from './past.ts'
import { isMissing, type Missing, type ReplayPorts } from './ports.ts'
import { isInScope, type Scope } from './scope.ts'

/** One settlement decided again from what its row keeps. */
export type Checked = { readonly settlementId: string } & (
  | { readonly outcome: 'same' }
  | ({ readonly outcome: 'differs' } & Difference)
  | ({ readonly outcome: 'missing' } & Missing)
)

/**
 * Whatever holds a record that decisions read. What happened to visits is not remembered: a decision
 * reads none of it, and there is a state for each of their places.
 */
export const HOLDING_RECORDS: ReadonlySet<string> = new Set<EntryKind>([
  'registry-change',
  'import-activation',
])

/**
 * Decides every settlement again, the reversed ones too, on the versions, the records and the
 * accumulators that its row names: a pure function of the same arguments has the same outcome.
 */
export function* check(ports: ReplayPorts, scope: Scope): Generator<Checked> {
  const past = new Past(ports)
  for (const { position, entry } of ports.entries()) {
    past.follow({ position, entry })
    if (HOLDING_RECORDS.has(entry.kind)) past.fold({ position, entry })
    if (entry.kind !== 'settlement' || !isInScope(scope, entry)) continue
    const outcome = isPlainlySame(ports, past, entry) ? SAME : checkOne(ports, past, entry)
    yield { settlementId: settlementId(position), ...outcome }
  }
}

type Outcome =
  | { readonly outcome: 'same' }
  | ({ readonly outcome: 'differs' } & Difference)
  | ({ readonly outcome: 'missing' } & Missing)

const SAME: Outcome = { outcome: 'same' }

/**
 * Whether the row says, form by form, what the decision made again would be packed as. Says no to
 * whatever needs a closer look: then everything is unpacked, and the difference is named.
 */
function isPlainlySame(ports: ReplayPorts, past: Past, entry: Entry): boolean {
  try {
    const basis = basisIn(entry)
    if (basis === undefined || entry.sums === undefined) return false
    const { claim, decidedOn, reads } = basis
    const policy = past.policyOf(decidedOn)
    if (isMissing(policy)) return false
    const before = stayBefore(ports, claim.transferFrom)
    if (before !== undefined && isMissing(before)) return false
    const states = statesRead(past, subjectsOf(claim), reads)
    const again = decideAgain(ports, basis, states, before, policy)
    if (isMissing(again) || isDamaged(again) || isRefusal(again)) return false
    return (
      isSame(entry.content, packSettlement({ decision: again, ...basis })) &&
      isSame(entry.deltas, again.deltas) &&
      isSame(entry.sums, sumsOf(entry.sums, again))
    )
  } catch {
    return false
  }
}

function checkOne(ports: ReplayPorts, past: Past, entry: Entry): Outcome {
  const kept = readBack(ports, entry)
  if (isMissing(kept)) return { outcome: 'missing', ...kept }
  if (isDamaged(kept)) return differs('the row', 'whole', kept.damaged)
  const policy = past.policyOf(kept.decision)
  if (isMissing(policy)) return { outcome: 'missing', ...policy }
  const { claim, decision } = kept
  const states = statesRead(past, subjectsOf(claim), decision.reads)
  const before = stayBefore(ports, claim.transferFrom)
  if (before !== undefined && isMissing(before)) return { outcome: 'missing', ...before }
  const again = decideAgain(ports, kept, states, before, policy)
  if (isMissing(again)) return { outcome: 'missing', ...again }
  if (isDamaged(again)) return differs('the decision', 'made', again.damaged)
  if (isRefusal(again)) return differs('the decision', 'settled', `refused: ${again.refused}`)
  const difference = firstDifference(decision, entry.sums, again)
  return difference === undefined ? SAME : { outcome: 'differs', ...difference }
}

function differs(field: string, booked: string, again: string): Outcome {
  return { outcome: 'differs', field, booked, again }
}

/** The states that the decision saw, as far as it looked at them. */
function statesRead(
  past: Past,
  subjects: readonly Subject[],
  reads: readonly Read[],
): Map<Subject, SubjectState> {
  const states = new Map<Subject, SubjectState>()
  for (const subject of subjects) {
    const accumulators = new Map(
      reads
        .filter((read) => read.subject === subject)
        .map(({ accumulator, value }) => [accumulator, value]),
    )
    states.set(subject, { ...past.state(subject), accumulators })
  }
  return states
}

/** The stay before a transfer, as it was booked; it was not reversed when the next was settled. */
export function stayBefore(
  ports: Pick<ReplayPorts, 'entry' | 'packByHash'>,
  transferFrom: string | undefined,
): PreviousStay | Missing | undefined {
  const position = transferFrom === undefined ? undefined : positionOf(transferFrom)
  const entry = position === undefined ? undefined : ports.entry(position)
  if (transferFrom === undefined || entry?.kind !== 'settlement') return undefined
  const kept = readBack(ports, entry)
  if (isMissing(kept)) return kept
  return isDamaged(kept)
    ? { missing: `the stay before, ${transferFrom}, which is damaged` }
    : stayOf(transferFrom, kept, false)
}
