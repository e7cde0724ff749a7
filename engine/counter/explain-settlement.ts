import { chinaTime } from '../calendar/china-time.ts'
import { positionOf, reversalId, settlementId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import { type Explanation, explain } from '../explain/explanation.ts'
import { entryAt, mayTouch, settlementAt } from './booked.ts'
import type { CounterPorts, Requester } from './ports.ts'
import { findRecord } from './records.ts'
import type { ReversalRecord } from './reverse.ts'
import { policyIn } from './settlement-record.ts'

/** A settlement with everything that its page says, whoever decided it and whatever became of it. */
export interface ExplainedSettlement extends Explanation {
  readonly settlementId: string
  /** Where the journal keeps it. */
  readonly position: number
  readonly requestId: string
  /** China's time. */
  readonly settledAt: string
  readonly knownAt: string
  /** The institution or the agency that booked it. */
  readonly settledBy: string
  /** As registered, where that is still the record that the decision read. */
  readonly institutionName?: string
  readonly reversal?: ExplainedReversal
  /** The settlement in whose place it was booked. */
  readonly replaces?: string
}

export interface ExplainedReversal {
  readonly reversalId: string
  readonly reversedAt: string
  readonly by: string
  readonly way: ReversalRecord['way']
  readonly reason?: string
  /** Of a rebill: the settlement that took its place. */
  readonly replacedBy?: string
}

/** The settlement explained by the version of the pack that decided it, whatever is in force now. */
export async function explainSettlement(
  ports: CounterPorts,
  requester: Requester,
  id: string,
): Promise<ExplainedSettlement | Refusal> {
  const position = positionOf(id) ?? 0
  const original = ports.ledger.entry(position)
  if (original?.kind !== 'settlement' || !mayTouch({ requester }, original)) {
    return refuse('settlement-not-found', 'There is no such settlement.')
  }
  const { packId, packHash } = policyIn(original)
  const pack = ports.packByHash(packHash)
  if (pack === undefined) {
    const detail = `The version ${packHash} of the pack ${packId} is not in the data folder.`
    return refuse('policy-version-missing', detail, { more: { pack: packId, hash: packHash } })
  }
  const { entry, record } = settlementAt(ports, position)
  const { claim, decision, records, replaces, requestId } = record
  const [, institutionVersion] = records
  const institution = await findRecord(ports, 'institution', claim.institutionId)
  const asRead = !isRefusal(institution) && institution.version === institutionVersion
  const reversal = await reversalOf(ports, entry.subjects[0]!, position)
  return {
    ...explain(claim, decision, pack),
    settlementId: settlementId(position),
    position,
    requestId,
    settledAt: chinaTime(entry.bookedAt),
    knownAt: chinaTime(decision.knownAt),
    settledBy: entry.source,
    ...(asRead ? { institutionName: institution.name } : {}),
    ...(reversal === undefined ? {} : { reversal }),
    ...(replaces === undefined ? {} : { replaces: settlementId(replaces) }),
  }
}

async function reversalOf(
  ports: CounterPorts,
  subject: string,
  position: number,
): Promise<ExplainedReversal | undefined> {
  const { state } = await ports.ledger.load(subject)
  const reversedAt = state.reversedBy.get(position)
  if (reversedAt === undefined) return undefined
  const entry = entryAt(ports, reversedAt)
  const { way, reason } = entry.content as ReversalRecord
  return {
    reversalId: reversalId(reversedAt),
    reversedAt: chinaTime(entry.bookedAt),
    by: entry.source,
    way,
    ...(reason === null ? {} : { reason }),
    ...(way === 'rebill' ? { replacedBy: settlementId(reversedAt + 1) } : {}),
  }
}
