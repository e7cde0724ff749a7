import type { Segment, StepName } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, larger, minus, plus, smaller, toFen, WHOLE, ZERO_FEN } from '../money/fen.ts'
import { factorOfRate, PPM_PER_PERMYRIAD, ShareSum } from '../money/share-sum.ts'
import type { Layer, Rate } from '../policy/compile.ts'
import type { RowResult, Table } from '../policy/table.ts'
import { usageAccumulator } from './accumulators.ts'
import { type Bundle, bearDeductible, bundlesOf } from './bundles.ts'
import { rateFrom, roundTo, stepRate } from './figures.ts'
import { addedOnThisBill, type LayerRun } from './layer-run.ts'
import { lookUp, note, readUsed, type Workings } from './workings.ts'

/** What the rates of a layer give on its eligible cost. */
export interface Payment {
  /** The base above the deductible, within the caps on the cost. */
  readonly eligibleFen: Fen
  readonly payFen: Fen
  /** One at least, also where nothing is eligible. */
  readonly segments: readonly Segment[]
}

interface PaymentOf {
  readonly dueFen: Fen
  readonly borneFen: Fen
  /** The cost above the deductible that is paid for. */
  readonly allowedFen: Fen
  /** Whether the penalty lowers the rate. */
  readonly penalised: boolean
}

/** The exact sum of stretch × rate, rounded once; each segment is what it adds to the rounded sum. */
export function payment(run: LayerRun, layer: Layer, of: PaymentOf): Payment | Refusal {
  const rate = layer.rate!
  const fromPayment = layer.deductible?.taken === 'from-payment'
  const eligibleFen = fromPayment ? plus(of.allowedFen, of.borneFen) : of.allowedFen
  const rates = new Rates(run, layer, rate, of.penalised)
  const bundles = eligibleBundles(run, layer, rates, of, eligibleFen, fromPayment)
  if (isRefusal(bundles)) return bundles
  const segments: Segment[] = []
  const sum = new ShareSum()
  let position = startOf(run, layer, of, fromPayment)
  for (const bundle of bundles) {
    let leftFen = bundle.fen
    do {
      const end = rate.starts.find((start) => start > position)
      const toFenOfStretch = end === undefined ? null : toFen(end)
      const takenFen =
        toFenOfStretch === null ? leftFen : smaller(leftFen, minus(toFenOfStretch, position))
      const ratePpm = rates.at(bundle, position)
      if (isRefusal(ratePpm)) return ratePpm
      const { label } = bundle
      segments.push({
        fromFen: rate.starts.length === 1 ? of.dueFen : position,
        toFen: toFenOfStretch,
        baseFen: takenFen,
        ratePermyriad: ratePpm / PPM_PER_PERMYRIAD,
        payFen: sum.add(takenFen, ratePpm),
        ...(label === undefined ? {} : { items: label }),
      })
      position = plus(position, takenFen)
      leftFen = minus(leftFen, takenFen)
    } while (leftFen > 0)
  }
  // Without a line in the base there is no rate to ask for.
  if (segments.length === 0) segments.push({ ...NOTHING, fromFen: of.dueFen })
  const sumFen = rates.rounded(sum.rounded())
  const payFen = fromPayment ? larger(ZERO_FEN, minus(sumFen, of.borneFen)) : sumFen
  return { eligibleFen, payFen, segments: merged(segments) }
}

const NOTHING: Segment = {
  fromFen: ZERO_FEN,
  toFen: null,
  baseFen: ZERO_FEN,
  ratePermyriad: 0,
  payFen: ZERO_FEN,
}

const NONE: Bundle['facts'] = {}

/** The lines of the bill as bundles of one rate, above the deductible and within the caps. */
function eligibleBundles(
  run: LayerRun,
  layer: Layer,
  rates: Rates,
  of: PaymentOf,
  eligibleFen: Fen,
  fromPayment: boolean,
): readonly Bundle[] | Refusal {
  if (!layer.rate!.byLines) return [{ fen: eligibleFen, facts: NONE, items: [] }]
  const bundles = bundlesOf(run, layer)
  if (bundles.length === 0) return []
  const bearing = layer.deductible?.bearing ?? 'class-a-first'
  const ordered = rates.order(bundles, bearing)
  if (isRefusal(ordered)) return ordered
  const above = fromPayment ? ordered : bearDeductible(ordered, bearing, of.borneFen)
  // Caps on the cost cut off the end.
  let leftFen = eligibleFen
  const within = above.map((bundle) => {
    const fen = smaller(bundle.fen, leftFen)
    leftFen = minus(leftFen, fen)
    return { ...bundle, fen }
  })
  const paidFor = within.filter(({ fen }) => fen > 0)
  return paidFor.length === 0 ? within.slice(0, 1) : paidFor
}

