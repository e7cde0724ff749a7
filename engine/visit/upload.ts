import type { ClaimLine } from '../claim/claim.ts'
import { type Refusal, refuse } from '../claim/outcomes.ts'
import { amountOf, parseDecimal, QUANTITY_PLACES, UNIT_PRICE_PLACES } from '../money/decimal.ts'
import { type Fen, minus } from '../money/fen.ts'
import { visitLineForm } from './event-form.ts'
import { hasSettlement, lineSettled, whyClosed } from './rules.ts'
import { finalSettlement, settledBy, type Visit, type VisitEvent, type VisitLine } from './visit.ts'

/**
 * 明细上传, all or nothing. A number that the visit has already is the same line sent again and is
 * left out of the event, or a refusal.
 */
export function upload(visit: Visit, lines: readonly VisitLine[]): VisitEvent | Refusal {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  const wrong = linesFault(lines)
  if (wrong !== undefined) return wrong
  const news: VisitLine[] = []
  for (const [index, line] of lines.entries()) {
    const known = visit.lines.get(line.line.lineId)
    if (known === undefined) news.push(line)
    else if (visitLineForm(known) !== visitLineForm(line)) return lineDiffers(line.line, index)
  }
  if (news.length > 0) {
    const final = finalSettlement(visit)
    if (final !== undefined) return hasSettlement(final)
    const settled = settledBatch(visit, news)
    if (settled !== undefined) return settled
    const returned = returnsFault(visit, lines)
    if (returned !== undefined) return returned
  }
  return { type: 'uploaded', lines: news }
}

/** What is wrong with lines by themselves: a number twice, an amount that is no product. */
export function linesFault(lines: readonly VisitLine[]): Refusal | undefined {
  const numbers = new Set<string>()
  const wrong: Mismatch[] = []
  for (const [index, { line, returns }] of lines.entries()) {
    if (numbers.has(line.lineId)) {
      return refuse('duplicate-line-id', 'The message has two lines of one number.', {
        errors: [{ pointer: `/lines/${index}/lineId`, code: 'duplicate' }],
        more: { lineIds: [line.lineId] },
      })
    }
    numbers.add(line.lineId)
    if (returns !== undefined) continue
    const product = productOf(line)
    if (product !== line.amountFen) wrong.push({ index, lineId: line.lineId, product })
  }
  return wrong.length === 0 ? undefined : mismatched(wrong)
}

function productOf(line: ClaimLine): Fen | undefined {
  const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)
  const price = parseDecimal(line.unitPriceFen, UNIT_PRICE_PLACES)
  return quantity === undefined || price === undefined ? undefined : amountOf(quantity, price)
}

interface Mismatch {
  readonly index: number
  readonly lineId: string
  /** Quantity times unit price, in fen, where it is an amount. */
  readonly product: number | undefined
}

/** At most this many lines are named in one refusal. */
const NAMED_MAX = 20

function mismatched(all: readonly Mismatch[]): Refusal {
  const named = all.slice(0, NAMED_MAX)
  const [first, ...others] = named
  const { product: productFen } = first!
  return refuse('amount-mismatch', 'The amount is not quantity times unit price.', {
    errors: named.map(({ index }) => ({ pointer: `/lines/${index}/amountFen`, code: 'mismatch' })),
    more: {
      lineIds: named.map(({ lineId }) => lineId),
      ...(others.length > 0 || productFen === undefined ? {} : { productFen }),
    },
  })
}

/** A number of the visit is sent again for something else. */
export function lineDiffers({ lineId }: ClaimLine, index: number): Refusal {
  return refuse('visit-line-differs', 'The number stands for another line of the visit.', {
    errors: [{ pointer: `/lines/${index}/lineId`, code: 'reused' }],
    more: { lineIds: [lineId] },
  })
}

/** A batch is settled once, so that it can be asked for by its number. */
function settledBatch(visit: Visit, lines: readonly VisitLine[]): Refusal | undefined {
  const batches = new Set(lines.map(({ batch }) => batch))
  for (const line of visit.lines.values()) {
    if (line.batch === undefined || !batches.has(line.batch)) continue
    const settlement = settledBy(visit, line)
    if (settlement === undefined) continue
    return refuse('visit-batch-settled', 'A batch of these lines is settled.', {
      errors: [{ pointer: '/lines/batch', code: 'settled' }],
    })
  }
  return undefined
}

/**
 * What is returned is a line of the visit or of the message, of one price, and not more than it. It
 * comes to its product, or takes with the last of the line what is left of its amount.
 */
function returnsFault(visit: Visit, lines: readonly VisitLine[]): Refusal | undefined {
  if (lines.every(({ returns }) => returns === undefined)) return undefined
  const all = new Map(visit.lines)
  for (const line of lines) all.set(line.line.lineId, line)
  const left = new Map<string, { quantity: number; amountFen: Fen }>()
  for (const [number, { line }] of all) {
    const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)!
    left.set(number, { quantity, amountFen: line.amountFen })
  }
  const takesRest = new Set<string>()
  for (const { line, returns } of all.values()) {
    const of = returns === undefined ? undefined : left.get(returns)
    if (of === undefined) continue
    of.quantity -= left.get(line.lineId)!.quantity
    of.amountFen = minus(of.amountFen, line.amountFen)
    if (of.quantity === 0 && of.amountFen === 0) takesRest.add(line.lineId)
  }
  const wrong: Mismatch[] = []
  for (const [index, { line, returns }] of lines.entries()) {
    if (returns === undefined) continue
    const original = all.get(returns)
    const pointer = `/lines/${index}/returns`
    const settlement = original === undefined ? undefined : settledBy(visit, original)
    if (settlement !== undefined) return lineSettled(settlement, pointer, line.lineId)
    const code = misfit(line, original, left.get(returns)?.quantity ?? 0)
    if (code !== undefined) {
      return refuse('return-invalid', 'The line does not fit the one that it returns.', {
        errors: [{ pointer, code }],
        more: { lineIds: [line.lineId] },
      })
    }
    const product = productOf(line)
    if (product === line.amountFen || takesRest.has(line.lineId)) continue
    wrong.push({ index, lineId: line.lineId, product })
  }
  return wrong.length === 0 ? undefined : mismatched(wrong)
}

/** Why a line cannot return `original`, of which `left` would be left, or nothing. */
function misfit(line: ClaimLine, original: VisitLine | undefined, left: number) {
  if (original === undefined) return 'unknown'
  if (original.returns !== undefined) return 'return-of-a-return'
  if (original.line.code !== line.code) return 'other-item'
  if (original.line.unitPriceFen !== line.unitPriceFen) return 'other-price'
  return left < 0 ? 'more-than-left' : undefined
}
