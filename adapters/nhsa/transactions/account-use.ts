import type { Claim } from '../../../engine/claim/claim.ts'
import { toFen } from '../../../engine/money/fen.ts'
import type { Row } from '../row.ts'
import { type Declined, decline } from './call.ts'

/** 个人账户使用标志. */
const NO_ACCOUNT = '0'
const OWN_ACCOUNT = '1'

/**
 * What the person's account may pay of a bill. One that is not to be used is asked all the same: what
 * it holds is part of the answer.
 */
export function accountOf(row: Row, totalFen: number): NonNullable<Claim['account']> | Declined {
  const flag = row.text('acct_used_flag') ?? NO_ACCOUNT
  if (flag === NO_ACCOUNT) return { maxFen: toFen(0) }
  if (flag === OWN_ACCOUNT) return { maxFen: toFen(Math.max(0, totalFen)) }
  return decline(
    'account-not-shared',
    '暂不支持使用共济人个人账户，请改用本人账户（1）或不使用（0）',
  )
}
