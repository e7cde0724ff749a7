import type { CareDates } from '../claim/claim.ts'
import type { FundPart, Remaining } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Delta } from '../ledger/entry.ts'
import { type Fen, minus, plus, ZERO_FEN } from '../money/fen.ts'
import type { Admitted } from './admit.ts'
import { benefitYearOf, splitDates } from './benefit-year.ts'
import { type LayerRun, newRun } from './layer-run.ts'
import { carriedDeductibles, carriedSums, type LayersResult, runLayers } from './layers.ts'
import { type Item, sumOf } from './lines.ts'
import { PatientShare } from './parts.ts'
import { inYear, note, type Workings } from './workings.ts'

/** What all funds pay, over the benefit years of the claim, and what the patient is left with. */
export interface Paid {
  readonly funds: readonly FundPart[]
  readonly fundFen: Fen
  readonly deductibleFen: Fen
  readonly remaining: readonly Remaining[]
  readonly share: PatientShare
  readonly deltas: readonly Delta[]
  readonly years: readonly PaidYear[]
}

export interface PaidYear {
  readonly year: number
  readonly inScopeFen: Fen
}

/** Runs the layers once, or once for each of the years that the pack splits the stay between. */
export function payByYears(admitted: Admitted, items: readonly Item[]): Paid | Refusal {
  const { workings, plan } = admitted
  const { startsInMonth } = workings
  const deltas: Delta[] = []
  const parts: Part[] = []
  let carried: Carried | undefined
  const years = yearsOf(admitted, items)
  for (const { year, dates, items: itemsOfYear } of years) {
    const part = years.length === 1 ? workings : inYear(workings, year, startsInMonth, dates)
    const run = runOf(admitted, part, itemsOfYear, carried, deltas)
    if (years.length > 1) {
      const { inScopeFen } = run.buckets
      note(part, 'part-of-stay', { benefitYear: year, until: dates.discharge }, { inScopeFen })
    }
    const result = runLayers(run, plan.layers)
    if (isRefusal(result)) return result
    parts.push({ run, result })
    if (parts.length === years.length) break
    carried = {
      carried: carriedDeductibles(run, result),
      carriedSums: carriedSums(run, plan.layers),
      earlierYear: part.time.year,
    }
  }
  return paidOf(parts)
}

/** What the earlier part of a split stay leaves to the later one. */
type Carried = Pick<LayerRun, 'carried' | 'carriedSums' | 'earlierYear'>

interface YearOfStay {
  readonly year: number
  readonly dates: CareDates
  readonly items: readonly Item[]
}

/** A stay whose lines all fall into one of the two years is not split. */
function yearsOf({ workings, years }: Admitted, items: readonly Item[]): YearOfStay[] {
  const { dates } = workings
  const { year, splitAt } = years
  if (splitAt === undefined) return [{ year, dates, items }]
  const laterYear = benefitYearOf(dates.discharge, Number(splitAt.slice(5, 7)))
  const [earlier, later] = splitDates(dates, splitAt)
  const parts = [
    { year, dates: earlier, items: items.filter(({ date }) => date < splitAt) },
    { year: laterYear, dates: later, items: items.filter(({ date }) => date >= splitAt) },
  ]
  return parts.filter((part) => part.items.length > 0)
}

function runOf(
  { penalty, transfer }: Admitted,
  workings: Workings,
  items: readonly Item[],
  carried: Carried | undefined,
  deltas: Delta[],
): LayerRun {
  const [buckets, share] = [sumOf(items), shareOf(items)]
  const bill = { workings, penalty, transfer, buckets, items, share, deltas }
  return newRun(carried === undefined ? bill : { ...bill, ...carried })
}

/** The whole bill is the patient's until layers pay. */
function shareOf(items: readonly Item[]): PatientShare {
  const share = new PatientShare()
  for (const { split, basket, areaSelfPayFen } of items) {
    share.add(basket, 'in-scope', split.inScopeFen)
    share.add(basket, 'first-self-pay', minus(split.firstSelfPayFen, areaSelfPayFen))
    share.add(basket, 'area-first-self-pay', areaSelfPayFen)
    share.add(basket, 'over-price-ceiling', split.overLimitFen)
    share.add(basket, 'own-pay', split.ownPayFen)
  }
  return share
}

interface Part {
  readonly run: LayerRun
  readonly result: LayersResult
}

function paidOf(parts: readonly Part[]): Paid {
  const [first, ...rest] = parts
  const { share } = first!.run
  if (rest.length === 0) {
    const { run, result } = first!
    const years = [{ year: run.workings.benefitYear, inScopeFen: run.buckets.inScopeFen }]
    const { funds, fundFen, deductibleFen, remaining } = result
    return { funds, fundFen, deductibleFen, remaining, share, deltas: run.deltas, years }
  }
  for (const { run } of rest) share.addAll(run.share)
  const sum = (amount: (result: LayersResult) => Fen) =>
    parts.reduce((total, { result }) => plus(total, amount(result)), ZERO_FEN)
  return {
    funds: parts.flatMap(({ run, result }) =>
      result.funds.map((fund) =>
        Object.assign({}, fund, { benefitYear: run.workings.benefitYear }),
      ),
    ),
    fundFen: sum(({ fundFen }) => fundFen),
    deductibleFen: sum(({ deductibleFen }) => deductibleFen),
    remaining: parts.at(-1)!.result.remaining,
    share,
    deltas: first!.run.deltas,
    years: parts.map(({ run }) => ({
      year: run.workings.benefitYear,
      inScopeFen: run.buckets.inScopeFen,
    })),
  }
}
