import type { Claim } from '../claim/claim.ts'
import type { Amounts, Clearing, Decision } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import { accumulated, type Delta, EMPTY_STATE } from '../ledger/entry.ts'
import { FEN_MAX, minus, smaller } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import { SELF_PAY } from '../policy/pack.ts'
import type { Policy } from '../policy/policy.ts'
import { type PatientParts, payFromAccounts } from './account.ts'
import {
  CLAIMED,
  inScopeAccumulator,
  otherName,
  staysAccumulator,
  yearName,
} from './accumulators.ts'
import { type Admitted, admit } from './admit.ts'
import { assertSound } from './identities.ts'
import { type Buckets, billFault, splitLines } from './lines.ts'
import { type Paid, type PaidYear, payByYears } from './pay-by-years.ts'
import type { Snapshot } from './snapshot.ts'
import { lookUp, readAccumulator, readUsed, type Workings } from './workings.ts'

/**
 * What every fund pays and what the patient owes for one claim: synchronous and pure, a function
 * of the claim, the frozen snapshot and the policy. The steps are those of the field, in order;
 * each writes into the trace the row that decided.
 */
export function adjudicate(claim: Claim, snapshot: Snapshot, policy: Policy): Decision | Refusal {
  const fault = billFault(claim)
  if (fault !== undefined) return fault
  const admitted = admit(claim, snapshot, policy)
  if (isRefusal(admitted)) return admitted
  const { workings, plan, live, transfer } = admitted
  const invoice = claimInvoice(workings)
  if (isRefusal(invoice)) return invoice

  const catalogue = policy.catalogues.get(live.pack.catalogueId)
  if (catalogue === undefined) {
    throw new Error(
      `the catalogue ${live.pack.catalogueId} of the pack ${live.pack.id} is not loaded`,
    )
  }
  countStays(admitted)
  const split = splitLines(workings, plan, catalogue)
  if (isRefusal(split)) return split
  const { items, buckets } = split
  const paid = payByYears(admitted, items)
  if (isRefusal(paid)) return paid

  const account = payFromAccounts(workings, plan, partsForAccount(paid))
  if (isRefusal(account)) return account
  const clearing = clearingOf(workings, plan)
  if (isRefusal(clearing)) return clearing

  const visit = visitDeltas(workings, admitted, paid.years)
  const deltas = [...paid.deltas, ...visit, ...account.deltas, ...invoice]
  const overflow = tooLargeTogether(workings, deltas)
  if (overflow !== undefined) return overflow
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
    amounts: amountsOf(buckets, paid, account.accountFen),
    funds: paid.funds,
    lines: items.map((item) => item.split),
    trace: workings.trace,
    remaining: paid.remaining,
    clearing,
    deltas,
    reads: workings.reads,
    ...(transfer === undefined ? {} : { transferBorneFen: transfer.borneFen }),
  }
  assertSound(decision, plan.layers)
  return decision
}

/** What adds up over the bills is bounded as one bill is: a later one could not be computed. */
function tooLargeTogether(
  { snapshot, pack }: Workings,
  deltas: readonly Delta[],
): Refusal | undefined {
  for (const { subject, accumulator, amount } of deltas) {
    const state = snapshot.states.get(subject) ?? EMPTY_STATE
    const others = accumulated(state, otherName(pack.id, accumulator))
    if (accumulated(state, accumulator) + others + amount <= FEN_MAX) continue
    return refuse('total-too-large', `With the bills before it adds up to over ${FEN_MAX} fen.`)
  }
  return undefined
}

/** A manual claim takes its invoice, which a reversal gives back. */
function claimInvoice(workings: Workings): readonly Delta[] | Refusal {
  const { manual } = workings.snapshot
  if (manual === undefined) return []
  if (readAccumulator(workings, manual.invoice, CLAIMED) > 0) {
    return refuse('invoice-already-claimed', 'This invoice was claimed before.', {
      errors: [{ pointer: '/invoiceNumber', code: 'already-claimed' }],
    })
  }
  return [{ subject: manual.invoice, accumulator: CLAIMED, amount: 1 }]
}

