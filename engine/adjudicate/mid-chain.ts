import type { Claim } from '../claim/claim.ts'
import type { FundPart, TraceStep } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, plus, ZERO_FEN } from '../money/fen.ts'
import { BASE_BASKET, type SharePart } from '../policy/pack.ts'
import type { Policy } from '../policy/policy.ts'
import { admit } from './admit.ts'
import { newRun } from './layer-run.ts'
import { runLayers } from './layers.ts'
import { PatientShare } from './parts.ts'
import type { Snapshot } from './snapshot.ts'

/** What layers pay when the patient's share is given, as in an example that begins after the basic layer. */
export interface MidChain {
  readonly scheme: string
  readonly benefitYear: number
  readonly funds: readonly FundPart[]
  readonly totalFen: Fen
  readonly fundFen: Fen
  readonly deductibleFen: Fen
  readonly patientFen: Fen
  readonly trace: readonly TraceStep[]
  readonly packId: string
}

/**
 * Runs some layers of the plan on given parts of the patient's share instead of a bill. Nothing of it
 * can be booked: it is for checking worked examples against a pack.
 */
export function adjudicateMidChain(
  claim: Claim,
  snapshot: Snapshot,
  policy: Policy,
  parts: readonly (readonly [SharePart, Fen])[],
  layerIds: readonly string[] | undefined,
): MidChain | Refusal {
  const admitted = admit(claim, snapshot, policy)
  if (isRefusal(admitted)) return admitted
  const { workings, plan, penalty, live } = admitted
  const share = new PatientShare()
  let totalFen = ZERO_FEN
  for (const [part, amount] of parts) {
    share.add(BASE_BASKET, part, amount)
    totalFen = plus(totalFen, amount)
  }
  const none = { ownPayFen: ZERO_FEN, overLimitFen: ZERO_FEN, firstSelfPayFen: ZERO_FEN }
  const buckets = { totalFen, ...none, inScopeFen: totalFen }
  workings.facts.totalFen = totalFen
  workings.facts.inScopeFen = totalFen
  const layers = plan.layers.filter(({ id }) => layerIds === undefined || layerIds.includes(id))
  const run = newRun({ workings, penalty, buckets, items: [], share })
  const result = runLayers(run, layers)
  if (isRefusal(result)) return result
  return {
    scheme: plan.scheme,
    benefitYear: workings.benefitYear,
    funds: result.funds,
    totalFen,
    fundFen: result.fundFen,
    deductibleFen: result.deductibleFen,
    patientFen: share.total(),
    trace: workings.trace,
    packId: live.pack.id,
  }
}
