import { BALANCE } from '../../../engine/adjudicate/accumulators.ts'
import { accountSubject } from '../../../engine/adjudicate/snapshot.ts'
import { chinaDate } from '../../../engine/calendar/china-time.ts'
import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import { findSettlement } from '../../../engine/counter/find.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { quoteVisit, settledBillAt, settleVisit } from '../../../engine/counter/settle-visit.ts'
import { cancelSettlement } from '../../../engine/counter/undo-visit.ts'
import { accumulated } from '../../../engine/ledger/entry.ts'
import { toFen } from '../../../engine/money/fen.ts'
import type { Terms } from '../../../engine/visit/visit-bill.ts'
import { cancellationNodes, queriedSetlinfo, settlementNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { accountOf } from './account-use.ts'
import { type Call, type Declined, type Done, decline, declined, unlessBooked } from './call.ts'
import { careTypeOf, foreignCredential } from './insured.ts'
import { ofVisit } from './outpatient-visit.ts'
import { certificateIn } from './person.ts'
import { balanceAfter, insuranceWarning, keptAs, settledOf, settlementOutput } from './settled.ts'

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

/** 2208 and 2305: every amount negated, under an id and a time of its own. */
export async function cancelSettled(call: Call): Promise<Done | Declined> {
  const { ports, envelope, message } = call
  const row = call.input.one('data')
  const settlementId = row.text('setl_id')!
  const request = ofVisit(call, row)
  const cancelled = await cancelSettlement(ports, { ...request, settlementId })
  if (isRefusal(cancelled)) return declined(cancelled)
  const original = settledBillAt(ports, positionOf(settlementId)!)
  const settled = await settledOf(call, original, await keptOf(call, row))
  const { personId } = original.claim
  const account = await ports.ledger.load(accountSubject(personId))
  const { reversalId, reversedAt } = cancelled.answer
  const nodes = cancellationNodes(settled, {
    setlId: reversalId,
    bookedAt: Date.parse(reversedAt),
    messageId: message.requestId,
    balanceFen:
      balanceAfter(original.decision) === undefined
        ? undefined
        : toFen(accumulated(account.state, BALANCE)),
  })
  return { output: settlementOutput(envelope.transaction, nodes), booked: true }
}

/** 5203: a settlement as it was, and whether it was taken back. */
export async function querySettlement(call: Call): Promise<Done | Declined> {
  const { ports, envelope, requester } = call
  const row = call.input.one('data')
  const visit = await findVisit(ports, ofVisit(call, row))
  if (isRefusal(visit)) return declined(visit)
  const found = await findSettlement(ports, requester, row.text('setl_id')!)
  if (isRefusal(found)) return declined(found)
  const bill = settledBillAt(ports, positionOf(found.settlementId!)!)
  if (bill.visitId !== row.text('mdtrt_id')) {
    return decline('settlement-not-found', OUTCOMES['settlement-not-found'].message)
  }
  const settled = await settledOf(call, bill, await keptOf(call, row))
  const { setldetail } = settlementNodes(settled)
  const setlinfo = {
    ...queriedSetlinfo(settled, found.reversedBy !== undefined),
    fixmedins_name: envelope.fields.text('fixmedins_name'),
  }
  return { output: settlementOutput(envelope.transaction, { setlinfo, setldetail }) }
}

/** What the visit keeps of what was said of it, for messages that do not say it again. */
async function keptOf(call: Call, row: Row) {
  const visit = await findVisit(call.ports, ofVisit(call, row))
  const medType = isRefusal(visit) ? undefined : visit.particulars['med_type']
  return { mdtrtId: row.text('mdtrt_id')!, ...(medType === undefined ? {} : { medType }) }
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
