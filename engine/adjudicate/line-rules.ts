import type { CivilDate, ClaimLine } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { parseDecimal, UNIT_PRICE_PLACES } from '../money/decimal.ts'
import { divideHalfUp } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import { periodOn } from '../policy/table.ts'
import { lookUp, type Workings } from './workings.ts'

/** What the pack says of a line, beyond the catalogue. */
export interface LineRule {
  readonly treatment?: 'by-class' | 'shared' | 'own-pay'
  readonly firstSelfPayPermyriad?: number
  /** Added to the share, whoever says it. */
  readonly firstSelfPayPlusPermyriad?: number
  /** Of one unit. */
  readonly ceilingFen?: number
  readonly basket?: string
}

export type ItemFacts = Pick<Facts, 'itemClass' | 'itemKind' | 'itemGroup'>

export const NO_ITEM: ItemFacts = { itemClass: 'none', itemKind: 'none', itemGroup: 'none' }

const NO_RULE: LineRule = {}

/** The pack's rules on lines; each row is looked up and traced once, however many lines it is for. */
export class LineRules {
  /** The first self-pay for the place of care, in permyriad. */
  readonly areaSelfPayPermyriad: number
  readonly #workings: Workings
  readonly #plan: Plan
  readonly #known = new Map<string, LineRule>()

  constructor(workings: Workings, plan: Plan, areaSelfPayPermyriad: number) {
    this.#workings = workings
    this.#plan = plan
    this.areaSelfPayPermyriad = areaSelfPayPermyriad
  }

  of(item: ItemFacts, line: ClaimLine, date: CivilDate): LineRule | Refusal {
    const { lines, asks } = this.#plan
    if (lines === undefined) return NO_RULE
    const unitPriceFen = asks.has('unitPriceFen') ? priceOf(line) : 0
    const period = periodOn(lines, date)
    const key = `${item.itemClass} ${item.itemKind} ${item.itemGroup} ${unitPriceFen} ${period?.index}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    Object.assign(this.#workings.facts, item, { unitPriceFen })
    const row = lookUp(this.#workings, 'line-rule', lines, undefined, date)
    if (isRefusal(row)) return row
    this.#known.set(key, row as LineRule)
    return row as LineRule
  }
}

/** Rounded half-up to the fen; a bill with a price that cannot be read got no further. */
function priceOf({ unitPriceFen }: ClaimLine): number {
  const scaled = parseDecimal(unitPriceFen, UNIT_PRICE_PLACES)!
  return divideHalfUp(scaled, 10 ** UNIT_PRICE_PLACES)
}
