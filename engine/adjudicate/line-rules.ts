import type { CivilDate, ClaimLine } from '../claim/claim.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { parseDecimal, UNIT_PRICE_PLACES } from '../money/decimal.ts'
import { divideHalfUp } from '../money/fen.ts'
import type { Plan } from '../policy/compile.ts'
import type { Facts } from '../policy/facts.ts'
import { type Period, periodOn } from '../policy/table.ts'
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

/** Sets the facts of the item that a table is about to be asked for. */
export function setItem(facts: Facts, { itemClass, itemKind, itemGroup }: ItemFacts): void {
  facts.itemClass = itemClass
  facts.itemKind = itemKind
  facts.itemGroup = itemGroup
}

/** A row that was found, and what it was found for. */
interface KnownRule extends ItemFacts {
  readonly period: Period | undefined
  readonly rule: LineRule
}

/** The pack's rules on lines; each row is looked up and traced once, however many lines it is for. */
export class LineRules {
  /** The first self-pay for the place of care, in permyriad. */
  readonly areaSelfPayPermyriad: number
  readonly #workings: Workings
  readonly #plan: Plan
  readonly #asksPrice: boolean
  /** By price where the table asks for it, otherwise by group: what shares either is little. */
  readonly #known = new Map<number | string, KnownRule[]>()

  constructor(workings: Workings, plan: Plan, areaSelfPayPermyriad: number) {
    this.#workings = workings
    this.#plan = plan
    this.#asksPrice = plan.lines !== undefined && plan.asks.has('unitPriceFen')
    this.areaSelfPayPermyriad = areaSelfPayPermyriad
  }

  of(item: ItemFacts, line: ClaimLine, date: CivilDate): LineRule | Refusal {
    const { lines } = this.#plan
    if (lines === undefined) return NO_RULE
    const unitPriceFen = this.#asksPrice ? priceOf(line) : 0
    const period = periodOn(lines, date)
    const { itemClass, itemKind, itemGroup } = item
    const key = this.#asksPrice ? unitPriceFen : itemGroup
    const known = this.#known.get(key)
    const found = known?.find(
      (one) =>
        one.itemClass === itemClass &&
        one.itemKind === itemKind &&
        one.itemGroup === itemGroup &&
        one.period === period,
    )
    if (found !== undefined) return found.rule
    const { facts } = this.#workings
    setItem(facts, item)
    facts.unitPriceFen = unitPriceFen
    const rule = lookUp(this.#workings, 'line-rule', lines, undefined, date)
    if (isRefusal(rule)) return rule
    const one = { itemClass, itemKind, itemGroup, period, rule: rule as LineRule }
    if (known === undefined) this.#known.set(key, [one])
    else known.push(one)
    return one.rule
  }
}

/** Rounded half-up to the fen; a bill with a price that cannot be read got no further. */
function priceOf({ unitPriceFen }: ClaimLine): number {
  const scaled = parseDecimal(unitPriceFen, UNIT_PRICE_PLACES)!
  return divideHalfUp(scaled, 10 ** UNIT_PRICE_PLACES)
}
