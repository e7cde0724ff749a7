import { chinaDate } from '../../../engine/calendar/china-time.ts'
import type { CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import type { Visit } from '../../../engine/visit/visit.ts'
import type { AskedPart, Terms } from '../../../engine/visit/visit-bill.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { type Call, type Declined, type Done, decline } from './call.ts'
import { notYet } from './days-to-come.ts'
import { credentialFault } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { identityIn } from './person.ts'
import { warned } from './settled.ts'
import { type AskedSettlement, settlementOf, trialOf } from './visit-settlement.ts'

/**
 * 2303. Hospitals ask every night what those who lie there would have to pay: a stay that has not ended
 * is tried as if it ended on the last day that something was charged for, and the answer says so.
 */
export async function preSettleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const asked = await askedIn(call, row)
  const { part } = asked
  const visit = await findVisit(call.ports, ofVisit(call, row))
  const hasEnd = !part.final || part.until !== undefined
  if (hasEnd || isRefusal(visit) || visit.dischargedOn !== undefined)
    return trialOf(call, row, asked)
  const until = lastCharged(visit)
  const tried = await trialOf(call, row, { ...asked, part: { ...part, until } })
  if ('declined' in tried) return tried
  return { ...tried, ...warned(tried.warning, `尚未办理出院，按截至${until}的费用试算`) }
}

function lastCharged({ info, lines }: Visit): CivilDate {
  let last = info.begunOn
  for (const { line } of lines.values()) {
    if (line.servedOn !== undefined && line.servedOn > last) last = line.servedOn
  }
  return last
}

/** 2304, in the middle of the stay or for all that is left. */
export async function settleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return settlementOf(call, row, await askedIn(call, row))
}

async function askedIn(call: Call, row: Row): Promise<AskedSettlement & { part: AskedStay }> {
  const found = await findVisit(call.ports, ofVisit(call, row))
  const visit = isRefusal(found) ? undefined : found
  const medType = visit?.particulars['med_type']
  const said = { ...saidIn(row), ...(medType === undefined ? {} : { medType }) }
  return { part: partOf(row), terms: await termsOf(call, row, visit), said }
}

/** A part of a stay. */
type AskedStay = Extract<AskedPart, { final: boolean }>

/** 中途结算标志. Any other code might be meant either way, and a final settlement ends the stay. */
const FINAL = '0'
const INTERIM = '1'
const NEITHER = decline('invalid-request', '中途结算标志（mid_setl_flag）只能是0（否）或1（是）')

function partOf(row: Row): AskedStay {
  const until = row.date('dscgTime')
  const final = row.text('mid_setl_flag') !== INTERIM
  return { final, ...(until === undefined ? {} : { until }) }
}

async function termsOf(call: Call, row: Row, visit?: Visit): Promise<Terms | Declined> {
  const foreign = await credentialFault(call, row)
  if (foreign !== undefined) return foreign
  if (![FINAL, INTERIM].includes(row.text('mid_setl_flag')!)) return NEITHER
  const early = notYet(call, row, 'dscgTime')
  if (early !== undefined) return early
  const totalFen = row.amount('medfee_sumamt')!
  const on = visit?.info.begunOn ?? chinaDate(call.ports.now())
  const account = await accountOf(call, row, on, totalFen)
  return 'declined' in account ? account : { totalFen, account }
}

/** What the message says of visit and person; `med_type` is what the admission said. */
function saidIn(row: Row) {
  return {
    mdtrtId: row.text('mdtrt_id')!,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    ...identityIn(row),
  }
}
