import { isRefusal, type Refusal } from '../claim/outcomes.ts'
import { type Fen, larger, minus, plus, shareHalfUp, toFen, ZERO_FEN } from '../money/fen.ts'
import type { Layer } from '../policy/compile.ts'
import { accumulatorNames } from './accumulators.ts'
import type { Penalty } from './area.ts'
import { personSubject } from './snapshot.ts'
import { lookUp, note, readAccumulator, type Workings } from './workings.ts'

/**
 * Step 5: the deductible of one layer. The standard by the table, raised where the area case says
 * so, less what was borne of it this year where it is borne once a year.
 */
export function deductible(workings: Workings, layer: Layer, penalty: Penalty): Fen | Refusal {
  const rule = layer.deductible
  if (rule === undefined) return ZERO_FEN
  const found = lookUp(workings, 'deductible', rule.table, layer.id)
  if (isRefusal(found)) return found
  const standardFen = toFen(found['deductibleFen'] as number)
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
  if (rule.per === 'stay') return raisedFen
  const names = accumulatorNames(workings.benefitYear, layer.fund, layer.benefit)
  const borneFen = readAccumulator(
    workings,
    personSubject(workings.claim.personId),
    names.deductible,
  )
  const leftFen = larger(ZERO_FEN, minus(raisedFen, toFen(borneFen)))
  note(workings, 'deductible-left', { raisedFen, borneFen }, { deductibleFen: leftFen }, layer.id)
  return leftFen
}

function raised(standard: Fen, penalty: Penalty): Fen {
  const { deductibleIncreasePermyriad, deductibleReading, deductibleBaseFen } = penalty
  const of = deductibleReading === 'points-of-base' ? toFen(deductibleBaseFen) : standard
  return plus(standard, shareHalfUp(of, deductibleIncreasePermyriad))
}
