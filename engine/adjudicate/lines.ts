import {
  type CareDates,
  type CivilDate,
  type Claim,
  type ClaimLine,
  careDates,
} from '../claim/claim.ts'
import type { LineReason, LineSplit } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import { amountOf, parseDecimal, QUANTITY_PLACES, UNIT_PRICE_PLACES } from '../money/decimal.ts'
import { FEN_MAX, type Fen, minus, plus, shareHalfUp, WHOLE, ZERO_FEN } from '../money/fen.ts'
import type { Catalogue, CatalogueItem } from '../policy/catalogue.ts'
import type { Plan } from '../policy/compile.ts'
import { BASE_BASKET } from '../policy/pack.ts'
import { type ItemFacts, type LineRule, LineRules, NO_ITEM, setItem } from './line-rules.ts'
import { restrictionNotMet } from './restrictions.ts'
import { lookUp, note, type Workings } from './workings.ts'

/** The sums of the four buckets over all lines. */
export interface Buckets {
  readonly totalFen: Fen
  readonly ownPayFen: Fen
  readonly overLimitFen: Fen
  readonly firstSelfPayFen: Fen
  readonly inScopeFen: Fen
}

/** At most this many faults are named in one refusal. */
const FAULTS_MAX = 20

/**
 * Does the bill agree with itself? Needs no policy, so it is asked first. One pass: a long bill is
 * larger than a processor's cache, and each pass would fetch it again.
 */
export function billFault(claim: Claim): Refusal | undefined {
  const { lines } = claim
  const dates = careDates(claim)
  let mismatches: Faults | undefined
  let outside: Faults | undefined
  let total = 0
  let ascending = true
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (index > 0 && !isBefore(lines[index - 1]!.lineId, line.lineId)) ascending = false
    if (exactAmount(line) !== line.amountFen) {
      mismatches ??= new Faults('amountFen', 'not-quantity-times-price')
      mismatches.at(index)
    }
    total += line.amountFen
    if (dates !== undefined && isOutside(line.servedOn, dates)) {
      outside ??= new Faults('servedOn', 'outside-care')
      outside.at(index)
    }
  }
  // Ids in ascending order, which is how most bills number their lines, are different.
  const doubles = ascending ? undefined : doublesOf(lines)
  if (doubles !== undefined) {
    return refuse('duplicate-line-id', 'Each line needs a lineId of its own.', doubles)
  }
  if (mismatches !== undefined) {
    return refuse(
      'amount-mismatch',
      'amountFen must be quantity × unitPriceFen, rounded half-up to the fen.',
      mismatches,
    )
  }
  if (total > FEN_MAX) return refuse('total-too-large', `The lines add up to over ${FEN_MAX} fen.`)
  if (outside === undefined) return undefined
  return refuse(
    'line-date-outside-care',
    `Lines must be dated from ${dates!.admission} to ${dates!.discharge}.`,
    { errors: outside.errors, more: { careFrom: dates!.admission, careTo: dates!.discharge } },
  )
}

function isOutside(servedOn: CivilDate | undefined, { admission, discharge }: CareDates): boolean {
  if (servedOn === undefined || servedOn === discharge) return false
  return servedOn < admission || servedOn > discharge
}

/** By length, then by character: `9` before `10`. */
function isBefore(one: string, other: string): boolean {
  return one.length === other.length ? one < other : one.length < other.length
}

function doublesOf(lines: readonly ClaimLine[]): Faults | undefined {
  const ids = new Set<string>()
  const doubles = new Faults('lineId', 'duplicate')
  for (let index = 0; index < lines.length; index++) {
    const { lineId } = lines[index]!
    if (ids.has(lineId)) doubles.at(index)
    ids.add(lineId)
  }
  return doubles.count > 0 ? doubles : undefined
}

/** The lines at fault in one field; the first few are named. */
class Faults {
  readonly errors: { pointer: string; code: string }[] = []
  count = 0
  readonly #field: string
  readonly #code: string

