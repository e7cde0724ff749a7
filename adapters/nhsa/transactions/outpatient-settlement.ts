import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { quoteVisit, settleVisit } from '../../../engine/counter/settle-visit.ts'
import type { Terms } from '../../../engine/visit/visit-bill.ts'
import { settlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { type Call, type Declined, type Done, declined, unlessBooked } from './call.ts'
import { careTypeOf, foreignCredential } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { certificateIn } from './person.ts'
import { insuranceWarning, keptAs, settledOf, settlementOutput } from './settled.ts'

/** 2206: what 2207 would answer now, without its id and time. */
export async function preSettle(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const terms = await termsOf(call, row)
  if ('declined' in terms) return terms
  const part = { batch: row.text('chrg_bchno')! }
  const quoted = await quoteVisit(call.ports, { ...ofVisit(call, row), part, terms })
  if (isRefusal(quoted)) return declined(quoted)
  const settled = await settledOf(call, quoted, saidIn(row))
  const nodes = settlementNodes(settled)
  const output = settlementOutput(call.envelope.transaction, nodes)
  return { output, ...insuranceWarning(row, nodes) }
}

/** 2207. The split of the bill that the client sends is not looked at; its total is. */
export async function settle(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const asked = await termsOf(call, row)
  const refused = 'declined' in asked ? await unlessBooked(call, asked) : undefined
  if (refused !== undefined) return refused
  const terms = 'declined' in asked ? {} : asked
  const part = { batch: row.text('chrg_bchno')! }
  const booked = await settleVisit(call.ports, { ...ofVisit(call, row), part, terms })
  if (isRefusal(booked)) return declined(booked)
  const settled = await settledOf(call, booked.answer, saidIn(row))
  const nodes = settlementNodes(settled)
  const output = settlementOutput(call.envelope.transaction, nodes)
  return { output, booked: keptAs(call, booked.answer), ...insuranceWarning(row, nodes) }
}

async function termsOf(call: Call, row: Row): Promise<Terms | Declined> {
  const foreign = foreignCredential(call, row)
  if (foreign !== undefined) return foreign
  const visit = await findVisit(call.ports, ofVisit(call, row))
  // A message of an unknown visit is refused by the use case, which knows whether it was booked.
  const info = isRefusal(visit) ? undefined : visit.info
  const on = info?.begunOn ?? chinaDate(call.ports.now())
  const careType = await careTypeOf(call, row, on, info?.diseaseCode)
  if (typeof careType !== 'string') return careType
  const totalFen = row.amount('medfee_sumamt')!
  const account = await accountOf(call, row, totalFen)
  return 'declined' in account ? account : { careType, totalFen, account }
}

/** What the message says of visit and person, and its answer says again. */
function saidIn(row: Row) {
  return {
    mdtrtId: row.text('mdtrt_id')!,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    medType: row.text('med_type')!,
    ...certificateIn(row),
  }
}
