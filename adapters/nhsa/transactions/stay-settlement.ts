import type { CivilDate } from '../../../engine/claim/claim.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import type { Visit } from '../../../engine/visit/visit.ts'
import type { AskedPart, Terms } from '../../../engine/visit/visit-bill.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import type { Call, Declined, Done } from './call.ts'
import { credentialFault } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { certificateIn } from './person.ts'
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
  return 'declined' in tried ? tried : withWarning(tried, `尚未办理出院，按截至${until}的费用试算`)
}

function lastCharged({ info, lines }: Visit): CivilDate {
  let last = info.begunOn
  for (const { line } of lines.values()) {
    if (line.servedOn !== undefined && line.servedOn > last) last = line.servedOn
  }
  return last
}

function withWarning(done: Done, more: string): Done {
  const { warning } = done
  return { ...done, warning: warning === undefined ? more : `${warning}；${more}` }
}

/** 2304, in the middle of the stay or for all that is left. */
export async function settleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return settlementOf(call, row, await askedIn(call, row))
}

async function askedIn(call: Call, row: Row): Promise<AskedSettlement & { part: AskedStay }> {
  const visit = await findVisit(call.ports, ofVisit(call, row))
  const medType = isRefusal(visit) ? undefined : visit.particulars['med_type']
  const said = { ...saidIn(row), ...(medType === undefined ? {} : { medType }) }
  return { part: partOf(row), terms: await termsOf(call, row), said }
}

/** A part of a stay. */
type AskedStay = Extract<AskedPart, { final: boolean }>

const INTERIM = '1'

function partOf(row: Row): AskedStay {
  const until = row.date('dscgTime')
  const final = row.text('mid_setl_flag') !== INTERIM
  return { final, ...(until === undefined ? {} : { until }) }
}

async function termsOf(call: Call, row: Row): Promise<Terms | Declined> {
  const foreign = await credentialFault(call, row)
  if (foreign !== undefined) return foreign
  const totalFen = row.amount('medfee_sumamt')!
  const account = await accountOf(call, row, totalFen)
  return 'declined' in account ? account : { totalFen, account }
}

/** What the message says of visit and person; `med_type` is what the admission said. */
function saidIn(row: Row) {
  return {
    mdtrtId: row.text('mdtrt_id')!,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    ...certificateIn(row),
  }
}
