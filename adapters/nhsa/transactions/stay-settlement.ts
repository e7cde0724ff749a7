import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import type { AskedPart, Terms } from '../../../engine/visit/visit-bill.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import type { Call, Declined, Done } from './call.ts'
import { foreignCredential } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { certificateIn } from './person.ts'
import { type AskedSettlement, settlementOf, trialOf } from './visit-settlement.ts'

/** 2303. */
export async function preSettleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return trialOf(call, row, await askedIn(call, row))
}

/** 2304, in the middle of the stay or for all that is left. */
export async function settleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return settlementOf(call, row, await askedIn(call, row))
}

async function askedIn(call: Call, row: Row): Promise<AskedSettlement> {
  const visit = await findVisit(call.ports, ofVisit(call, row))
  const medType = isRefusal(visit) ? undefined : visit.particulars['med_type']
  const said = { ...saidIn(row), ...(medType === undefined ? {} : { medType }) }
  return { part: partOf(row), terms: await termsOf(call, row), said }
}

const INTERIM = '1'

function partOf(row: Row): AskedPart {
  const until = row.date('dscgTime')
  const final = row.text('mid_setl_flag') !== INTERIM
  return { final, ...(until === undefined ? {} : { until }) }
}

async function termsOf(call: Call, row: Row): Promise<Terms | Declined> {
  const foreign = foreignCredential(call, row)
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
