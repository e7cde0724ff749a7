import type { Amounts } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import type { Delta } from '../ledger/entry.ts'
import { type Fen, larger, minus, plus, smaller, toFen, ZERO_FEN } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import { inForce } from '../registry/records.ts'
import { BALANCE } from './accumulators.ts'
import { accountSubject } from './snapshot.ts'
import { lookUp, note, readAccumulator, type Workings } from './workings.ts'

/** The parts of the patient's share, of which the pack says which the account may pay. */
export type PatientParts = Pick<
  Amounts,
  'deductibleFen' | 'firstSelfPayFen' | 'ownPayFen' | 'overLimitFen'
> & { readonly coPayFen: Fen }

/**
 * Step 9: the person's own account, then one that is shared with the person, up to what the claim
 * allows, what the pack lets an account pay and what the accounts hold.
 */
export function payFromAccounts(
  workings: Workings,
  plan: Plan,
  parts: PatientParts,
): { accountFen: Fen; deltas: readonly Delta[] } | Refusal {
  const { account, personId } = workings.claim
  if (account === undefined) return { accountFen: ZERO_FEN, deltas: [] }
  const sharer = account.sharedFrom
  if (sharer !== undefined && !sharesWith(workings, personId)) {
    return refuse('account-not-shared', 'That account is not shared with this person.', {
      errors: [{ pointer: '/account/sharedFrom', code: 'not-shared' }],
    })
  }
  if (plan.account === undefined) return { accountFen: ZERO_FEN, deltas: [] }
  const may = lookUp(workings, 'account', plan.account)
  if (isRefusal(may)) return may
  let payableFen = ZERO_FEN
  if (may['deductible'] === true) payableFen = plus(payableFen, parts.deductibleFen)
  if (may['coPay'] === true) payableFen = plus(payableFen, parts.coPayFen)
  if (may['firstSelfPay'] === true) payableFen = plus(payableFen, parts.firstSelfPayFen)
  if (may['ownPay'] === true) payableFen = plus(payableFen, parts.ownPayFen)
  if (may['overLimit'] === true) payableFen = plus(payableFen, parts.overLimitFen)

  const deltas: Delta[] = []
  let dueFen = smaller(payableFen, account.maxFen)
  let accountFen = ZERO_FEN
  // A set: an account that is registered as shared with its own holder is still one account.
  for (const owner of new Set([personId, sharer ?? personId])) {
    const subject = accountSubject(owner)
    const balanceFen = larger(ZERO_FEN, toFen(readAccumulator(workings, subject, BALANCE)))
    const paidFen = smaller(dueFen, balanceFen)
    const whose = owner === personId ? 'own' : 'shared'
    note(workings, 'account-pays', { whose, payableFen: dueFen, balanceFen }, { payFen: paidFen })
    if (paidFen > 0) deltas.push({ subject, accumulator: BALANCE, amount: 0 - paidFen })
    dueFen = minus(dueFen, paidFen)
    accountFen = plus(accountFen, paidFen)
  }
  return { accountFen, deltas }
}

function sharesWith({ snapshot, dates }: Workings, personId: string): boolean {
  const shares = snapshot.sharer?.accountSharedWith ?? []
  return shares.some((share) => share.personId === personId && inForce(share, dates.admission))
}
