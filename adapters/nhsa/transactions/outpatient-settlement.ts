import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import type { Terms } from '../../../engine/visit/visit-bill.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { diseaseOf } from './batch-disease.ts'
import type { Call, Declined, Done } from './call.ts'
import { careFault, careTypeOf, credentialFault } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { identityIn } from './person.ts'
import { type AskedSettlement, settlementOf, trialOf } from './visit-settlement.ts'

/** 2206. */
export async function preSettle(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return trialOf(call, row, await askedIn(call, row))
}

/** 2207. */
export async function settle(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  return settlementOf(call, row, await askedIn(call, row))
}

async function askedIn(call: Call, row: Row): Promise<AskedSettlement> {
  const part = { batch: row.text('chrg_bchno')! }
  return { part, terms: await termsOf(call, row), said: saidIn(row) }
}

async function termsOf(call: Call, row: Row): Promise<Terms | Declined> {
  const foreign = await credentialFault(call, row)
  if (foreign !== undefined) return foreign
  const visit = await findVisit(call.ports, ofVisit(call, row))
  // A message of an unknown visit is refused by the use case, which knows whether it was booked.
  const info = isRefusal(visit) ? undefined : visit.info
  const on = info?.begunOn ?? chinaDate(call.ports.now())
  const batch = row.text('chrg_bchno')!
  const diseaseCode = isRefusal(visit)
    ? undefined
    : await diseaseOf(call, visit, visit.lines.values(), batch)
  const careType = await careTypeOf(call, row, on, diseaseCode)
  if (typeof careType !== 'string') return careType
  const unfit = careFault('day', careType)
  if (unfit !== undefined) return unfit
  const totalFen = row.amount('medfee_sumamt')!
  const account = await accountOf(call, row, on, totalFen)
  if ('declined' in account) return account
  return { careType, totalFen, account, ...(diseaseCode === undefined ? {} : { diseaseCode }) }
}

/** What the message says of visit and person, and its answer says again. */
function saidIn(row: Row) {
  return {
    mdtrtId: row.text('mdtrt_id')!,
    mdtrtCertType: row.text('mdtrt_cert_type')!,
    medType: row.text('med_type')!,
    ...identityIn(row),
  }
}
