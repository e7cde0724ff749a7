import { settlementId } from '../claim/ids.ts'
import type { SubjectState } from '../ledger/entry.ts'
import { inForce } from '../registry/records.ts'
import { settlementAt } from './booked.ts'
import type { Filed } from './filings-of.ts'
import type { CounterPorts } from './ports.ts'
import type { SettlementRecord } from './settlement-record.ts'

/** A live settlement of the person whose decision leaned on the filing: its id, if there is one. */
export function settlementUsing(
  ports: CounterPorts,
  filed: Filed,
  { live }: SubjectState,
): string | undefined {
  const position = live.findLast((one) => leansOn(ports, settlementAt(ports, one).record, filed))
  return position === undefined ? undefined : settlementId(position)
}

function leansOn(
  ports: CounterPorts,
  { claim, decision }: SettlementRecord,
  { filing, approvalId }: Filed,
): boolean {
  const { facts, admission } = decision
  switch (filing.type) {
    case 'referral':
      return claim.approvalId === approvalId
    case 'disease': {
      const { kind, diseaseCode } = filing.registration
      const asked = facts.diseaseCode === diseaseCode && facts.registeredAs === kind
      return asked && inForce(filing.registration, admission)
    }
    case 'chosen-institution': {
      const { institutionId } = filing.chosen
      const asked = facts.chosenInstitution && claim.institutionId === institutionId
      // Only where a table of the city asks, a settlement was different for it.
      const counts = ports.packByHash(decision.packHash)?.asks.has('chosenInstitution') ?? true
      return asked && counts && inForce(filing.chosen, admission)
    }
  }
}
