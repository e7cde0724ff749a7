import type { LineSplit } from '../../../engine/claim/decision.ts'
import { parseDecimal, QUANTITY_PLACES } from '../../../engine/money/decimal.ts'
import { minus, shareHalfUp, WHOLE } from '../../../engine/money/fen.ts'
import type { Catalogue, CatalogueItem, ItemClass } from '../../../engine/policy/catalogue.ts'
import type { InterfaceRow, Settled } from './setlinfo.ts'

/** A price has six places of yuan in the interface, which are four of fen. */
const PRICE_PLACES_OF_FEN = 4

/** 收费项目等级 of the catalogue's classes. */
const CHARGE_LEVELS: Readonly<Record<ItemClass, string>> = { A: '01', B: '02', C: '03' }

/**
 * The lines of the bill with their four parts, as `detlcutinfo` and the answers to uploads have them.
 * A price that is finer than the interface can say is left out.
 */
export function lineRows({
  claim,
  decision,
  catalogue,
}: Pick<Settled, 'claim' | 'decision' | 'catalogue'>): InterfaceRow[] {
  return decision.lines.map((line, at) => {
    const { code, quantity, unitPriceFen, servedOn = decision.discharge } = claim.lines[at]!
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
      ...limitsOf(catalogue?.find(code, servedOn), decision.facts.level),
    }
  })
}

/**
 * The first self-pay as a share of what is within the ceiling, in permyriad, where there is one that
 * comes out to the fen: a share for the item and one for the area, each rounded, have none. Of what is
 * the patient's own pay as a whole it is the whole, as platforms answer it.
 */
function selfPayShare({ amountFen, ownPayFen, overLimitFen, firstSelfPayFen }: LineSplit) {
  const withinFen = minus(minus(amountFen, overLimitFen), ownPayFen)
  if (withinFen === 0) return ownPayFen > 0 ? WHOLE : undefined
  const share = Math.round((firstSelfPayFen / withinFen) * WHOLE)
  return shareHalfUp(withinFen, share) === firstSelfPayFen ? share : undefined
}

const FEN_IN_PRICE_PLACES = 10 ** PRICE_PLACES_OF_FEN

/**
 * 定价上限金额 of what has no ceiling, in fen: the most that platforms answer. 0 would read as a ceiling
 * that every price is above.
 */
const NO_CEILING_FEN = 9_999_999_900

/** What the catalogue says of the item, where it is the one that decided. */
function limitsOf(item: ReturnType<Catalogue['find']> | undefined, level: number): InterfaceRow {
  if (item === undefined) return {}
  if (typeof item === 'string') {
    return { lmt_used_flag: '0', pric_uplmt_amt: NO_CEILING_FEN * FEN_IN_PRICE_PLACES }
  }
  return itemFields(item, item.ceilingFen(level))
}

/** What a line is answered with of its item; `ceilingFen` is the one at that institution. */
export function itemFields(
  { chargeType, restrictions }: Pick<CatalogueItem, 'chargeType' | 'restrictions'>,
  ceilingFen = NO_CEILING_FEN,
): InterfaceRow {
  return {
    med_chrgitm_type: chargeType,
    lmt_used_flag: restrictions === undefined ? '0' : '1',
    pric_uplmt_amt: ceilingFen * FEN_IN_PRICE_PLACES,
  }
}
