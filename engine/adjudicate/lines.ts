import { type Claim, type ClaimLine, careDates } from '../claim/claim.ts'
import type { LineSplit } from '../claim/decision.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { amountOf, parseDecimal, QUANTITY_PLACES, UNIT_PRICE_PLACES } from '../money/decimal.ts'
import { FEN_MAX, type Fen, minus, plus, shareHalfUp, ZERO_FEN } from '../money/fen.ts'
import type { Catalogue, CatalogueRow } from '../policy/catalogue.ts'
import { restrictionNotMet } from './restrictions.ts'
import { note, type Workings } from './workings.ts'

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

/** Does the bill agree with itself? Needs no policy, so it is asked first. */
export function billFault(claim: Claim): Refusal | undefined {
  const { lines } = claim
  const ids = new Set<string>()
  const mismatches = new Faults('amountFen', 'not-quantity-times-price')
  const doubles = new Faults('lineId', 'duplicate')
  let total = 0
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (ids.has(line.lineId)) doubles.at(index)
    ids.add(line.lineId)
    if (exactAmount(line) !== line.amountFen) mismatches.at(index)
    total += line.amountFen
  }
  if (doubles.count > 0) {
    return refuse('duplicate-line-id', 'Each line needs a lineId of its own.', doubles)
  }
  if (mismatches.count > 0) {
    return refuse(
      'amount-mismatch',
      'amountFen must be quantity × unitPriceFen, rounded half-up to the fen.',
      mismatches,
    )
  }
  if (total > FEN_MAX) return refuse('total-too-large', `The lines add up to over ${FEN_MAX} fen.`)
  return datesFault(claim)
}

function datesFault(claim: Claim): Refusal | undefined {
  const dates = careDates(claim)
  if (dates === undefined) return undefined
  const { admission, discharge } = dates
  const outside = new Faults('servedOn', 'outside-care')
  for (let index = 0; index < claim.lines.length; index++) {
    const { servedOn } = claim.lines[index]!
    if (servedOn !== undefined && (servedOn < admission || servedOn > discharge)) outside.at(index)
  }
  if (outside.count === 0) return undefined
  return refuse(
    'line-date-outside-care',
    `Lines must be dated from ${admission} to ${discharge}.`,
    outside,
  )
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

/** Step 4: every line's four buckets, by the catalogue row in force on the line's date. */
export function splitLines(
  workings: Workings,
  catalogue: Catalogue,
): { lines: LineSplit[]; buckets: Buckets } | Refusal {
  const { claim, dates } = workings
  const lines: LineSplit[] = []
  const unknown = new Faults('code', 'unknown')
  for (let index = 0; index < claim.lines.length; index++) {
    const line = claim.lines[index]!
    const row = catalogue.find(line.code, line.servedOn ?? dates.discharge)
    if (row === 'unknown') unknown.at(index)
    else if (row === 'not-in-force') lines.push(ownPay(line, 'C', 'not-in-force'))
    else lines.push(splitLine(workings, line, row))
  }
  if (unknown.count > 0) {
    return refuse(
      'unknown-item',
      `${unknown.count} lines name codes that no catalogue row has.`,
      unknown,
    )
  }
  const buckets = sumOf(lines)
  note(workings, 'lines', { lines: lines.length, totalFen: buckets.totalFen }, { ...buckets })
  return { lines, buckets }
}

function splitLine(workings: Workings, line: ClaimLine, row: CatalogueRow): LineSplit {
  if (row.class === 'C') return ownPay(line, 'C', 'class-c')
  const restriction = restrictionNotMet(workings, line, row)
  if (restriction !== undefined) return ownPay(line, row.class, restriction)
  const reasons: string[] = []
  const ceiling = ceilingOf(row, workings.facts.level)
  const limit = ceiling === undefined ? line.amountFen : ceilingAmount(line, ceiling)
  const overLimitFen = line.amountFen > limit ? minus(line.amountFen, limit) : ZERO_FEN
  if (overLimitFen > 0) reasons.push('over-price-ceiling')
  const withinFen = minus(line.amountFen, overLimitFen)
  const firstSelfPayFen = shareHalfUp(withinFen, row.firstSelfPayPermyriad)
  if (firstSelfPayFen > 0) reasons.push('first-self-pay')
  return {
    lineId: line.lineId,
    class: row.class,
    amountFen: line.amountFen,
    ownPayFen: ZERO_FEN,
    overLimitFen,
    firstSelfPayFen,
    inScopeFen: minus(withinFen, firstSelfPayFen),
    reasons,
  }
}

function ownPay(line: ClaimLine, itemClass: LineSplit['class'], reason: string): LineSplit {
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

function ceilingOf({ ceiling }: CatalogueRow, level: number): number | undefined {
  return ceiling?.byLevel?.[level] ?? ceiling?.any
}

/** What the line would cost at the ceiling; without a ceiling's worth of overflow to fear. */
function ceilingAmount(line: ClaimLine, ceilingFen: number): Fen {
  const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)!
  return amountOf(quantity, ceilingFen * 10 ** UNIT_PRICE_PLACES) ?? line.amountFen
}

function sumOf(lines: readonly LineSplit[]): Buckets {
  let totalFen = ZERO_FEN
  let ownPayFen = ZERO_FEN
  let overLimitFen = ZERO_FEN
  let firstSelfPayFen = ZERO_FEN
  let inScopeFen = ZERO_FEN
  for (const line of lines) {
    totalFen = plus(totalFen, line.amountFen)
    ownPayFen = plus(ownPayFen, line.ownPayFen)
    overLimitFen = plus(overLimitFen, line.overLimitFen)
    firstSelfPayFen = plus(firstSelfPayFen, line.firstSelfPayFen)
    inScopeFen = plus(inScopeFen, line.inScopeFen)
  }
  return { totalFen, ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen }
}
