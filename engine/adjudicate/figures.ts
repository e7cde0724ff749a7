import type { StepName } from '../claim/decision.ts'
import { isRefusal, type Refusal, refuse } from '../claim/outcomes.ts'
import {
  atMost,
  divideHalfUp,
  FEN_MAX,
  type Fen,
  larger,
  minus,
  plus,
  proportionHalfUp,
  shareHalfUp,
  smaller,
  toFen,
  WHOLE,
  ZERO_FEN,
} from '../money/fen.ts'
import { factorOfRate, PPM_PER_PERMYRIAD, WHOLE_PPM } from '../money/share-sum.ts'
import type { Step } from '../policy/compile.ts'
import type { RowResult, Table } from '../policy/table.ts'
import { lookUp, note, type PersonWorkings, type Workings } from './workings.ts'

/** Where a figure stands in the trace, and what of the layer an amount may be a share of. */
export interface FigurePlace {
  readonly layer?: string | undefined
  readonly baseFen?: Fen | undefined
  /** The in-scope amount less what deductibles took before this layer. */
  readonly aboveDeductibleFen?: Fen
}

/**
 * An amount from a row: the column itself, a share of a sum and so many units of a fact, rounded and
 * bounded (rules/REFERENCE.md, section 1). In fen; never negative.
 */
export function amountFrom(
  workings: PersonWorkings,
  row: RowResult,
  column: string,
  place: FigurePlace,
): Fen | Refusal {
  let amountFen = toFen(row[column] as number)
  if (row['of'] === undefined && row['unit'] === undefined && row['mostFen'] === undefined) {
    return row['leastFen'] === undefined && row['roundToFen'] === undefined
      ? amountFen
      : bounded(amountFen, row)
  }
  const of = (row['of'] as string | undefined) ?? 'none'
  if (of !== 'none') {
    const sumFen = sumOf(workings, of, place)
    if (isRefusal(sumFen)) return sumFen
    const shareFen = proportionHalfUp(sumFen, row['ofPermyriad'] as number, WHOLE)
    amountFen = atMost(plus(amountFen, shareFen))
  }
  const { unit = 'none' } = row
  if (unit !== 'none' && workings.facts[unit as string] === undefined) {
    return refuse('no-rule', `${unit} is not known before there is care.`)
  }
  const each = (row['unitFen'] as number | undefined) ?? 0
  amountFen = atMost(plus(amountFen, toFen(Math.min(FEN_MAX, each * units(workings, row)))))
  const resultFen = bounded(amountFen, row)
  note(workings, 'amount', inputsOf(workings, row), { [column]: resultFen }, place.layer)
  return resultFen
}

function sumOf(
  workings: PersonWorkings,
  of: string,
  { baseFen, aboveDeductibleFen, layer }: FigurePlace,
): Fen | Refusal {
  if (of === 'total') return toFen(workings.facts.totalFen)
  if (of === 'in-scope') return toFen(workings.facts.inScopeFen)
  if (of === 'above-deductible') return aboveDeductibleFen ?? toFen(workings.facts.inScopeFen)
  if (of === 'base') return baseFen ?? ZERO_FEN
  const table = workings.pack.sums.get(of)
  // Otherwise an attribute of the person; a register may hold any number.
  if (table === undefined) {
    return toFen(Math.max(0, Math.min(FEN_MAX, workings.facts[of] as number)))
  }
  const found = lookUp(workings, 'sum', table, layer)
  return isRefusal(found) ? found : toFen(found['amountFen'] as number)
}

/** How many times a row's unit counts: the fact, less those that do not count, bounded. */
export function units({ facts }: Pick<PersonWorkings, 'facts'>, row: RowResult): number {
  const unit = (row['unit'] as string | undefined) ?? 'none'
  if (unit === 'none') return 0
  const counted = (facts[unit] as number) - ((row['unitsAfter'] as number | undefined) ?? 0)
  const within = Math.max(0, Math.min(counted, (row['unitsMost'] as number | undefined) ?? counted))
  return Math.ceil(within / ((row['unitsEach'] as number | undefined) ?? 1))
}

function bounded(amount: Fen, row: RowResult): Fen {
  const rounded = roundTo(amount, row)
  const least = toFen((row['leastFen'] as number | undefined) ?? 0)
  const most = toFen((row['mostFen'] as number | undefined) ?? FEN_MAX)
  return smaller(most, larger(least, rounded))
}

