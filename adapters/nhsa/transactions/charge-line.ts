import type { ClaimLine } from '../../../engine/claim/claim.ts'
import { formatDecimal, QUANTITY_PLACES } from '../../../engine/money/decimal.ts'
import { toFen } from '../../../engine/money/fen.ts'
import type { Particulars } from '../../../engine/visit/visit.ts'
import type { Row } from '../row.ts'
import type { OutputRow } from '../write-node.ts'
import { type Declined, decline } from './call.ts'

/** A price has six decimal places of yuan, which are four of fen. */
const PRICE_PLACES_OF_FEN = 4
const DAY_SCALE = 100

/** A row of fees as a line of a claim; the amounts of a return without their sign. */
export function chargeLine(row: Row): ClaimLine {
  return {
    lineId: row.text('feedetl_sn')!,
    code: row.text('med_list_codg')!,
    servedOn: row.date('fee_ocur_time')!,
    quantity: formatDecimal(Math.abs(row.number('cnt')!), QUANTITY_PLACES),
    unitPriceFen: formatDecimal(row.number('pric')!, PRICE_PLACES_OF_FEN),
    amountFen: toFen(Math.abs(row.amount('det_item_fee_sumamt')!)),
  }
}

/** 医疗收费项目类别 as its sender says it, which goes before what the catalogue knows. */
export function chargeTypeIn({ med_chrgitm_type }: Particulars = {}): OutputRow {
  return med_chrgitm_type === undefined ? {} : { med_chrgitm_type }
}

/** For how many days a drug is supplied, where the row says it: 周期天数. */
export function supplyOf(row: Row): Pick<ClaimLine, 'supplyDays'> {
  const supplied = row.number('prd_days') ?? 0
  return supplied > 0 ? { supplyDays: Math.ceil(supplied / DAY_SCALE) } : {}
}

/** Whether count, amount and price have the signs that a charge, or a return, has. */
export function signsFit(row: Row, returned: boolean): boolean {
  const count = row.number('cnt')!
  const amount = row.amount('det_item_fee_sumamt')!
  const fits = returned ? count < 0 && amount <= 0 : count > 0 && amount >= 0
  return fits && row.number('pric')! >= 0
}

export function signsFault(index: number, more = ''): Declined {
  return decline(
    'amount-mismatch',
    `第${index + 1}条明细：数量（cnt）必须大于0，金额（det_item_fee_sumamt）和单价（pric）不能为负${more}`,
  )
}

/** Of the numbers of a line, those that a return does not turn below zero. */
const UNSIGNED: ReadonlySet<string> = new Set(['pric', 'pric_uplmt_amt', 'selfpay_prop'])

/** A line that is taken back: count and amounts are below zero. */
export function taken(row: OutputRow): OutputRow {
  return Object.fromEntries(
    Object.entries(row).map(([code, value]) => [
      code,
      typeof value === 'number' && !UNSIGNED.has(code) ? 0 - value : value,
    ]),
  )
}
