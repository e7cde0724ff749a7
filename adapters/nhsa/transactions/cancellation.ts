import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { cancelSettlement } from '../../../engine/counter/undo-visit.ts'
import { cancellationNodes } from '../money/settlement-answer.ts'
import { type Call, type Declined, type Done, declined } from './call.ts'
import { ofVisit } from './outpatient-visit.ts'
import { cancelledAt, saidBefore, settledOf, settlementOutput } from './settled.ts'

/** 2103, 2208 and 2305: every amount negated, under an id and a time of its own. */
export async function cancelSettled(call: Call): Promise<Done | Declined> {
  const { ports, envelope } = call
  const row = call.input.one('data')
  const settlementId = row.text('setl_id')!
  const request = ofVisit(call, row)
  const cancelled = await cancelSettlement(ports, { ...request, settlementId })
  if (isRefusal(cancelled)) return declined(cancelled)
  const original = settledBillAt(ports, positionOf(settlementId)!)
  const visit = await findVisit(ports, request)
  const said = saidBefore(isRefusal(visit) ? {} : visit.particulars, original)
  const settled = await settledOf(call, original, said)
  const nodes = cancellationNodes(settled, cancelledAt(ports, cancelled.answer.personVersion))
  return { output: settlementOutput(envelope.transaction, nodes), booked: true }
}