function countStays({ workings, plan, transfer, years }: Admitted): void {
  const { facts } = workings
  const year = { ...workings.time, year: yearName(years.year, years.startsInMonth) }
  if (plan.asks.has('admissionNumber') || mayGoOn(workings, plan)) {
    const stays = readUsed(workings, staysAccumulator(year))
    // One that was decided before its number was worked out was the last one.
    const again = transfer?.admissionNumber || Math.max(1, stays)
    facts.admissionNumber = transfer?.sameStay === true ? again : stays + 1
  }
  const anew = transfer?.sameStay === true ? 0 : 1
  for (const fact of NUMBERS) {
    if (!plan.asks.has(fact)) continue
    const stays = staysAccumulator(year, numberedAmong(workings, fact))
    facts[fact] = Math.max(1, readUsed(workings, stays) + anew)
  }
}

/** A stay after a transfer asks what number the stay before it had, by whichever plan that was. */
function mayGoOn({ pack }: Workings, { transfer, countsAsStay }: Plan): boolean {
  if (transfer !== undefined) return true
  const isAsked = countsAsStay && pack.asks.has('admissionNumber')
  return isAsked && pack.plans.some((plan) => plan.transfer !== undefined)
}

/** The facts that number a stay among some of the year's. */
const NUMBERS = ['areaCaseNumber', 'levelNumber', 'institutionNumber'] as const

/** How the stays are told apart among which such a fact numbers. */
function numberedAmong({ facts, claim }: Workings, fact: (typeof NUMBERS)[number]): string {
  if (fact === 'areaCaseNumber') return facts.areaCase
  return fact === 'levelNumber' ? `level/${facts.level}` : `institution/${claim.institutionId}`
}

/** What the account may pay for: what is unpaid of the deductible goes before the co-pay. */
function partsForAccount({ share, deductibleFen }: Paid): PatientParts {
  const { baskets } = share
  const unpaidFen = share.sum(baskets, SELF_PAY)
  const ofDeductibleFen = smaller(deductibleFen, unpaidFen)
  return {
    deductibleFen: ofDeductibleFen,
    coPayFen: minus(unpaidFen, ofDeductibleFen),
    firstSelfPayFen: share.sum(baskets, FIRST_SELF_PAY),
    ownPayFen: share.sum(baskets, OWN_PAY),
    overLimitFen: share.sum(baskets, OVER_PRICE_CEILING),
  }
}

const FIRST_SELF_PAY = ['first-self-pay', 'area-first-self-pay'] as const
const OWN_PAY = ['own-pay'] as const
const OVER_PRICE_CEILING = ['over-price-ceiling'] as const

function amountsOf(
  buckets: Buckets,
  { fundFen, deductibleFen, share }: Paid,
  accountFen: Amounts['accountFen'],
): Amounts {
  const patientFen = share.total()
  return {
    totalFen: buckets.totalFen,
    ownPayFen: buckets.ownPayFen,
    overLimitFen: buckets.overLimitFen,
    firstSelfPayFen: buckets.firstSelfPayFen,
    inScopeFen: buckets.inScopeFen,
    deductibleFen,
    fundFen,
    // Only care by case leaves a part to the hospital, which may be negative.
    hospitalFen: minus(minus(buckets.totalFen, fundFen), patientFen),
    patientFen,
    accountFen,
    cashFen: minus(patientFen, accountFen),
  }
}

function clearingOf(workings: Workings, plan: Plan): Clearing | Refusal {
  const found =
    plan.clearing === undefined ? HOME_CLEARING : lookUp(workings, 'clearing', plan.clearing)
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

/** Where a pack has no rule: the home district's agency bears and pays. */
const HOME_CLEARING = {
  bearer: 'home-district',
  payer: 'home-district',
  clearingType: 'ordinary',
  way: 'direct',
} as const

/** What the visit itself adds to the person's year, whoever paid. */
function visitDeltas(
  workings: Workings,
  { plan, transfer }: Admitted,
  years: readonly PaidYear[],
): Delta[] {
  const subject = workings.subject
  const deltas: Delta[] = []
  const within = (year: number) => ({
    ...workings.time,
    year: yearName(year, workings.startsInMonth),
  })
  for (const { year, inScopeFen } of years) {
    if (inScopeFen === 0) continue
    const accumulator = inScopeAccumulator(within(year), plan.scheme)
    deltas.push({ subject, accumulator, amount: inScopeFen })
  }
  if (!plan.countsAsStay || transfer?.sameStay === true) return deltas
  const year = within(years[0]!.year)
  deltas.push({ subject, accumulator: staysAccumulator(year), amount: 1 })
  for (const fact of NUMBERS) {
    if (!workings.pack.asks.has(fact)) continue
    const accumulator = staysAccumulator(year, numberedAmong(workings, fact))
    deltas.push({ subject, accumulator, amount: 1 })
  }
  return deltas
}