/** The position of the first fen that is paid for. */
function startOf(
  run: LayerRun,
  { rate, fund, benefit }: Layer,
  { borneFen }: PaymentOf,
  fromPayment: boolean,
): Fen {
  const { workings } = run
  const { segments, starts } = rate!
  const ownFen = fromPayment ? ZERO_FEN : borneFen
  if (segments === undefined || starts.length === 1) return ZERO_FEN
  const above = segments.bounds === 'above-deductible'
  const used = (usage: 'base' | 'deductible'): number => {
    let fen = 0
    for (const one of segments.benefits ?? [benefit]) {
      const accumulator = usageAccumulator(usage, fund, one, workings.time)
      if (segments.per === 'year') fen += readUsed(workings, accumulator)
      if (segments.benefits !== undefined) fen += addedOnThisBill(run, accumulator)
    }
    return fen
  }
  const baseBefore = used('base')
  if (!above) return plus(toFen(baseBefore), ownFen)
  return larger(ZERO_FEN, toFen(baseBefore - used('deductible')))
}

/** The rates of a layer by bundle and position, each looked up and traced once. */
class Rates {
  readonly #run: LayerRun
  readonly #layer: Layer
  readonly #rate: Rate
  readonly #penalised: boolean
  readonly #known = new Map<string, number>()
  #first: RowResult | undefined

  constructor(run: LayerRun, layer: Layer, rate: Rate, penalised: boolean) {
    this.#run = run
    this.#layer = layer
    this.#rate = rate
    this.#penalised = penalised && rate.penalised === true
  }

  /** In ppm. */
  at(bundle: Bundle, position: Fen): number | Refusal {
    const start = this.#rate.starts.findLast((one) => one <= position) ?? 0
    const key = `${start} ${bundle.label ?? ''}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { workings } = this.#run
    if (bundle.facts !== NONE) Object.assign(workings.facts, bundle.facts)
    workings.facts.amountFen = start
    const found = this.#find(workings, bundle, true)
    if (!isRefusal(found)) this.#known.set(key, found)
    return found
  }

  /** The order in which bundles bear the deductible and fill the segments. */
  order(bundles: readonly Bundle[], bearing: string): readonly Bundle[] | Refusal {
    if (bearing === 'proportional') return bundles
    const ranked: { bundle: Bundle; rank: number }[] = []
    for (const bundle of bundles) {
      let rank = 0
      if (bearing === 'class-a-first') rank = bundle.items[0]!.itemClass === 'A' ? 0 : 1
      else {
        const { workings } = this.#run
        Object.assign(workings.facts, bundle.facts, { amountFen: 0 })
        const ratePpm = this.#find(workings, bundle, false)
        if (isRefusal(ratePpm)) return ratePpm
        rank = bearing === 'highest-rate-first' ? -ratePpm : ratePpm
      }
      ranked.push({ bundle, rank })
    }
    return ranked.sort((a, b) => a.rank - b.rank).map(({ bundle }) => bundle)
  }

  /** The payment in whole multiples of what the row of the first stretch says. */
  rounded(sumFen: Fen): Fen {
    return this.#first === undefined ? sumFen : roundTo(sumFen, this.#first)
  }

  #find(workings: Workings, { date }: Bundle, traced: boolean): number | Refusal {
    const find = (table: Table, step: StepName): RowResult | Refusal => {
      const within = traced ? workings : { ...workings, trace: [], reads: [] }
      return lookUp(within, step, table, this.#layer.id, table.anchor === 'line' ? date : undefined)
    }
    const row = find(this.#rate.table, 'rate')
    if (isRefusal(row)) return row
    if (traced) this.#first ??= row
    const ratePpm = stepRate(rateFrom(workings, row), this.#rate.steps, find)
    if (isRefusal(ratePpm) || !this.#penalised) return ratePpm
    return this.#lowered(workings, ratePpm, traced)
  }

  #lowered(workings: Workings, ratePpm: number, traced: boolean): number {
    const { rateDecreasePermyriad: decrease, rateReading: reading } = this.#run.penalty
    if (decrease === 0) return ratePpm
    const lowered =
      reading === 'relative'
        ? factorOfRate(ratePpm, WHOLE - decrease)
        : Math.max(0, ratePpm - decrease * PPM_PER_PERMYRIAD)
    if (traced) {
      const inputs = {
        ratePermyriad: ratePpm / PPM_PER_PERMYRIAD,
        decreasePermyriad: decrease,
        reading,
      }
      const result = { ratePermyriad: lowered / PPM_PER_PERMYRIAD }
      note(workings, 'rate-penalty', inputs, result, this.#layer.id)
    }
    return lowered
  }
}

/** Stretches of one rate that follow each other are one segment. */
function merged(segments: readonly Segment[]): readonly Segment[] {
  if (segments.length === 1) return segments
  const result: Segment[] = []
  for (const segment of segments) {
    const last = result.at(-1)
    const joins =
      last !== undefined &&
      last.ratePermyriad === segment.ratePermyriad &&
      last.items === segment.items &&
      last.toFen === segment.fromFen
    if (!joins) {
      result.push(segment)
      continue
    }
    result[result.length - 1] = {
      ...last,
      toFen: segment.toFen,
      baseFen: plus(last.baseFen, segment.baseFen),
      payFen: plus(last.payFen, segment.payFen),
    }
  }
  return result
}