  constructor(field: string, code: string) {
    this.#field = field
    this.#code = code
  }

  at(index: number): void {
    this.count++
    if (this.count > FAULTS_MAX) return
    this.errors.push({ pointer: `/lines/${index}/${this.#field}`, code: this.#code })
  }
}

function exactAmount({ quantity, unitPriceFen }: ClaimLine): Fen | undefined {
  const exactQuantity = parseDecimal(quantity, QUANTITY_PLACES)
  const exactPrice = parseDecimal(unitPriceFen, UNIT_PRICE_PLACES)
  if (exactQuantity === undefined || exactPrice === undefined) return undefined
  return amountOf(exactQuantity, exactPrice)
}

/** A line with what the layers need to know of it beside its buckets. */
export interface Item {
  /** Position on the bill, from 0. */
  readonly index: number
  readonly split: LineSplit
  /** First self-pay for the place of care; part of the line's first self-pay. */
  readonly areaSelfPayFen: Fen
  readonly basket: string
  readonly itemClass: LineSplit['class']
  readonly date: CivilDate
  /** The item facts that a rate may ask for. */
  readonly facts: ItemFacts
}

/** Step 4: every line's four buckets, by the catalogue row in force on the line's date. */
export function splitLines(
  workings: Workings,
  plan: Plan,
  catalogue: Catalogue,
): { items: Item[]; buckets: Buckets } | Refusal {
  const { claim, dates } = workings
  const areaSelfPay = areaSelfPayOf(workings, plan)
  if (isRefusal(areaSelfPay)) return areaSelfPay
  const rules = new LineRules(workings, plan, areaSelfPay)
  const items: Item[] = []
  let unknown: Faults | undefined
  for (let index = 0; index < claim.lines.length; index++) {
    const line = claim.lines[index]!
    const date = line.servedOn ?? dates.discharge
    const row = catalogue.find(line.code, date)
    if (row === 'unknown' && line.hospitalApproved !== false) {
      unknown ??= new Faults('code', 'unknown')
      unknown.at(index)
    } else if (row === 'unknown' || row === 'not-in-force')
      items.push(itemOf(index, ownPay(line, 'C', 'not-in-force'), date))
    else {
      const item = splitLine(workings, rules, index, date, row)
      if (isRefusal(item)) return item
      items.push(item)
    }
  }
  if (unknown !== undefined) {
    return refuse(
      'unknown-item',
      `${unknown.count} lines name codes that no catalogue row has.`,
      unknown,
    )
  }
  setItem(workings.facts, NO_ITEM)
  const buckets = sumOf(items)
  workings.facts.totalFen = buckets.totalFen
  workings.facts.inScopeFen = buckets.inScopeFen
  const { totalFen, ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen } = buckets
  const sums = { totalFen, ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen }
  note(workings, 'lines', { lines: items.length, totalFen }, sums)
  return { items, buckets }
}

/** In permyriad; 0 where the place of care makes no difference. */
function areaSelfPayOf(workings: Workings, { areaSelfPay }: Plan): number | Refusal {
  if (areaSelfPay === undefined) return 0
  const row = lookUp(workings, 'area-self-pay', areaSelfPay)
  return isRefusal(row) ? row : (row['firstSelfPayPermyriad'] as number)
}

function splitLine(
  workings: Workings,
  rules: LineRules,
  index: number,
  date: CivilDate,
  row: CatalogueItem,
): Item | Refusal {
  const line = workings.claim.lines[index]!
  const facts = { itemClass: row.class, itemKind: row.kind, itemGroup: row.group ?? 'none' }
  const rule = rules.of(facts, line, date)
  if (isRefusal(rule)) return rule
  const { basket = BASE_BASKET } = rule
  const notShared = whyNotShared(workings, line, row, rule)
  if (notShared !== undefined) {
    return itemOf(index, ownPay(line, row.class, notShared), date, basket, facts)
  }
  const reasons: LineReason[] = []
  const ceiling = rule.ceilingFen ?? row.ceilingFen(workings.facts.level)
  const limit = ceiling === undefined ? line.amountFen : ceilingAmount(line, ceiling)
  const overLimitFen = line.amountFen > limit ? minus(line.amountFen, limit) : ZERO_FEN
  if (overLimitFen > 0) reasons.push('over-price-ceiling')
  const withinFen = minus(line.amountFen, overLimitFen)
  const { firstSelfPayPermyriad: byRule, firstSelfPayPlusPermyriad: more = 0 } = rule
  const share = Math.min(WHOLE, (byRule ?? row.firstSelfPayPermyriad) + more)
  const byItemFen = shareHalfUp(withinFen, share)
  if (byItemFen > 0) reasons.push('first-self-pay')
  const areaSelfPayFen = shareHalfUp(minus(withinFen, byItemFen), rules.areaSelfPayPermyriad)
  if (areaSelfPayFen > 0) reasons.push('first-self-pay-by-area')
  const firstSelfPayFen = plus(byItemFen, areaSelfPayFen)
  const split = {
    lineId: line.lineId,
    class: row.class,
    amountFen: line.amountFen,
    ownPayFen: ZERO_FEN,
    overLimitFen,
    firstSelfPayFen,
    inScopeFen: minus(withinFen, firstSelfPayFen),
    reasons,
  }
  return itemOf(index, split, date, basket, facts, areaSelfPayFen)
}

/** Why a line is the patient's own pay as a whole, if it is. */
function whyNotShared(
  workings: Workings,
  line: ClaimLine,
  row: CatalogueItem,
  { treatment = 'by-class' }: LineRule,
): LineReason | undefined {
  if (row.class === 'C' && treatment === 'by-class') return 'class-c'
  if (line.hospitalApproved === false) return 'restricted-without-hospital-approval'
  if (row.restrictions !== undefined) {
    const restriction = restrictionNotMet(workings, line, row.restrictions)
    if (restriction !== undefined) return restriction
  }
  return treatment === 'own-pay' ? 'own-pay-by-rule' : undefined
}

function itemOf(
  index: number,
  split: LineSplit,
  date: CivilDate,
  basket = BASE_BASKET,
  facts: Item['facts'] = { ...NO_ITEM, itemClass: split.class },
  areaSelfPayFen = ZERO_FEN,
): Item {
  return { index, split, areaSelfPayFen, basket, itemClass: split.class, date, facts }
}

function ownPay(line: ClaimLine, itemClass: LineSplit['class'], reason: LineReason): LineSplit {
  return {
    lineId: line.lineId,
    class: itemClass,
    amountFen: line.amountFen,
    ownPayFen: line.amountFen,
    overLimitFen: ZERO_FEN,
    firstSelfPayFen: ZERO_FEN,
    inScopeFen: ZERO_FEN,
    reasons: [reason],
  }
}

const PRICE_SCALE = 10 ** UNIT_PRICE_PLACES

/** What the line would cost at the ceiling; without a ceiling's worth of overflow to fear. */
function ceilingAmount(line: ClaimLine, ceilingFen: number): Fen {
  const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)!
  return amountOf(quantity, ceilingFen * PRICE_SCALE) ?? line.amountFen
}

/** The sums of the lines' buckets. */
export function sumOf(items: readonly Item[]): Buckets {
  let totalFen = ZERO_FEN
  let ownPayFen = ZERO_FEN
  let overLimitFen = ZERO_FEN
  let firstSelfPayFen = ZERO_FEN
  let inScopeFen = ZERO_FEN
  for (const { split: line } of items) {
    totalFen = plus(totalFen, line.amountFen)
    ownPayFen = plus(ownPayFen, line.ownPayFen)
    overLimitFen = plus(overLimitFen, line.overLimitFen)
    firstSelfPayFen = plus(firstSelfPayFen, line.firstSelfPayFen)
    inScopeFen = plus(inScopeFen, line.inScopeFen)
  }
  return { totalFen, ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen }
}
