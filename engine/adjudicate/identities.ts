import type { Amounts, Decision, FundPart, LineSplit } from '../claim/decision.ts'
import type { Layer } from '../policy/compile-plan.ts'

/** What the identities speak of; a decision has it, and so has a reversal, negated. */
export interface Sums {
  readonly amounts: Amounts
  readonly funds: readonly Pick<FundPart, 'payFen'>[]
  readonly lines: readonly Omit<LineSplit, 'lineId' | 'class' | 'reasons'>[]
}

/**
 * The identities that hold on every settlement, line and total. The first that is broken, or
 * nothing. Asked before booking and again when a settlement is read back.
 */
export function brokenIdentity({ amounts, funds, lines }: Sums): string | undefined {
  const a = amounts
  if (a.totalFen !== a.ownPayFen + a.overLimitFen + a.firstSelfPayFen + a.inScopeFen) {
    return 'total = own-pay + over-limit + first self-pay + in-scope'
  }
  if (a.totalFen !== a.fundFen + a.patientFen + a.hospitalFen) {
    return 'total = funds + patient part + hospital part'
  }
  if (a.patientFen !== a.accountFen + a.cashFen) return 'patient part = account + cash'
  let paid = 0
  for (const fund of funds) paid += fund.payFen
  if (a.fundFen !== paid) return 'funds = sum of the fund parts'
  let [total, ownPay, overLimit, firstSelfPay] = [0, 0, 0, 0]
  for (const line of lines) {
    const parts = line.ownPayFen + line.overLimitFen + line.firstSelfPayFen + line.inScopeFen
    if (line.amountFen !== parts) return 'a line = the sum of its buckets'
    total += line.amountFen
    ownPay += line.ownPayFen
    overLimit += line.overLimitFen
    firstSelfPay += line.firstSelfPayFen
  }
  if (total !== a.totalFen) return 'total = sum of the lines'
  if (ownPay !== a.ownPayFen) return 'own-pay = sum of the lines'
  if (overLimit !== a.overLimitFen) return 'over-limit = sum of the lines'
  if (firstSelfPay !== a.firstSelfPayFen) return 'first self-pay = sum of the lines'
  // What is in scope is the rest of both.
  return undefined
}

/** Every amount but the hospital's part. */
const NEVER_NEGATIVE = [
  'totalFen',
  'ownPayFen',
  'overLimitFen',
  'firstSelfPayFen',
  'inScopeFen',
  'deductibleFen',
  'fundFen',
  'patientFen',
  'accountFen',
  'cashFen',
] as const satisfies readonly (keyof Amounts)[]

/** Bounds that what a plan pays may go beyond. */
interface LiftedBounds {
  /** The hospital bears or gains a part: cases, and layers that no fund pays. */
  readonly hospital: boolean
  /** A deductible is taken from more than what is in scope: first self-pay too, or the whole bill. */
  readonly deductible: boolean
}

function liftedBy(layers: readonly Layer[]): LiftedBounds {
  return {
    hospital: layers.some(({ kind, bearer }) => kind === 'by-case' || bearer === 'institution'),
    deductible: layers.some(
      ({ base, measure = 'parts', deductible }) =>
        deductible !== undefined &&
        base.includes('in-scope') &&
        (base.length > 1 || measure !== 'parts'),
    ),
  }
}

/**
 * Besides the identities, what holds unless a plan lifts it: no part is negative, nothing is left to
 * the hospital, and the deductible is part of what is in scope.
 */
export function brokenBound(
  { amounts, funds, lines }: Decision,
  lifted: LiftedBounds,
): string | undefined {
  for (const name of NEVER_NEGATIVE) if (amounts[name] < 0) return 'no amount is negative'
  for (const fund of funds) if (fund.payFen < 0) return 'no fund pays a negative amount'
  for (const line of lines) {
    if (line.inScopeFen < 0 || line.overLimitFen < 0) return 'no bucket of a line is negative'
  }
  if (lifted.hospital) return undefined
  if (amounts.hospitalFen !== 0) return 'the hospital bears nothing outside care by case'
  if (!lifted.deductible && amounts.deductibleFen > amounts.inScopeFen)
    return 'the deductible is part of what is in scope'
  return undefined
}

/** Throws when the engine has made a decision that must not be booked: our bug, nobody else's. */
export function assertSound(decision: Decision, layers: readonly Layer[]): void {
  const broken = brokenIdentity(decision) ?? brokenBound(decision, liftedBy(layers))
  if (broken !== undefined) throw new Error(`a decision breaks the identity: ${broken}`)
}
