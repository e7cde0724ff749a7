import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { quoteVisit, settleVisit } from '../../../engine/counter/settle-visit.ts'
import type { AskedPart, Terms } from '../../../engine/visit/visit-bill.ts'
import { settlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { type Call, type Declined, type Done, declined, unlessBooked } from './call.ts'
import { foreignCredential } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { certificateIn } from './person.ts'
import { insuranceWarning, keptAs, settledOf, settlementOutput } from './settled.ts'

/** 2303: what 2304 would answer now, without its id and time. */
export async function preSettleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const terms = await termsOf(call, row)
  if ('declined' in terms) return terms
  const quoted = await quoteVisit(call.ports, { ...ofVisit(call, row), part: partOf(row), terms })
  if (isRefusal(quoted)) return declined(quoted)
  const settled = await settledOf(call, quoted, saidIn(row))
  const nodes = settlementNodes(settled)
  const output = settlementOutput(call.envelope.transaction, nodes)
  return { output, ...insuranceWarning(row, nodes) }
}

/** 2304, in the middle of the stay or for all that is left. */
export async function settleStay(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const asked = await termsOf(call, row)
  const refused = 'declined' in asked ? await unlessBooked(call, asked) : undefined
  if (refused !== undefined) return refused
  const terms = 'declined' in asked ? {} : asked
  const request = { ...ofVisit(call, row), part: partOf(row), terms }
  const booked = await settleVisit(call.ports, request)
  if (isRefusal(booked)) return declined(booked)
  const settled = await settledOf(call, booked.answer, saidIn(row))
  const nodes = settlementNodes(settled)
  const output = settlementOutput(call.envelope.transaction, nodes)
  return { output, booked: keptAs(call, booked.answer), ...insuranceWarning(row, nodes) }
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

/** What the message says of visit and person; what `med_type` was is the city's word for the care. */
function saidIn(row: Row) {
  return {
    mdtrtId: row.text('mdtrt_id')!,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    ...certificateIn(row),
  }
}
