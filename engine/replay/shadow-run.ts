import { withoutCity } from '../adjudicate/accumulators.ts'
import { institutionSubject, type PreviousStay, personSubject } from '../adjudicate/snapshot.ts'
import { settlementId } from '../claim/ids.ts'
import { subjectsOf } from '../counter/gather.ts'
import { stayOf } from '../counter/previous-stay.ts'
import { approvalSubject } from '../counter/record-book.ts'
import { REGISTRY_SUBJECT, type RecordKind, unpackImport } from '../counter/record-entry.ts'
import type { SettlementRecord } from '../counter/settlement-record.ts'
import { EMPTY_STATE, type Subject, type SubjectState } from '../ledger/entry.ts'
import type { Policy } from '../policy/policy.ts'
import { stayBefore } from './check.ts'
import { decideAgain, isDamaged, readBack } from './decide-again.ts'
import { isSame } from './first-difference.ts'
import { MovedSums } from './moved-sums.ts'
import { isMissing, type Placed, type ReplayPorts } from './ports.ts'
import { type Unreadable, type WouldBe, wouldBe } from './what-if.ts'

/** What a shadow run needs of the world; it only reads. */
export interface ShadowPorts extends Pick<ReplayPorts, 'entry' | 'records' | 'packByHash'> {
  /** The end of the journal, in its order. */
  entries(): Iterable<Placed>
  /** Settlements that an entry of this end reverses: they are decided, but not told. */
  readonly reversed: ReadonlySet<number>
  /** Position of the last import when this end ended; 0 for none. */
  readonly lastImport: number
  /** Position of the record of the subject when this end ended; 0 for none. */
  recordOf(subject: Subject): number
}

/** A settlement as it would be, and whether its decision read sums that the booked one did not. */
export type ShadowRow = (WouldBe & { readonly readsMore: boolean }) | Unreadable

/**
 * Decides recent settlements again on `policy`, in the order in which they were booked. Each row
 * keeps the sums that its decision read, so that nothing before it has to be read: a sum is what the
 * row says, and what earlier settlements of this run would have added to it beyond what they did.
 * Records are those that the row names. A sum that no row names counts from 0.
 */
export function* shadowRun(ports: ShadowPorts, policy: Policy): Generator<ShadowRow> {
  const imports = importsOf(ports)
  const moved = new MovedSums()
  const stays = new Map<string, PreviousStay>()
  for (const { position, entry } of ports.entries()) {
    if (entry.reverses !== undefined) moved.takeBack(entry.reverses)
    if (entry.kind !== 'settlement') continue
    const id = settlementId(position)
    const isTold = !ports.reversed.has(position)
    const kept = readBack(ports, entry)
    if (isMissing(kept) || isDamaged(kept)) {
      const unreadable = isMissing(kept) ? kept.missing : kept.damaged
      if (isTold) yield { settlementId: id, unreadable }
      continue
    }
    const from = kept.claim.transferFrom
    const before = (from && stays.get(from)) || stayBefore(ports, from)
    const registry = { ...EMPTY_STATE, record: imports.findLast((at) => at < position) ?? 0 }
    const again =
      before !== undefined && isMissing(before)
        ? before
        : decideAgain(ports, kept, statesFor(ports, moved, kept, registry), before, policy)
    const row = wouldBe({ position, entry }, kept, again)
    const { decision } = row
    const deltas = decision?.deltas ?? (row.refused === undefined ? entry.deltas : [])
    const isMoved = !isSame(deltas, entry.deltas)
    if (isMoved) moved.add(position, entry.deltas, deltas)
    if ((row.differs || isMoved) && decision !== undefined) {
      stays.set(id, stayOf(id, { claim: kept.claim, decision }, false))
    }
    if (isTold) yield { readsMore: readsMore(row), ...row }
  }
}

/** Positions of all imports, the first one first. */
function importsOf({ entry, lastImport }: ShadowPorts): number[] {
  const positions: number[] = []
  for (let at = lastImport; at !== 0; at = unpackImport(entry(at)!).previous) positions.unshift(at)
  return positions
}

/** The states that the decision may look at, as far as its row and this run know them. */
function statesFor(
  ports: ShadowPorts,
  moved: MovedSums,
  { claim, decision, records }: SettlementRecord,
  registry: SubjectState,
): Map<Subject, SubjectState> {
  const { personId, institutionId, approvalId = '', account } = claim
  const states = new Map<Subject, SubjectState>()
  for (const subject of subjectsOf(claim)) {
    states.set(subject, { ...EMPTY_STATE, accumulators: moved.sumsOf(subject, decision.reads) })
  }
  states.set(REGISTRY_SUBJECT, registry)
  const standsAt = (subject: Subject, record: number) => {
    const state = states.get(subject)
    if (state !== undefined) states.set(subject, { ...state, record })
  }
  // The claim names no version of it; whoever shares an account seldom changes meanwhile.
  const { sharedFrom } = account ?? {}
  if (sharedFrom !== undefined) {
    const sharer = personSubject(sharedFrom)
    standsAt(sharer, ports.recordOf(sharer))
  }
  const read: readonly (readonly [RecordKind, string, Subject])[] = [
    ['person', personId, personSubject(personId)],
    ['institution', institutionId, institutionSubject(institutionId)],
    ['approval', approvalId, approvalSubject(approvalId)],
  ]
  for (const [at, [kind, id, subject]] of read.entries()) {
    if (!states.has(subject)) continue
    // An imported record stands in the registry, at no position of its own.
    const imported = ports.records.find(kind, id, EMPTY_STATE, registry)
    standsAt(subject, imported?.version === records[at] ? 0 : records[at]!)
  }
  return states
}

/** Whether the sums that were booked may lack one that counts. */
function readsMore({ decided, decision }: WouldBe): boolean {
  if (decision === undefined) return false
  const known = new Set(decided.reads.map(nameOf))
  return decision.reads.some((read) => !known.has(nameOf(read)))
}

/** Without the city, as sums with and without count together (see `otherName`). */
function nameOf({ subject, accumulator }: { subject: Subject; accumulator: string }): string {
  return `${subject} ${withoutCity(accumulator)}`
}
