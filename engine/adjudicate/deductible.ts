import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import {
  type Fen,
  larger,
  minus,
  plus,
  shareHalfUp,
  smaller,
  toFen,
  ZERO_FEN,
} from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import type { UsageTimeName } from '../policy/pack.ts'
import { usageAccumulator } from './accumulators.ts'
import type { Penalty } from './area.ts'
import { amountFrom, type FigurePlace, stepAmount } from './figures.ts'
import { basketsOf } from './layer-base.ts'
import { addedOnThisBill, type Due, type LayerRun, placeOf } from './layer-run.ts'
import { lookUp, note, readUsed } from './workings.ts'

/**
 * Step 5: the deductible of one layer. The standard by the table and its steps, raised where the area
 * case says so, less what a stay before a transfer bore and what was borne in the same year.
 */
export function deductible(run: LayerRun, layer: Layer, baseFen: Fen): Due | Refusal {
  const rule = layer.deductible
  if (rule === undefined) return { dueFen: ZERO_FEN, standardFen: ZERO_FEN }
  const { workings, penalty } = run
  const carried = run.carried.get(layer.id)
  if (carried !== undefined) {
    note(workings, 'deductible-carried', {}, { deductibleFen: carried.dueFen }, layer.id)
    return carried
  }
  const place = placeOf(run, layer, baseFen)
  const row = lookUp(workings, 'deductible', rule.table, layer.id)
  if (isRefusal(row)) return row
  const byTableFen = amountFrom(workings, row, 'deductibleFen', place)
  if (isRefusal(byTableFen)) return byTableFen
  const standardFen = stepAmount(workings, byTableFen, rule.steps, place)
  if (isRefusal(standardFen)) return standardFen
  const raisedFen = rule.penalised === true ? raised(standardFen, penalty) : standardFen
  if (raisedFen !== standardFen) {
    note(
      workings,
      'deductible-penalty',
      {
        standardFen,
        increasePermyriad: penalty.deductibleIncreasePermyriad,
        reading: penalty.deductibleReading,
      },
      { deductibleFen: raisedFen },
      layer.id,
    )
  }
  const per = (row['per'] as typeof rule.per | undefined) ?? rule.per
  const borneFen = borneBefore(run, layer, per)
  const limitFen = leftOfYearlyLimit(run, layer, place)
  if (isRefusal(limitFen)) return limitFen
  const sortsInScope = per === 'stay' && willSort(run, layer)
  const left = (amountFen: Fen): Fen => {
    const afterTransfer = sortsInScope ? lessTransfer(run, amountFen) : amountFen
    const notYetBorne = larger(ZERO_FEN, minus(afterTransfer, borneFen))
    return limitFen === undefined ? notYetBorne : smaller(notYetBorne, limitFen)
  }
  const due = { dueFen: left(raisedFen), standardFen: left(standardFen) }
  if (per === 'stay') run.stayDues.set(layer.id, due)
  if (per !== 'stay' || due.dueFen !== raisedFen) {
    // What a transfer spares is the deductible of the stay alone; no other row speaks of it.
    const transfer = sortsInScope ? run.transfer : undefined
    const inputs = {
      raisedFen,
      borneFen,
      ...(limitFen === undefined ? {} : { limitFen }),
      ...(transfer === undefined
        ? {}
        : { transfer: transfer.deductible, transferFen: transfer.borneFen }),
    }
    note(workings, 'deductible-left', inputs, { deductibleFen: due.dueFen }, layer.id)
  }
  return due
}

function raised(standard: Fen, penalty: Penalty): Fen {
  const { deductibleIncreasePermyriad, deductibleReading, deductibleBaseFen } = penalty
  const of = deductibleReading === 'points-of-base' ? toFen(deductibleBaseFen) : standard
  return plus(standard, shareHalfUp(of, deductibleIncreasePermyriad))
}

/** Whether this is the layer that the in-scope amount is still waiting for. */
function willSort(run: LayerRun, layer: Layer): boolean {
  if (!layer.base.includes('in-scope')) return false
  return run.share.sum(basketsOf(run, layer), ['in-scope']) > 0
}

function lessTransfer({ transfer }: LayerRun, amountFen: Fen): Fen {
  if (transfer === undefined || transfer.deductible === 'full') return amountFen
  if (transfer.deductible === 'none') return ZERO_FEN
  return larger(ZERO_FEN, minus(amountFen, transfer.borneFen))
}

function borneBefore(
  run: LayerRun,
  { fund, benefit, deductible }: Layer,
  per: NonNullable<Layer['deductible']>['per'],
): Fen {
  const benefits = deductible?.benefits
  if (per === 'stay') {
    return benefits === undefined ? ZERO_FEN : toFen(borneOnThisBill(run, fund, benefits))
  }
  return toFen(borneOf(run, fund, benefits ?? [benefit], per))
}

/** Of a deductible that layers share on one bill. */
function borneOnThisBill(run: LayerRun, fund: string, benefits: readonly string[]): number {
  const time = run.workings.time
  return benefits.reduce(
    (borne, benefit) =>
      borne + addedOnThisBill(run, usageAccumulator('deductible', fund, benefit, time)),
    0,
  )
}

/** Before this bill, and by layers before on this very bill. */
function borneOf(
  run: LayerRun,
  fund: string,
  benefits: readonly string[],
  scope: UsageTimeName,
): number {
  const { workings } = run
  const time = workings.time
  let borne = 0
  for (const benefit of benefits) {
    const accumulator = usageAccumulator('deductible', fund, benefit, time, scope)
    borne += readUsed(workings, accumulator) + addedOnThisBill(run, accumulator)
  }
  return borne
}

function leftOfYearlyLimit(
  run: LayerRun,
  layer: Layer,
  place: FigurePlace,
): Fen | undefined | Refusal {
  const { workings } = run
  const { id, fund, deductible } = layer
  const limit = deductible?.yearlyLimit
  if (limit === undefined) return undefined
  const row = lookUp(workings, 'yearly-limit', limit.table, id)
  if (isRefusal(row)) return row
  const limitFen = amountFrom(workings, row, 'limitFen', place)
  if (isRefusal(limitFen)) return limitFen
  const borneFen = toFen(borneOf(run, fund, limit.benefits, 'year'))
  return larger(ZERO_FEN, minus(limitFen, borneFen))
}
