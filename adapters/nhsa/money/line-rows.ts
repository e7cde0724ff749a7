import type { LineSplit } from '../../../engine/claim/decision.ts'
import { parseDecimal, QUANTITY_PLACES } from '../../../engine/money/decimal.ts'
import { shareHalfUp, toFen } from '../../../engine/money/fen.ts'
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
      selfpay_prop: selfPayShare(line),
      fulamt_ownpay_amt: line.ownPayFen,
      overlmt_amt: line.overLimitFen,
      preselfpay_amt: line.firstSelfPayFen,
      inscp_scp_amt: line.inScopeFen,
      chrgitm_lv: CHARGE_LEVELS[line.class],
    }
  })
}

/** `selfpay_prop` has four places. */
const WHOLE = 10_000

/**
 * 自付比例: what the first self-pay is of the amount within the ceiling, all of a line that is own pay.
 * A decision keeps the amount and not the share, so this is the coarsest share that gives it;
 * nothing where none does, as the two self-pays of a line out of town are rounded one after the other.
 */
function selfPayShare(line: LineSplit): number | undefined {
  if (line.ownPayFen === line.amountFen && line.amountFen > 0) return WHOLE
  const withinFen = line.amountFen - line.ownPayFen - line.overLimitFen
  if (line.firstSelfPayFen === 0) return 0
  const exact = (line.firstSelfPayFen / withinFen) * WHOLE
  const shares = [1_000, 100, 10, 1].map((step) => Math.round(exact / step) * step)
  const fits = (share: number) => shareHalfUp(toFen(withinFen), share) === line.firstSelfPayFen
  return shares.find(fits)
}
