import type { Claim } from '../claim/claim.ts'
import type { Amounts, Clearing, Decision } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Delta } from '../ledger/entry.ts'
import { minus, smaller, ZERO_FEN } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import type { Policy } from '../policy/policy.ts'
import { payFromAccounts } from './account.ts'
import { inScopeAccumulator, staysAccumulator } from './accumulators.ts'
import { area } from './area.ts'
import { eligibility } from './eligibility.ts'
import { assertSound } from './identities.ts'
import { type LayersResult, runLayers } from './layers.ts'
import { type Buckets, billFault, splitLines } from './lines.ts'
import { personSubject, type Snapshot } from './snapshot.ts'
import { lookUp, readAccumulator, type Workings } from './workings.ts'

/**
 * What every fund pays and what the patient owes for one claim: synchronous and pure, a function
 * of the claim, the frozen snapshot and the policy. The steps are those of the field, in order;
 * each writes into the trace the row that decided.
 */
export function adjudicate(claim: Claim, snapshot: Snapshot, policy: Policy): Decision | Refusal {
  const fault = billFault(claim)
  if (fault !== undefined) return fault
  const eligible = eligibility(claim, snapshot, policy)
  if (isRefusal(eligible)) return eligible
  const { workings, plan, live } = eligible
  if (claim.transferFrom !== undefined) {
    return refuse('no-rule-for-transfer', `The pack ${live.pack.id} has no rule for transfers.`, {
      errors: [{ pointer: '/transferFrom', code: 'no-rule' }],
    })
  }
  const penalty = area(workings, plan)
  if (isRefusal(penalty)) return penalty

  const catalogue = policy.catalogues.get(live.pack.catalogueId)
  if (catalogue === undefined) {
    throw new Error(
      `the catalogue ${live.pack.catalogueId} of the pack ${live.pack.id} is not loaded`,
    )
  }
  const split = splitLines(workings, catalogue)
  if (isRefusal(split)) return split
  const { lines, buckets } = split

  if (plan.asksAdmissionNumber) countStays(workings)
  const layers = runLayers(workings, plan.layers, buckets.inScopeFen, penalty)
  if (isRefusal(layers)) return layers

  // An upper layer may have paid for a part of the deductible too.
  const shareFen = minus(buckets.inScopeFen, layers.fundFen)
  const deductibleFen = smaller(layers.deductibleFen, shareFen)
  const account = payFromAccounts(workings, plan, {
    deductibleFen,
    coPayFen: minus(shareFen, deductibleFen),
    firstSelfPayFen: buckets.firstSelfPayFen,
    ownPayFen: buckets.ownPayFen,
    overLimitFen: buckets.overLimitFen,
  })
  if (isRefusal(account)) return account
  const clearing = clearingOf(workings, plan)
  if (isRefusal(clearing)) return clearing

  const decision: Decision = {
    packId: live.pack.id,
    packHash: live.pack.hash,
    knownAt: live.knownAt,
    catalogueHash: catalogue.hash,
    scheme: plan.scheme,
    benefitYear: workings.benefitYear,
    admission: workings.dates.admission,
    discharge: workings.dates.discharge,
    facts: workings.facts,
    amounts: amountsOf(buckets, layers, account.accountFen),
    funds: layers.funds,
    lines,
    trace: workings.trace,
    remaining: layers.remaining,
    clearing,
    deltas: [...layers.deltas, ...visitDeltas(workings, plan, buckets), ...account.deltas],
    reads: workings.reads,
  }
  assertSound(decision)
  return decision
}

function countStays(workings: Workings): void {
  const subject = personSubject(workings.claim.personId)
  const stays = readAccumulator(workings, subject, staysAccumulator(workings.benefitYear))
  workings.facts.admissionNumber = stays + 1
}

function amountsOf(
  buckets: Buckets,
  { fundFen, deductibleFen }: LayersResult,
  accountFen: Amounts['accountFen'],
): Amounts {
  const patientFen = minus(buckets.totalFen, fundFen)
  return {
    totalFen: buckets.totalFen,
    ownPayFen: buckets.ownPayFen,
    overLimitFen: buckets.overLimitFen,
    firstSelfPayFen: buckets.firstSelfPayFen,
    inScopeFen: buckets.inScopeFen,
    deductibleFen,
    fundFen,
    hospitalFen: ZERO_FEN,
    patientFen,
    accountFen,
    cashFen: minus(patientFen, accountFen),
  }
}

function clearingOf(workings: Workings, plan: Plan): Clearing | Refusal {
  const found = lookUp(workings, 'clearing', plan.clearing)
  if (isRefusal(found)) return found
  const institution = workings.snapshot.institution!
  return {
    homeDistrict: workings.facts.homeDistrict,
    careDistrict: institution.district,
    institutionId: institution.institutionId,
    bearer: found['bearer'] as string,
    payer: found['payer'] as string,
    clearingType: found['clearingType'] as string,
    way: found['way'] as string,
  }
}

/** What the visit itself adds to the person's year, whoever paid. */
function visitDeltas(workings: Workings, plan: Plan, { inScopeFen }: Buckets): Delta[] {
  const subject = personSubject(workings.claim.personId)
  const year = workings.benefitYear
  const deltas: Delta[] = []
  if (inScopeFen !== 0) {
    deltas.push({
      subject,
      accumulator: inScopeAccumulator(year, plan.scheme),
      amount: inScopeFen,
    })
  }
  if (workings.claim.careType === 'inpatient') {
    deltas.push({ subject, accumulator: staysAccumulator(year), amount: 1 })
  }
  return deltas
}
