import type { CivilDate, Claim } from '../../../engine/claim/claim.ts'
import { RecordReading } from '../../../engine/counter/record-reading.ts'
import { toFen } from '../../../engine/money/fen.ts'
import { inForce } from '../../../engine/registry/records.ts'
import type { Row } from '../row.ts'
import { type Call, type Declined, decline } from './call.ts'
import { personOf } from './insured.ts'

/** 个人账户使用标志. */
const NO_ACCOUNT = '0'
const OWN_ACCOUNT = '1'
const SHARED_ACCOUNT = '2'

/**
 * What accounts may pay of a bill: none, the person's own, or that and the one shared with them
 * (共济) on the day when the care begins, as the decision sees it. One that is not to be used is asked
 * all the same: what it holds is part of the answer.
 */
export async function accountOf(
  call: Call,
  row: Row,
  on: CivilDate,
  totalFen: number,
): Promise<NonNullable<Claim['account']> | Declined> {
  const flag = row.text('acct_used_flag') ?? NO_ACCOUNT
  if (flag === NO_ACCOUNT) return { maxFen: toFen(0) }
  const maxFen = toFen(Math.max(0, totalFen))
  if (flag === OWN_ACCOUNT) return { maxFen }
  if (flag !== SHARED_ACCOUNT) {
    return decline(
      'invalid-request',
      '个人账户使用标志（acct_used_flag）只能是0（不使用）、1（本人账户）或2（共济账户）',
    )
  }
  const sharedFrom = await sharerOf(call, row.text('psn_no')!, on)
  if (typeof sharedFrom !== 'string') return sharedFrom
  return { maxFen, sharedFrom }
}

/**
 * Messages do not say whose account is shared: of several the one that has been shared longest. Members
 * of the household are asked as well: sharings that were put by a release before they were noted are
 * found with them alone.
 */
async function sharerOf(call: Call, personId: string, on: CivilDate): Promise<string | Declined> {
  const person = await personOf(call, personId)
  if ('declined' in person) return person
  const { householdId } = person
  const reading = new RecordReading(call.ports)
  const members = householdId === undefined ? [] : await reading.household(householdId)
  const [first] = [...(await reading.sharersOf(personId)), ...members]
    .filter((sharer) => sharer.personId !== personId)
    .flatMap((sharer) =>
      sharer.accountSharedWith
        .filter((share) => share.personId === personId && inForce(share, on))
        .map(({ from }) => ({ order: `${from}/${sharer.personId}`, sharer: sharer.personId })),
    )
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  if (first !== undefined) return first.sharer
  return decline(
    'account-not-shared',
    '未查到与该参保人共济的个人账户，请改用本人账户（1）或不使用（0）',
  )
}
