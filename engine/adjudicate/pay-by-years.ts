import type { CareDates } from '../claim/claim.ts'
import type { FundPart, Remaining } from '../claim/decision.ts'
import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import type { Delta } from '../ledger/entry.ts'
import { type Fen, minus, plus, ZERO_FEN } from '../money/fen.ts'
import type { Admitted } from './admit.ts'
import { penaltyOf } from './area.ts'
import { benefitYearOf, splitDates } from './benefit-year.ts'
import { type Carried, type LayerRun, newRun, paidBefore } from './layer-run.ts'
import { carriedDeductibles, carriedSums, type LayersResult, runLayers } from './layers.ts'
import { type Item, sumOf } from './lines.ts'
import { PatientShare } from './parts.ts'
import { inYear, note } from './workings.ts'

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
  const { plan } = admitted
  const deltas: Delta[] = []
  const parts: Part[] = []
  let carried: Carried | undefined
  const years = yearsOf(admitted, items)
  for (const yearOfStay of years) {
    const inPart = admittedIn(admitted, yearOfStay)
    if (isRefusal(inPart)) return inPart
    const run = runOf(inPart, yearOfStay.items, carried, deltas)
    const result = runLayers(run, plan.layers)
    if (isRefusal(result)) return result
    parts.push({ run, result })
    if (parts.length === years.length) break
    carried = {
      carried: carriedDeductibles(run, result),
      carriedSums: carriedSums(run),
      paidEarlierFen: paidBefore(run),
      earlierYear: run.workings.time.year,
    }
  }
  return paidOf(parts, admitted)
}

interface YearOfStay {
  readonly year: number
  readonly dates: CareDates
  readonly items: readonly Item[]
}

/** A year in which no line is dated has no part. */
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

/**
 * A part of a stay is decided on its own dates, also where it is the only one: what was used in the
 * old year has the rules of the old year, whether or not a line of the new year stands beside it.
 */
function admittedIn(whole: Admitted, { year, dates, items }: YearOfStay): Admitted | Refusal {
  const { plan, years } = whole
  if (years.splitAt === undefined) return whole
  const workings = inYear(whole.workings, year, years.startsInMonth, dates)
  const { inScopeFen } = sumOf(items)
  note(workings, 'part-of-stay', { benefitYear: year, until: dates.discharge }, { inScopeFen })
  if (dates.discharge === whole.workings.dates.discharge) return { ...whole, workings }
  const penalty = penaltyOf(workings, plan)
  return isRefusal(penalty) ? penalty : { ...whole, workings, penalty }
}

function runOf(
  { workings, penalty, transfer }: Admitted,
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

function paidOf(parts: readonly Part[], whole: Admitted): Paid {
  const [first, ...rest] = parts
  const { share } = first!.run
  if (whole.years.splitAt === undefined) {
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
