import type { PreviousStay } from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { positionOf, settlementId } from '../claim/ids.ts'
import { isRefusal, type OutcomeCode } from '../claim/outcomes.ts'
import { subjectsOf } from '../counter/gather.ts'
import { stayOf } from '../counter/previous-stay.ts'
import { type SettlementRecord, transferIn } from '../counter/settlement-record.ts'
import type { Pack } from '../policy/compile.ts'
import { type Damaged, decideAgain, isDamaged, readBack } from './decide-again.ts'
import { Past } from './past.ts'
import { isMissing, type Missing, type Placed, type ReplayPorts } from './ports.ts'
import { isInScope, type Scope } from './scope.ts'

/** What a settlement comes to, in fen. */
export interface Parts {
  readonly funds: ReadonlyMap<string, number>
  readonly patientFen: number
  readonly accountFen: number
  readonly hospitalFen: number
}

/** One live settlement as it is booked and as it would be. */
export interface WouldBe {
  readonly settlementId: string
  /** Ms since 1970. */
  readonly bookedAt: number
  readonly claim: Claim
  readonly decided: Decision
  readonly booked: Parts
  /** Absent when it would be refused (then the bill is the patient's) or cannot be decided. */
  readonly decision?: Decision
  readonly refused?: OutcomeCode
  readonly missing?: string
  /** What is booked, where it cannot be decided. */
  readonly wouldBe: Parts
  readonly differs: boolean
}

/** A settlement whose row cannot be read, so that nothing can be said of it. */
export type Unreadable = { readonly settlementId: string; readonly unreadable: string }

/**
 * Decides the live settlements again in the order in which they were booked, `instead` deciding in
 * the place of the versions of the same packs. Everybody's year is rebuilt on the way from what is
 * decided here, so that caps, deductibles, transfers and accounts follow; openings, credits and
 * records are those of the time, and so are catalogue and calendar. Reversed settlements are left
 * out. `scope` chooses what is told; all of the journal is decided, since a year hangs together.
 */
export function* whatIf(
  ports: ReplayPorts,
  instead: ReadonlyMap<string, Pack>,
  scope: Scope,
): Generator<WouldBe | Unreadable> {
  const { reversed, transferredFrom } = survey(ports)
  const past = new Past(ports, instead)
  const stays = new Map<string, PreviousStay>()
  for (const { position, entry } of ports.entries()) {
    past.follow({ position, entry })
    if (entry.reverses !== undefined) continue
    if (entry.kind !== 'settlement') {
      if (!reversed.has(position)) past.fold({ position, entry })
      continue
    }
    const id = settlementId(position)
    const kept = readBack(ports, entry)
    const readable = !isMissing(kept) && !isDamaged(kept)
    if (reversed.has(position)) {
      // A stay that went on from one reversed later keeps what it was told of it.
      if (readable && transferredFrom.has(id)) stays.set(id, stayOf(id, kept, false))
      continue
    }
    if (!readable) {
      // Its amounts are in the ledger, whatever they were worked out from.
      past.fold({ position, entry })
      const unreadable = isMissing(kept) ? kept.missing : kept.damaged
      if (isInScope(scope, entry)) yield { settlementId: id, unreadable }
      continue
    }
    const row = decideOne(ports, past, stays, { position, entry }, kept)
    const decision = row.decision ?? (row.refused === undefined ? kept.decision : undefined)
    past.fold({ position, entry: { ...entry, deltas: decision?.deltas ?? [] } })
    if (decision !== undefined && transferredFrom.has(id)) {
      stays.set(id, stayOf(id, { claim: kept.claim, decision }, false))
    }
    if (isInScope(scope, entry)) yield row
  }
}

/** Which settlements are reversed, and from which stays patients were transferred. */
function survey(ports: ReplayPorts) {
  const reversed = new Set<number>()
  const transferredFrom = new Set<string>()
  for (const { entry } of ports.entries()) {
    if (entry.reverses !== undefined) reversed.add(entry.reverses)
    if (entry.kind !== 'settlement') continue
    const from = transferIn(entry)
    const position = from === undefined ? undefined : positionOf(from)
    if (position !== undefined) transferredFrom.add(settlementId(position))
  }
  return { reversed, transferredFrom }
}

function decideOne(
  ports: ReplayPorts,
  past: Past,
  stays: ReadonlyMap<string, PreviousStay>,
  { position, entry }: Placed,
  kept: SettlementRecord,
): WouldBe {
  return wouldBe({ position, entry }, kept, decideOn(ports, past, stays, kept))
}

/** A settlement beside what came of deciding it again. */
export function wouldBe(
  { position, entry }: Placed,
  { claim, decision: decided }: SettlementRecord,
  again: ReturnType<typeof decideAgain>,
): WouldBe {
  const booked = partsOf(decided)
  const row = {
    settlementId: settlementId(position),
    bookedAt: entry.bookedAt,
    claim,
    decided,
    booked,
  }
  if (isMissing(again)) return { wouldBe: booked, differs: false, ...row, ...again }
  if (isDamaged(again)) return { missing: again.damaged, wouldBe: booked, differs: false, ...row }
  if (isRefusal(again)) {
    const { totalFen } = decided.amounts
    const all = { funds: new Map(), patientFen: totalFen, accountFen: 0, hospitalFen: 0 }
    return { refused: again.refused, wouldBe: all, differs: true, ...row }
  }
  const parts = partsOf(again)
  return { decision: again, wouldBe: parts, differs: !areEqual(booked, parts), ...row }
}

function decideOn(
  ports: ReplayPorts,
  past: Past,
  stays: ReadonlyMap<string, PreviousStay>,
  kept: SettlementRecord,
): ReturnType<typeof decideAgain> | Missing | Damaged {
  const policy = past.policyOf(kept.decision)
  if (isMissing(policy)) return policy
  const { claim } = kept
  const states = new Map(subjectsOf(claim).map((subject) => [subject, past.state(subject)]))
  const before = claim.transferFrom === undefined ? undefined : stays.get(claim.transferFrom)
  return decideAgain(ports, kept, states, before, policy)
}

function partsOf({ funds, amounts }: Decision): Parts {
  const byFund = new Map<string, number>()
  for (const { fund, payFen } of funds) byFund.set(fund, (byFund.get(fund) ?? 0) + payFen)
  const { patientFen, accountFen, hospitalFen } = amounts
  return { funds: byFund, patientFen, accountFen, hospitalFen }
}

function areEqual(one: Parts, other: Parts): boolean {
  const funds = new Set([...one.funds.keys(), ...other.funds.keys()])
  return (
    one.patientFen === other.patientFen &&
    one.accountFen === other.accountFen &&
    one.hospitalFen === other.hospitalFen &&
    [...funds].every((fund) => (one.funds.get(fund) ?? 0) === (other.funds.get(fund) ?? 0))
  )
}
