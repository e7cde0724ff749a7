import { adjudicate } from '../adjudicate/adjudicate.ts'
import type { PreviousStay } from '../adjudicate/snapshot.ts'
import type { Decision } from '../claim/decision.ts'
import type { Refusal } from '../claim/outcomes.ts'
import { snapshotOf } from '../counter/gather.ts'
import { recordVersions } from '../counter/quote-terms.ts'
import { type SettlementRecord, unpackSettlement } from '../counter/settlement-record.ts'
import type { Entry, Subject, SubjectState } from '../ledger/entry.ts'
import type { Policy } from '../policy/policy.ts'
import type { Missing, ReplayPorts } from './ports.ts'

/** A row that cannot be what was booked: it does not add up, or cannot be decided at all. */
export interface Damaged {
  readonly damaged: string
}

export function isDamaged(outcome: object): outcome is Damaged {
  return 'damaged' in outcome
}

/** A settlement as its row keeps it. */
export function readBack(
  ports: Pick<ReplayPorts, 'packByHash'>,
  entry: Entry,
): SettlementRecord | Missing | Damaged {
  let missing: string | undefined
  try {
    return unpackSettlement(entry, (hash) => {
      const pack = ports.packByHash(hash)
      if (pack === undefined) missing = `the pack version ${hash}`
      return pack
    })
  } catch (error) {
    return missing === undefined ? { damaged: (error as Error).message } : { missing }
  }
}

const RECORDS = ['person', 'institution', 'approval'] as const

/** The claim of a settlement decided once more, on the record versions that were read then. */
export function decideAgain(
  ports: Pick<ReplayPorts, 'records'>,
  { claim, records }: Pick<SettlementRecord, 'claim' | 'records'>,
  states: ReadonlyMap<Subject, SubjectState>,
  before: PreviousStay | undefined,
  policy: Policy,
): Decision | Refusal | Missing | Damaged {
  const snapshot = snapshotOf(ports.records, claim, states, before)
  const versions = recordVersions(snapshot)
  const other = RECORDS.find((_, at) => versions[at] !== records[at])
  if (other !== undefined) return { missing: `the version of the ${other}'s record that was read` }
  try {
    return adjudicate(claim, snapshot, policy)
  } catch (error) {
    // A claim that was booked does not trip over an invariant, unless it or its row was changed.
    return { damaged: (error as Error).message }
  }
}
