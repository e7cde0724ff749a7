import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { keepSettlementList } from '../../../engine/counter/settlement-lists.ts'
import type { Row } from '../row.ts'
import { settlementListFaults } from '../settlement-list-checks.ts'
import { type Call, type Declined, type Done, decline, declined, unlessBooked } from './call.ts'
import { settledOf } from './settled.ts'

/** 4101: the list is checked and kept; of several for one settlement the last counts. */
export async function uploadSettlementList(call: Call): Promise<Done | Declined> {
  const row = call.input.one('setlinfo')
  const personId = row.text('psn_no')
  const settlementId = row.text('setl_id')!
  const request = {
    ...call.message,
    visitId: row.text('mdtrt_id')!,
    settlementId,
    ...(personId === undefined ? {} : { personId }),
  }
  const fault = await faultOf(call, request.visitId, settlementId)
  const refused = fault && (await unlessBooked(call, fault))
  if (refused !== undefined) return refused
  const kept = await keepSettlementList(call.ports, { ...request, list: listOf(call) })
  if (isRefusal(kept)) return declined(kept)
  return { output: { '': { setl_list_id: kept.answer.listId } }, booked: true }
}

/** What is wrong with the list; nothing where visit or settlement are for the use case to refuse. */
async function faultOf(
  call: Call,
  visitId: string,
  settlementId: string,
): Promise<Declined | undefined> {
  const { ports, requester, input } = call
  const visit = await findVisit(ports, { requester, visitId })
  if (isRefusal(visit)) return undefined
  const position = positionOf(settlementId)
  if (!visit.settlements.some((one) => one.position === position)) return undefined
  const bill = settledBillAt(ports, position!)
  const settled = await settledOf(call, bill, { mdtrtId: visitId })
  const faults = settlementListFaults(input, { settled, visit })
  if (faults.count === 0) return undefined
  const { message } = OUTCOMES['settlement-list-invalid']
  return decline('settlement-list-invalid', message.replace('。', `：${faults.text()}`))
}

/** Who the patient is, beyond the number that the settlement has, is nowhere kept. */
const OF_IDENTITY = new Set([
  'hi_no',
  'psn_name',
  'certno',
  'curr_addr',
  'emp_name',
  'emp_addr',
  'emp_tel',
  'poscode',
  'coner_name',
  'coner_addr',
  'coner_tel',
])

function listOf({ input, envelope }: Call): Record<string, unknown> {
  const nodes = envelope.transaction.input.map(({ name }) => {
    const rows = input.many(name).map(plain)
    return [name, name === 'setlinfo' ? rows[0] : rows] as const
  })
  return Object.fromEntries(nodes)
}

/** A row as texts: dates as they are written, numbers as decimals. */
function plain(row: Row): Record<string, string> {
  const told: Record<string, string> = {}
  for (const { code } of row.node.fields) {
    const said = OF_IDENTITY.has(code) ? undefined : row.plain(code)
    if (said !== undefined) told[code] = said
  }
  return told
}
