import { parseDecimal, QUANTITY_PLACES } from '../../../engine/money/decimal.ts'
import type { ItemClass } from '../../../engine/policy/catalogue.ts'
import type { InterfaceRow, Settled } from './setlinfo.ts'

/** A price has six places of yuan in the interface, which are four of fen. */
const PRICE_PLACES_OF_FEN = 4

/** 收费项目等级 of the catalogue's classes. */
const CHARGE_LEVELS: Readonly<Record<ItemClass, string>> = { A: '01', B: '02', C: '03' }

/**
 * The lines of the bill with their four parts, as `detlcutinfo` and the answers to uploads have them.
 * A price that is finer than the interface can say is left out.
 */
export function lineRows({ claim, decision }: Pick<Settled, 'claim' | 'decision'>): InterfaceRow[] {
  return decision.lines.map((line, at) => {
    const { quantity, unitPriceFen } = claim.lines[at]!
    return {
      feedetl_sn: line.lineId,
      det_item_fee_sumamt: line.amountFen,
      cnt: parseDecimal(quantity, QUANTITY_PLACES),
      pric: parseDecimal(unitPriceFen, PRICE_PLACES_OF_FEN),
      fulamt_ownpay_amt: line.ownPayFen,
      overlmt_amt: line.overLimitFen,
      preselfpay_amt: line.firstSelfPayFen,
      inscp_scp_amt: line.inScopeFen,
      chrgitm_lv: CHARGE_LEVELS[line.class],
    }
  })
}
