import type { CareType, CivilDate, Claim, ClaimAttribute, ClaimLine } from '../claim/claim.ts'
import { claimForm } from '../claim/claim-form.ts'
import { settlementId } from '../claim/ids.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import {
  amountOf,
  formatDecimal,
  parseDecimal,
  QUANTITY_PLACES,
  UNIT_PRICE_PLACES,
  unitPriceFor,
} from '../money/decimal.ts'
import { type Fen, larger, minus, plus, ZERO_FEN } from '../money/fen.ts'
import { packsOf, type SoldPack } from './drug-packs.ts'
import { datesInvalid, hasSettlement, whyClosed } from './rules.ts'
import {
  finalSettlement,
  type LiveSettlement,
  type SettledPart,
  settledBy,
  type Visit,
  type VisitInfo,
  type VisitLine,
} from './visit.ts'

/** Which part of the visit is asked to be settled. */
export type AskedPart =
  /** The unsettled lines of a batch; without one, all. */
  | { readonly batch?: string }
  /** Of a stay: up to `until`, or to its last line; the final part is all that is left. */
  | { readonly final: boolean; readonly until?: CivilDate }

/** What a settlement says besides the visit; what is absent is taken from the visit. */
export interface Terms {
  readonly careType?: CareType
  readonly diagnoses?: readonly string[]
  readonly diseaseCode?: string
  readonly approvalId?: string
  readonly transferFrom?: string
  readonly attributes?: readonly ClaimAttribute[]
  readonly account?: NonNullable<Claim['account']>
  /** The total that the sender expects, in fen: another one is refused. */
  readonly totalFen?: number
}

/** A claim like any other, and which part of the visit it is of. */
export interface BillOfPart {
  readonly claim: Claim
  readonly part: SettledPart
}

/** The same with the packs of drugs that it sells, as far as its lines name them. */
export interface Bill extends BillOfPart {
  readonly packs: readonly SoldPack[]
}

/** The same claim as that of a live settlement, asked for once more. */
export interface Again {
  readonly again: LiveSettlement
}

/**
 * The claim of the unsettled lines that are asked for. When they are settled already: the standing
 * settlement if it is of the same claim, a refusal that names it if it is not.
 */
export function billOf(visit: Visit, asked: AskedPart, terms: Terms): Bill | Again | Refusal {
  const closed = whyClosed(visit)
  if (closed !== undefined) return closed
  if ('final' in asked !== (visit.kind === 'stay')) {
    return refuse('visit-kind', 'A stay is settled by periods, care of one day by batches.')
  }
  const final = finalSettlement(visit)
  const lines = chargesOf(visit, (line) => isAsked(visit, asked, line))
  if (lines.length > 0 && final === undefined) {
    return withPacks(visit.lines.values(), bill(visit, asked, terms, lines, visit.settlements))
  }
  const standing = final ?? standingFor(visit, asked)
  if (standing === undefined) {
    const { batch } = { batch: undefined, ...asked }
    return refuse('visit-nothing-to-settle', 'There are no unsettled lines.', {
      more: batch === undefined ? {} : { batch },
    })
  }
  // What the standing settlement would have been, had this message asked for it.
  const { position } = standing
  const same = bill(
    visit,
    asked,
    terms,
    chargesOf(visit, (line) => settledBy(visit, line) === position),
    visit.settlements.filter((earlier) => earlier.position < position),
  )
  if (!isRefusal(same) && isSame(same, standing)) return { again: standing }
  // An earlier part was cancelled: its lines wait until the final settlement is cancelled, too.
  if (lines.length > 0) return hasSettlement(standing)
  const id = settlementId(position)
  return refuse('visit-settled', `It is settled by ${id}.`, { more: { settlementId: id } })
}

/** The claim of a purchase, which is settled as it is opened. */
export function purchaseBill(
  opened: Billed & { readonly lines: readonly VisitLine[] },
  terms: Terms,
): Bill | Refusal {
  const lines = opened.lines.map(({ line }) => line)
  return withPacks(opened.lines, bill(opened, {}, terms, lines, []))
}

function withPacks(all: Iterable<VisitLine>, made: BillOfPart | Refusal): Bill | Refusal {
  if (isRefusal(made)) return made
  const packs = packsOf(all, made.claim.lines)
  return isRefusal(packs) ? packs : { packs, ...made }
}

/** What a claim takes from its visit. */
type Billed = Pick<Visit, 'personId' | 'institutionId' | 'info' | 'dischargedOn'>

function bill(
  visit: Billed,
  asked: AskedPart,
  terms: Terms,
  lines: readonly ClaimLine[],
  before: readonly LiveSettlement[],
): BillOfPart | Refusal {
  const { totalFen, account, ...stated } = terms
  const total = lines.reduce((sum, { amountFen }) => sum + amountFen, 0)
  if (totalFen !== undefined && totalFen !== total) {
    return refuse('visit-total-differs', `The lines come to ${total} fen, not ${totalFen}.`, {
      errors: [{ pointer: '/totalFen', code: 'mismatch' }],
      more: { totalFen: total },
    })
  }
  const [first, last] = daysOf(lines)
  const { begunOn, ...info }: VisitInfo = visit.info
  const common = {
    personId: visit.personId,
    institutionId: visit.institutionId,
    ...info,
    ...stated,
    ...(account === undefined ? {} : { account }),
    lines,
  }
  if (!('final' in asked)) {
    const part = { batch: asked.batch ?? null }
    const servedOn = last ?? begunOn
    return { claim: { servedOn, ...common, lines: asOf(lines, servedOn) }, part }
  }
  const from = periodBegins(visit, before, first ?? asked.until)
  const until = asked.final ? (visit.dischargedOn ?? asked.until) : (asked.until ?? last ?? from)
  if (until === undefined) {
    return refuse('not-discharged', 'A final settlement needs the day of discharge.', {
      errors: [{ pointer: '/until', code: 'missing' }],
    })
  }
  if (until < from) return datesInvalid('/until', { notBefore: from })
  return {
    claim: { admittedOn: from, dischargedOn: until, ...common },
    part: { from, until, final: asked.final },
  }
}

