import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal } from '../../../engine/claim/outcomes.ts'
import { entryAt } from '../../../engine/counter/booked.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import type { ReversalRecord } from '../../../engine/counter/reverse.ts'
import { settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { cancelSettlement } from '../../../engine/counter/undo-visit.ts'
import { toFen } from '../../../engine/money/fen.ts'
import { cancellationNodes } from '../money/settlement-answer.ts'
import { type Call, type Declined, type Done, declined } from './call.ts'
import { ofVisit } from './outpatient-visit.ts'
import { saidBefore, settledOf, settlementOutput } from './settled.ts'

/** 2103, 2208 and 2305: every amount negated, under an id and a time of its own. */
export async function cancelSettled(call: Call): Promise<Done | Declined> {
  const { ports, envelope, message } = call
  const row = call.input.one('data')
  const settlementId = row.text('setl_id')!
  const request = ofVisit(call, row)
  const cancelled = await cancelSettlement(ports, { ...request, settlementId })
  if (isRefusal(cancelled)) return declined(cancelled)
  const original = settledBillAt(ports, positionOf(settlementId)!)
  const visit = await findVisit(ports, request)
  const said = saidBefore(isRefusal(visit) ? {} : visit.particulars, original)
  const settled = await settledOf(call, original, said)
  const { reversalId, reversedAt, personVersion } = cancelled.answer
  const { balanceFen } = entryAt(ports, personVersion).content as ReversalRecord
  const nodes = cancellationNodes(settled, {
    setlId: reversalId,
    bookedAt: Date.parse(reversedAt),
    messageId: message.requestId,
    balanceFen: balanceFen === undefined ? undefined : toFen(balanceFen),
  })
  return { output: settlementOutput(envelope.transaction, nodes), booked: true }
}