/** Rounds to a multiple of the row's `roundToFen`, in the way it says. */
export function roundTo(amount: Fen, row: RowResult): Fen {
  const unit = (row['roundToFen'] as number | undefined) ?? 1
  if (unit <= 1) return amount
  const way = row['rounding'] ?? 'half-up'
  if (way === 'half-up') return toFen(divideHalfUp(amount, unit) * unit)
  const whole = Math.floor(amount / unit)
  return toFen((way === 'up' && whole * unit < amount ? whole + 1 : whole) * unit)
}

function inputsOf({ facts }: PersonWorkings, row: RowResult): RowResult {
  const unit = row['unit'] as string | undefined
  return unit === undefined || unit === 'none'
    ? { ...row }
    : Object.assign({}, row, { [unit]: facts[unit]! })
}

/** A rate in ppm from a row, within 0 and 100 %. */
export function rateFrom(workings: Pick<Workings, 'facts'>, row: RowResult): number {
  let permyriad = row['ratePermyriad'] as number
  const each = row['unitPermyriad'] as number | undefined
  if (each !== undefined) permyriad += each * units(workings, row)
  permyriad = Math.max((row['leastPermyriad'] as number | undefined) ?? 0, permyriad)
  permyriad = Math.min((row['mostPermyriad'] as number | undefined) ?? WHOLE, permyriad)
  return Math.min(WHOLE, permyriad) * PPM_PER_PERMYRIAD
}

/** Adjusts an amount by steps, in their order. */
export function stepAmount(
  workings: Workings,
  startFen: Fen,
  steps: readonly Step[],
  place: FigurePlace,
): Fen | Refusal {
  let amountFen = startFen
  for (const { step, table } of steps) {
    const row = lookUp(workings, step, table, place.layer)
    if (isRefusal(row)) return row
    const before = amountFen
    if (step === 'times') {
      const factor = row['factorPermyriad'] as number
      amountFen = atMost(proportionHalfUp(amountFen, factor, WHOLE))
    } else {
      const byFen = amountFrom(workings, row, 'amountFen', place)
      if (isRefusal(byFen)) return byFen
      if (step === 'plus') amountFen = atMost(plus(amountFen, byFen))
      else if (step === 'minus') amountFen = larger(ZERO_FEN, minus(amountFen, byFen))
      else if (step === 'at-least') amountFen = larger(amountFen, byFen)
      else amountFen = smaller(amountFen, byFen)
    }
    if (amountFen !== before) note(workings, step, { before }, { amountFen }, place.layer)
  }
  return amountFen
}

/** Adjusts a rate (ppm) by steps, in their order; the facts of lines and positions are set. */
export function stepRate(
  startPpm: number,
  steps: readonly Step[],
  find: (table: Table, step: StepName) => RowResult | Refusal,
): number | Refusal {
  let ratePpm = startPpm
  for (const { step, table } of steps) {
    const row = find(table, step)
    if (isRefusal(row)) return row
    const factor = row['factorPermyriad'] as number
    const points = (row['pointsPermyriad'] as number) * PPM_PER_PERMYRIAD
    if (step === 'times') ratePpm = factorOfRate(ratePpm, factor)
    else if (step === 'patient-share-times') {
      ratePpm = WHOLE_PPM - factorOfRate(WHOLE_PPM - ratePpm, factor)
    } else if (step === 'plus') ratePpm += points
    else if (step === 'minus') ratePpm -= points
    else if (step === 'at-least') ratePpm = Math.max(ratePpm, points)
    else ratePpm = Math.min(ratePpm, points)
    ratePpm = Math.max(0, Math.min(WHOLE_PPM, ratePpm))
  }
  return ratePpm
}

/** A share of an amount at a rate in ppm, rounded half-up to the fen. */
export function shareAt(amountFen: Fen, ratePpm: number): Fen {
  if (ratePpm % PPM_PER_PERMYRIAD === 0) {
    return shareHalfUp(amountFen, ratePpm / PPM_PER_PERMYRIAD)
  }
  return proportionHalfUp(amountFen, ratePpm, WHOLE_PPM)
}