/**
 * The lines of a bill of one day, of which some were charged on days before: what a doctor ordered in the
 * evening and the patient pays in the morning, or days under observation in the emergency room, is
 * one batch, and is decided as of its last day. The visit keeps when each was charged.
 */
export function asOf(lines: readonly ClaimLine[], day: CivilDate): readonly ClaimLine[] {
  if (lines.every(({ servedOn }) => servedOn === undefined || servedOn === day)) return lines
  return lines.map((line) =>
    line.servedOn === undefined || line.servedOn === day ? line : { ...line, servedOn: day },
  )
}

/** An interim settlement ends where the next begins, unless that has lines of earlier days. */
function periodBegins(
  { info }: Billed,
  before: readonly LiveSettlement[],
  first: CivilDate | undefined,
): CivilDate {
  let from = info.begunOn
  for (const { part } of before) {
    if (!('until' in part) || part.until <= from) continue
    if (first === undefined || part.until <= first) from = part.until
  }
  return from
}

function isAsked(visit: Visit, asked: AskedPart, line: VisitLine): boolean {
  if (settledBy(visit, line) !== undefined) return false
  if (!('final' in asked)) return asked.batch === undefined || line.batch === asked.batch
  const { servedOn } = line.line
  return asked.final || asked.until === undefined || (servedOn ?? '') <= asked.until
}

/** The live settlement that the asked part was settled by. */
function standingFor({ settlements }: Visit, asked: AskedPart): LiveSettlement | undefined {
  return settlements.findLast(({ part }) => {
    if ('batch' in part) return !('final' in asked) && part.batch === (asked.batch ?? null)
    if (!('final' in asked) || asked.final) return false
    return !part.final && (asked.until === undefined || asked.until === part.until)
  })
}

/** What is returned of one line. */
interface Returned {
  readonly quantity: number
  readonly amountFen: Fen
}

const NOTHING: Returned = { quantity: 0, amountFen: ZERO_FEN }

/** The chosen lines less what is returned of them; nothing of a line that is returned wholly. */
function chargesOf(visit: Visit, isChosen: (line: VisitLine) => boolean): ClaimLine[] {
  const returned = new Map<string, Returned>()
  for (const { line, returns } of visit.lines.values()) {
    if (returns === undefined) continue
    const before = returned.get(returns) ?? NOTHING
    returned.set(returns, {
      quantity: before.quantity + parseDecimal(line.quantity, QUANTITY_PLACES)!,
      amountFen: plus(before.amountFen, line.amountFen),
    })
  }
  const lines: ClaimLine[] = []
  for (const charged of visit.lines.values()) {
    if (charged.returns !== undefined || !isChosen(charged)) continue
    const less = returned.get(charged.line.lineId)
    const line = less === undefined ? charged.line : lessened(charged.line, less)
    if (line !== undefined) lines.push(line)
  }
  return lines
}

/** The bill comes to what was uploaded: of the line stays its amount less those returned. */
function lessened(line: ClaimLine, returned: Returned): ClaimLine | undefined {
  const left = parseDecimal(line.quantity, QUANTITY_PLACES)! - returned.quantity
  if (left === 0) return undefined
  const amountFen = larger(ZERO_FEN, minus(line.amountFen, returned.amountFen))
  return atItsPrice({ ...line, quantity: formatDecimal(left, QUANTITY_PLACES), amountFen })
}

/**
 * The rest of a line. Every amount before it was rounded, so that it may be a fen off the product; its
 * unit price is then what it comes to, or it is the product where no price comes to it.
 */
export function atItsPrice(line: ClaimLine): ClaimLine {
  const quantity = parseDecimal(line.quantity, QUANTITY_PLACES)!
  const productFen = amountOf(quantity, parseDecimal(line.unitPriceFen, UNIT_PRICE_PLACES)!)
  if (productFen === line.amountFen || productFen === undefined) return line
  const price = unitPriceFor(quantity, line.amountFen)
  if (price === undefined) return { ...line, amountFen: productFen }
  return { ...line, unitPriceFen: formatDecimal(price, UNIT_PRICE_PLACES) }
}

/** The first and the last day that a line has, if any has one. */
function daysOf(lines: readonly ClaimLine[]): readonly [CivilDate?, CivilDate?] {
  let first: CivilDate | undefined
  let last: CivilDate | undefined
  for (const { servedOn } of lines) {
    if (servedOn === undefined) continue
    if (first === undefined || servedOn < first) first = servedOn
    if (last === undefined || servedOn > last) last = servedOn
  }
  return first === undefined || last === undefined ? [] : [first, last]
}

/** What the sender did not say, the records said when it was settled. */
function isSame({ claim, part }: BillOfPart, standing: LiveSettlement): boolean {
  const { approvalId, transferFrom } = standing.claim
  const recorded = {
    ...(approvalId === undefined ? {} : { approvalId }),
    ...(transferFrom === undefined ? {} : { transferFrom }),
  }
  const one = [claimForm({ ...recorded, ...claim }), part]
  return JSON.stringify(one) === JSON.stringify([claimForm(standing.claim), standing.part])
}
