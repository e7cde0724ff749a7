import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import { findSettlement } from '../../../engine/counter/find.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { medTypeFor } from '../../../engine/policy/nhsa.ts'
import { interfaceOf } from '../money/setlinfo.ts'
import { lineNodes } from '../money/settlement-answer.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline, declined } from './call.ts'
import { ofVisit } from './outpatient-visit.ts'
import { settledOf } from './settled.ts'

const APPROVALS: Readonly<Record<string, string>> = { true: '1', false: '2' }

/** 5204: the lines of a settlement with the split that it was settled with, reversed or not. */
export async function queryFees(call: Call): Promise<Done | Declined> {
  const { ports, requester } = call
  const row = call.input.one('data')
  const [visitId, settlementId] = [row.text('mdtrt_id')!, row.text('setl_id')!]
  const visit = await findVisit(ports, ofVisit(call, row))
  if (isRefusal(visit)) return declined(visit)
  const found = await findSettlement(ports, requester, settlementId)
  if (isRefusal(found)) return declined(found)
  const bill = settledBillAt(ports, positionOf(settlementId)!)
  if (bill.visitId !== visitId) {
    return decline('settlement-not-found', OUTCOMES['settlement-not-found'].message)
  }
  const settled = await settledOf(call, bill, { mdtrtId: visitId })
  const { claim } = bill
  const medType = visit.particulars['med_type'] ?? medTypeFor(interfaceOf(settled), claim.careType)
  const lines = lineNodes(settled).map((split, at): OutputRow => {
    const { code, servedOn, hospitalApproved } = claim.lines[at]!
    return {
      ...split,
      mdtrt_id: visitId,
      setl_id: settlementId,
      med_type: medType,
      fee_ocur_time: `${servedOn ?? claim.servedOn ?? claim.dischargedOn} 00:00:00`,
      hilist_code: code,
      med_list_codg: code,
      hosp_appr_flag: APPROVALS[String(hospitalApproved)],
    }
  })
  return { output: { '': lines } }
}
