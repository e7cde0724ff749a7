import type { Claim, ClaimLine } from '../../../engine/claim/claim.ts'
import { positionOf } from '../../../engine/claim/ids.ts'
import { isRefusal, OUTCOMES } from '../../../engine/claim/outcomes.ts'
import { findReversal, findSettlement } from '../../../engine/counter/find.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { type SettledBill, settledBillAt } from '../../../engine/counter/settle-visit.ts'
import { parseDecimal } from '../../../engine/money/decimal.ts'
import type { CatalogueRow } from '../../../engine/policy/catalogue.ts'
import { medTypeFor } from '../../../engine/policy/nhsa.ts'
import type { Particulars, Visit } from '../../../engine/visit/visit.ts'
import { isInForce, LIST_TYPES } from '../catalogue/catalogue-words.ts'
import { itemFields } from '../money/line-rows.ts'
import { interfaceOf } from '../money/setlinfo.ts'
import { lineNodes } from '../money/settlement-answer.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline, declined } from './call.ts'
import { taken } from './charge-line.ts'
import { ofVisit } from './outpatient-visit.ts'
import { saidBefore, settledOf } from './settled.ts'

/**
 * 5204: the lines of a settlement with the split that it was settled with, reversed or not, what was
 * said of them and what the catalogue that decided says of their items. Those of a cancellation are taken
 * back.
 */
export async function queryFees(call: Call): Promise<Done | Declined> {
  const { ports, requester } = call
  const row = call.input.one('data')
  const [visitId, asked] = [row.text('mdtrt_id')!, row.text('setl_id')!]
  const reversal = findReversal(ports, requester, asked)
  const settlementId = isRefusal(reversal) ? asked : reversal.settlementId
  const visit = await findVisit(ports, ofVisit(call, row))
  if (isRefusal(visit)) return declined(visit)
  const found = await findSettlement(ports, requester, settlementId)
  if (isRefusal(found)) return declined(found)
  const bill = settledBillAt(ports, positionOf(settlementId)!)
  if (bill.visitId !== visitId) {
    return decline('settlement-not-found', OUTCOMES['settlement-not-found'].message)
  }
  const settled = await settledOf(call, bill, saidBefore(visit.particulars, bill))
  const { claim, decision } = bill
  call.sight.person(claim.personId, settlementId)
  const medType = settled.visit.medType ?? medTypeFor(interfaceOf(settled), claim.careType)
  const lines = await linesThen(call, visit, bill)
  const items = await itemsOf(call, bill)
  const splits = lineNodes(settled)
  // One by one, as they are written: of a long stay there are thousands.
  function* rows(): Generator<OutputRow> {
    for (const [at, line] of claim.lines.entries()) {
      const split = splits[at]!
      const said = lines.get(line.lineId) ?? {}
      yield {
        ...(isRefusal(reversal) ? split : taken(split)),
        ...itemOf(items, claim, line, decision.facts.level),
        hosp_appr_flag: APPROVALS[String(line.hospitalApproved)],
        med_type: medType,
        ...given(said),
        mdtrt_id: visitId,
        setl_id: asked,
        fee_ocur_time: timeOf(said['fee_ocur_time'] ?? servedOn(claim, line)),
        rx_drord_no: said['rxno'] ?? said['drord_no'],
        prd_days: parseDecimal(said['prd_days'] ?? '', DAY_PLACES),
        med_list_codg: line.code,
      }
    }
  }
  return { output: { '': rows() } }
}

const APPROVALS: Readonly<Record<string, string>> = { true: '1', false: '2' }
const DAY_PLACES = 2

/** What the answer calls what the sender called so. */
const AS_SAID = [
  'sin_dos_dscr',
  'used_frqu_dscr',
  'medc_way_dscr',
  'medins_list_codg',
  'med_type',
  'med_chrgitm_type',
  'bilg_dept_codg',
  'bilg_dept_name',
  'bilg_dr_codg',
  'acord_dept_codg',
  'acord_dept_name',
  'orders_dr_code',
  'hosp_appr_flag',
  'tcmdrug_used_way',
  'etip_flag',
  'etip_hosp_code',
  'dscg_tkdrug_flag',
  'matn_fee_flag',
  'memo',
] as const

function given(said: Particulars): OutputRow {
  const told = AS_SAID.filter((code) => said[code] !== undefined)
  return Object.fromEntries(told.map((code) => [code, said[code]]))
}

/** What was said of each line that the settlement could have; it may have been removed since. */
async function linesThen(
  { ports }: Call,
  { subject }: Visit,
  { position }: SettledBill,
): Promise<ReadonlyMap<string, Particulars>> {
  const then = await ports.visits.before(subject, position)
  const lines = [...(then?.lines ?? [])]
  return new Map(lines.map(([number, { particulars = {} }]) => [number, particulars]))
}

async function itemsOf({ catalogues }: Call, { claim, decision }: SettledBill) {
  const index = await catalogues.index({ hash: decision.catalogueHash })
  return index.ofCodes(new Set(claim.lines.map(({ code }) => code)))
}

function itemOf(
  items: ReadonlyMap<string, readonly CatalogueRow[]>,
  claim: Claim,
  line: ClaimLine,
  level: number,
): OutputRow {
  const item = items.get(line.code)?.find((row) => isInForce(row, servedOn(claim, line)))
  if (item === undefined) return {}
  const { ceiling } = item
  return {
    ...itemFields(
      { chargeType: item.chargeType, restrictions: item.restrictions },
      ceiling?.byLevel?.[level] ?? ceiling?.any,
    ),
    hilist_code: item.code,
    hilist_name: item.name,
    list_type: LIST_TYPES[item.kind],
  }
}

function servedOn(claim: Claim, { servedOn }: ClaimLine): string {
  return (servedOn ?? claim.servedOn ?? claim.dischargedOn)!
}

function timeOf(moment: string): string {
  return moment.includes(' ') ? moment : `${moment} 00:00:00`
}
