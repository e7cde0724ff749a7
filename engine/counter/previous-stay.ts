import { cityOf } from '../adjudicate/accumulators.ts'
import type { PreviousStay } from '../adjudicate/snapshot.ts'
import { personSubject } from '../adjudicate/snapshot.ts'
import type { Claim } from '../claim/claim.ts'
import type { Decision } from '../claim/decision.ts'
import { positionOf } from '../claim/ids.ts'
import type { Subject, SubjectState } from '../ledger/entry.ts'
import { plus, ZERO_FEN } from '../money/fen.ts'
import { settlementAt } from './booked.ts'
import type { CounterPorts } from './ports.ts'

/** The settled stay that a claim says the patient was transferred from, as far as there is one. */
export function previousStay(
  ports: CounterPorts,
  { transferFrom, personId }: Claim,
  states: ReadonlyMap<Subject, SubjectState>,
): PreviousStay | undefined {
  if (transferFrom === undefined) return undefined
  const position = positionOf(transferFrom)
  if (position === undefined) return undefined
  if (ports.ledger.entry(position)?.kind !== 'settlement') return undefined
  const { record } = settlementAt(ports, position)
  // A visit or a purchase is no stay to be transferred from; emergency care may lead to one.
  const { servedOn, careType } = record.claim
  if (servedOn !== undefined && careType !== 'emergency') return undefined
  const reversed = states.get(personSubject(personId))?.reversedBy.has(position) === true
  return stayOf(transferFrom, record, reversed)
}

/** A settled stay as the stay after a transfer looks back at it. */
export function stayOf(
  settlementId: string,
  { claim, decision }: { readonly claim: Claim; readonly decision: Decision },
  reversed: boolean,
): PreviousStay {
  const { facts, amounts, transferBorneFen = ZERO_FEN } = decision
  const [diagnosis] = claim.diagnoses ?? []
  return {
    settlementId,
    personId: claim.personId,
    scheme: decision.scheme,
    careType: claim.careType,
    city: cityOfSums(decision),
    institutionId: claim.institutionId,
    ...(diagnosis === undefined ? {} : { diagnosis }),
    reversed,
    admission: decision.admission,
    discharge: decision.discharge,
    deductibleLevel: facts.deductibleLevel,
    deductibleFen: plus(amounts.deductibleFen, transferBorneFen),
    admissionNumber: facts.admissionNumber,
  }
}

/** What a decision adds to is all the city's, or all the person's. */
export function cityOfSums({ deltas }: Pick<Decision, 'deltas'>): string {
  return deltas.map(({ accumulator }) => cityOf(accumulator)).find((city) => city !== '') ?? ''
}
