import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import { findReversal, findSettlement } from '../../../engine/counter/find.ts'
import { findVisit, type Sought, settlementsOf } from '../../../engine/counter/find-visit.ts'
import { findRecord } from '../../../engine/counter/records.ts'
import { type SettledBill, settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { isVisit } from '../../../engine/visit/visit.ts'
import { interfaceTime } from '../money/setlinfo.ts'
import { type Queried, queriedNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import { transactionNumber } from '../spec/spec.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline, declined } from './call.ts'
import { cancelledAt, saidBefore, settledOf, settlementOutput } from './settled.ts'

const NOT_FOUND = decline('settlement-not-found', OUTCOMES['settlement-not-found'].message)

/**
 * 5203: a settlement as it was, and whether it was taken back; or its cancellation, which has an id of
 * its own. Without an id (an extension): the last one of the person here, and the list of all that fit
 * what else is said.
 */
export async function querySettlement(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const id = row.text('setl_id')
  if (id === undefined) return listSettlements(call, row)
  const { ports, requester } = call
  const reversal = findReversal(ports, requester, id)
  const settlementId = isRefusal(reversal) ? id : reversal.settlementId
  const found = await findSettlement(ports, requester, settlementId)
  if (isRefusal(found)) return declined(found)
  const position = positionOf(settlementId)!
  if (!ports.ledger.entry(position)!.subjects.some(isVisit)) return NOT_FOUND
  const bill = settledBillAt(ports, position)
  if ((row.text('mdtrt_id') ?? bill.visitId) !== bill.visitId) return NOT_FOUND
  call.sight.person(bill.claim.personId, id)
  const queried = isRefusal(reversal) ? standing(found) : cancelledAt(ports, reversal.position)
  return answerOf(call, row, bill, queried)
}

async function listSettlements(call: Call, row: Row): Promise<Done | Declined> {
  const { ports, requester } = call
  const all = await settlementsOf(ports, requester, row.text('psn_no')!, soughtIn(row))
  const [last] = all
  if (last === undefined) {
    return decline(
      'settlement-not-found',
      '本机构没有该人员符合条件的结算记录，请核对人员编号和时间',
    )
  }
  for (const { claim, settlementId } of all) call.sight.person(claim.personId, settlementId)
  const answer = await answerOf(call, row, last, standing(last))
  if ('declined' in answer) return answer
  const setllist = all.map(
    ({
      settlementId,
      visitId,
      operation,
      requestId,
      bookedAt,
      decision,
      reversedBy,
    }): OutputRow => ({
      setl_id: settlementId,
      mdtrt_id: visitId,
      infno: operation,
      msgid: requestId,
      setl_time: interfaceTime(bookedAt),
      medfee_sumamt: decision.amounts.totalFen,
      fund_pay_sumamt: decision.amounts.fundFen,
      acct_pay: decision.amounts.accountFen,
      psn_cash_pay: decision.amounts.cashFen,
      refd_setl_flag: reversedBy === undefined ? '0' : '1',
      refd_setl_id: reversedBy,
    }),
  )
  return { output: { ...answer.output, setllist } }
}

function standing({ reversedBy }: { readonly reversedBy?: string }): Queried {
  return reversedBy === undefined ? 'standing' : 'cancelled'
}

const LAST_OF_SECOND = 999

function soughtIn(row: Row): Sought {
  const visitId = row.text('mdtrt_id')
  const operation = row.text('oinfno')
  const from = row.time('begntime')
  const until = row.time('endtime', '23:59:59')
  return {
    ...(visitId === undefined ? {} : { visitId }),
    ...(operation === undefined
      ? {}
      : { operation: transactionNumber(operation)?.base ?? operation }),
    ...(from === undefined ? {} : { from: instantOf(from) }),
    ...(until === undefined ? {} : { until: instantOf(until) + LAST_OF_SECOND }),
  }
}

/** Of `yyyy-MM-dd HH:mm:ss` in China. */
function instantOf(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}+08:00`)
}

async function answerOf(
  call: Call,
  row: Row,
  bill: SettledBill,
  queried: Queried,
): Promise<Done | Declined> {
  const { ports, envelope, requester } = call
  const { visitId } = bill
  const visit = await findVisit(ports, { requester, visitId, personId: row.text('psn_no')! })
  if (isRefusal(visit)) return declined(visit)
  const settled = await settledOf(call, bill, saidBefore(visit.particulars, bill))
  const nodes = queriedNodes(settled, queried)
  const institution = await findRecord(ports, 'institution', requester.id)
  const said = { ...visit.particulars, ...bill.particulars }
  const { diseaseCode } = bill.claim
  const isNamed = diseaseCode !== undefined && diseaseCode === visit.info.diseaseCode
  const setlinfo = {
    ...nodes.setlinfo,
    ...(isRefusal(institution) ? {} : { fixmedins_name: institution.name }),
    // A batch may be for another disease than the visit, which nobody named.
    ...(isNamed ? { dise_name: said['dise_name'] } : {}),
    invono: said['invono'],
  }
  return { output: settlementOutput(envelope.transaction, { ...nodes, setlinfo }) }
}
