import { isRefusal, type Refusal } from '../../../engine/claim/outcomes.ts'
import { findVisit } from '../../../engine/counter/find-visit.ts'
import { quotePurchase } from '../../../engine/counter/settle-visit.ts'
import { changeVisit, type VisitRequest } from '../../../engine/counter/visit-events.ts'
import { formatDecimal, QUANTITY_PLACES } from '../../../engine/money/decimal.ts'
import { remove } from '../../../engine/visit/rules.ts'
import { upload } from '../../../engine/visit/upload.ts'
import type { VisitLine } from '../../../engine/visit/visit.ts'
import { lineNodes } from '../money/settlement-answer.ts'
import type { Row } from '../row.ts'
import type { OutputRow } from '../write-node.ts'
import { type Call, type Declined, type Done, decline, declined, NOTHING } from './call.ts'
import { ofVisit } from './outpatient-visit.ts'
import { settledOf } from './settled.ts'

/** A price has six decimal places of yuan, which are four of fen. */
const PRICE_PLACES_OF_FEN = 4
const DAY_SCALE = 100

const APPROVED = '1'
const OWN_PAY = '2'

/**
 * 2204. Each line is answered with the parts that the policy splits it into, so that an item which
 * cannot be settled is refused before anything is kept.
 */
export async function uploadLines(call: Call): Promise<Done | Declined> {
  const rows = call.input.many('feedetail')
  const [first] = rows
  const wrong = rowsFault(rows)
  if (wrong !== undefined) return wrong
  const lines = rows.map(lineOf)
  const request = ofVisit(call, first!)
  const visit = await findVisit(call.ports, request)
  if (isRefusal(visit)) return refusedUpload(call, request, visit)
  const result: OutputRow[] = []
  for (const batch of batchesOf(lines)) {
    const { personId, info } = visit
    const bill = { requester: call.requester, personId, info, lines: batch, terms: {} }
    const split = await quotePurchase(call.ports, bill)
    if (isRefusal(split)) return refusedUpload(call, request, split)
    result.push(...lineNodes(await settledOf(call, split, { mdtrtId: request.visitId })))
  }
  const uploaded = await changeVisit(call.ports, request, (now) => upload(now, lines))
  return isRefusal(uploaded) ? declined(uploaded) : { output: { result }, booked: true }
}

/** Each is settled on its own, and so each is split on its own. */
function batchesOf(lines: readonly VisitLine[]): VisitLine[][] {
  const batches = new Map<string | undefined, VisitLine[]>()
  for (const line of lines) batches.set(line.batch, [...(batches.get(line.batch) ?? []), line])
  return [...batches.values()]
}

/** Nothing is refused under an id that has booked something: that is answered instead. */
async function refusedUpload(
  call: Call,
  request: VisitRequest,
  refusal: Refusal,
): Promise<Declined> {
  const earlier = await changeVisit(call.ports, request, () => refusal)
  if (isRefusal(earlier)) return declined(earlier)
  const { declined: sentence, code } = declined(refusal)
  return decline(code, `明细此前已上传成功；现在重新试算时：${sentence}`)
}

function rowsFault(rows: readonly Row[]): Declined | undefined {
  for (const code of ['mdtrt_id', 'psn_no']) {
    if (new Set(rows.map((row) => row.text(code))).size > 1) {
      return decline('invalid-request', `一次上传的明细必须属于同一次就诊（${code}不一致）`)
    }
  }
  for (const [index, row] of rows.entries()) {
    if (row.text('hosp_appr_flag') === OWN_PAY) {
      return decline(
        'invalid-request',
        `第${index + 1}条明细：暂不支持医院审批标志为2（按自费处理）`,
      )
    }
    if (row.number('cnt')! <= 0 || row.number('pric')! < 0) {
      return decline('amount-mismatch', `第${index + 1}条明细：数量必须大于0，单价不能为负`)
    }
  }
  return undefined
}

function lineOf(row: Row): VisitLine {
  const supplied = row.number('prd_days') ?? 0
  return {
    line: {
      lineId: row.text('feedetl_sn')!,
      code: row.text('med_list_codg')!,
      servedOn: row.date('fee_ocur_time')!,
      quantity: formatDecimal(row.number('cnt')!, QUANTITY_PLACES),
      unitPriceFen: formatDecimal(row.number('pric')!, PRICE_PLACES_OF_FEN),
      amountFen: row.amount('det_item_fee_sumamt')!,
      ...(supplied > 0 ? { supplyDays: Math.ceil(supplied / DAY_SCALE) } : {}),
      ...(row.text('hosp_appr_flag') === APPROVED ? { hospitalApproved: true } : {}),
    },
    batch: row.text('chrg_bchno')!,
  }
}

const ALL_UNSETTLED = '0000'

/** 2205: a batch, or all lines that are not settled. */
export async function removeLines(call: Call): Promise<Done | Declined> {
  const row = call.input.one('data')
  const batch = row.text('chrg_bchno')!
  const removal = batch === ALL_UNSETTLED ? ({ all: true } as const) : { batch }
  const removed = await changeVisit(call.ports, ofVisit(call, row), (visit) =>
    remove(visit, removal),
  )
  return isRefusal(removed) ? declined(removed) : { output: NOTHING, booked: true }
}
