import { rateFrom, units } from '../adjudicate/figures.ts'
import { type ComputedStep, isLookup, type LookupStep, type TraceStep } from '../claim/decision.ts'
import { WHOLE } from '../money/fen.ts'
import { factorOfRate, PPM_PER_PERMYRIAD, WHOLE_PPM } from '../money/share-sum.ts'
import type { Cap, Layer } from '../policy/compile-plan.ts'
import type { Facts } from '../policy/facts.ts'
import type { RowResult } from '../policy/table.ts'
import {
  count,
  type Equation,
  type Expression,
  type Figure,
  fen,
  fenOf,
  less,
  lessAtMost,
  type Rounding,
  rate,
  sumOf,
} from './arithmetic.ts'
import { capOf, rowOf } from './trace.ts'

type Numbers = Readonly<Record<string, number>>

/**
 * The arithmetic of the single steps, in the order of the trace; nothing where a step only looks a
 * value up. Steps lean on the ones before them: on the row whose amount is added, on the sum that a
 * share is taken of, on the rate that is adjusted.
 */
export class StepArithmetic {
  /** Of the layer whose steps come next: its base, and what is in scope above the deductibles before. */
  of: { readonly baseFen: number; readonly aboveDeductibleFen: number } = {
    baseFen: 0,
    aboveDeductibleFen: 0,
  }
  readonly #facts: Facts
  readonly #layers: ReadonlyMap<string, Layer>
  readonly #before: TraceStep[] = []
  /** While the rate of a layer is being worked out: what it is so far, in ppm. */
  #ratePpm: number | undefined

  constructor(facts: Facts, layers: ReadonlyMap<string, Layer>) {
    this.#facts = facts
    this.#layers = layers
  }

  next(step: TraceStep): Equation | undefined {
    const equation = isLookup(step) ? this.#lookUp(step) : this.#computed(step)
    this.#before.push(step)
    return equation
  }

  #lookUp(step: LookupStep): Equation | undefined {
    const { result } = step
    if (step.step === 'rate') return this.#beginRate(result)
    if (this.#ratePpm === undefined || !isRateStep(step)) {
      this.#ratePpm = undefined
      return undefined
    }
    const before = this.#ratePpm
    this.#ratePpm = adjusted(before, step)
    return ofRates(adjustment(before, step), this.#ratePpm)
  }

  #beginRate(row: RowResult): Equation | undefined {
    this.#ratePpm = rateFrom({ facts: this.#facts }, row)
    const each = row['unitPermyriad'] as number | undefined
    if (each === undefined) return undefined
    const counted = units({ facts: this.#facts }, row)
    let expression = sumOf(rate(row['ratePermyriad'] as number), {
      times: [count(counted), rate(each)],
    })
    const { leastPermyriad, mostPermyriad } = row as Partial<Numbers>
    if (leastPermyriad !== undefined) expression = { larger: [rate(leastPermyriad), expression] }
    if (mostPermyriad !== undefined) expression = { smaller: [rate(mostPermyriad), expression] }
    return ofRates(expression, this.#ratePpm)
  }

  #computed(step: ComputedStep): Equation | undefined {
    const inputs = step.inputs as Numbers
    const result = step.result as Numbers
    switch (step.step) {
      case 'amount':
        return this.#amount(step)
      case 'times':
      case 'plus':
      case 'minus':
      case 'at-least':
      case 'at-most':
        return ofFen(this.#adjustment(step), result['amountFen']!)
      case 'deductible-penalty':
        return ofFen(this.#raised(step), result['deductibleFen']!)
      case 'deductible-left':
        return ofFen(deductibleLeft(step), result['deductibleFen']!)
      case 'rate-penalty': {
        const { ratePermyriad, decreasePermyriad } = inputs
        this.#ratePpm = undefined
        const relative = step.inputs['reading'] === 'relative'
        const expression: Expression = relative
          ? { times: [rate(ratePermyriad!), less(rate(WHOLE), rate(decreasePermyriad!))] }
          : lessAtMost(rate(ratePermyriad!), rate(decreasePermyriad!))
        return ofRates(expression, result['ratePermyriad']! * PPM_PER_PERMYRIAD)
      }
      case 'cap-left':
        return this.#capLeft(step)
      case 'floor': {
        const row = rowOf(this.#before, 'floor', ({ layer }) => layer === step.layer)
        if (row === undefined) return undefined
        const permyriad = rateFrom({ facts: this.#facts }, row) / PPM_PER_PERMYRIAD
        return ofFen({ times: [fen(inputs['baseFen']!), rate(permyriad)] }, result['payFen']!)
      }
      case 'ceiling': {
        const { heldFen, bearableFen } = inputs
        const above = lessAtMost(fen(heldFen!), fen(bearableFen!))
        const aboveFen = result['aboveFen']!
        // Of a ceiling of the year, this bill's part.
        const isWhole = fenOf(above) === aboveFen
        return ofFen(isWhole ? above : { smaller: [above, fen(aboveFen)] }, aboveFen)
      }
      case 'case-owed': {
        const { heldFen, sharePayFen, sumFen, totalFen } = inputs
        const owed: Expression =
          sumFen === undefined
            ? lessAtMost(fen(heldFen!), fen(sharePayFen!))
            : { smaller: [fen(sumFen), fen(totalFen!)] }
        return ofFen(owed, result['owedFen']!)
      }
      case 'account-pays': {
        const { payableFen, balanceFen } = inputs
        return ofFen({ smaller: [fen(payableFen!), fen(balanceFen!)] }, result['payFen']!)
      }
      case 'lines': {
        const { ownPayFen, overLimitFen, firstSelfPayFen, inScopeFen, totalFen } = result
        const buckets = [ownPayFen!, overLimitFen!, firstSelfPayFen!, inScopeFen!]
        return ofFen(sumOf(...buckets.map(fen)), totalFen!)
      }
      default:
        return undefined
    }
  }

  /** An amount from a row's columns: rules/REFERENCE.md, section 1. */
  #amount({ inputs, result }: ComputedStep): Equation {
    const [column = '', amountFen = 0] = Object.entries(result as Numbers)[0] ?? []
    const row = inputs as RowResult & Numbers
    const terms: Expression[] = []
    if (row[column] !== 0) terms.push(fen(row[column]!))
    const of = (row['of'] ?? 'none') as string
    if (of !== 'none') {
      const sumFen = this.#sum(of)
      terms.push({ times: [fen(sumFen), rate(row['ofPermyriad']!)] })
    }
    if (row['unitFen'] !== undefined) {
      terms.push({ times: [count(units({ facts: this.#facts }, row)), fen(row['unitFen'])] })
    }
    let expression = sumOf(...terms)
    const { roundToFen, leastFen, mostFen } = row as Partial<Numbers>
    if (roundToFen !== undefined && roundToFen > 1) {
      const rounding = (row['rounding'] ?? 'half-up') as Rounding
      expression = { rounded: expression, toFen: roundToFen, rounding }
    }
    if (leastFen !== undefined) expression = { larger: [fen(leastFen), expression] }
    if (mostFen !== undefined) expression = { smaller: [fen(mostFen), expression] }
    return ofFen(expression, amountFen)
  }

  /** What a share is taken of: a sum of the bill, the base of the layer, or a reference sum. */
  #sum(of: string): number {
    if (of === 'total') return this.#facts.totalFen
    if (of === 'in-scope') return this.#facts.inScopeFen
    if (of === 'base') return this.of.baseFen
    if (of === 'above-deductible') return this.of.aboveDeductibleFen
    // An attribute of the person, which bears its own name.
    if (typeof this.#facts[of] === 'number') return this.#facts[of]
    return (rowOf(this.#before, 'sum')?.['amountFen'] as number | undefined) ?? 0
  }

  #adjustment(step: ComputedStep): Expression {
    const { before, amountFen } = { ...step.inputs, ...step.result } as Numbers
    const ofThis = ({ layer }: TraceStep) => layer === step.layer
    const row = rowOf(this.#before, step.step, ofThis) ?? {}
    if (step.step === 'times') {
      return { times: [fen(before!), rate(row['factorPermyriad'] as number)] }
    }
    const last = this.#before.at(-1)
    const byFen = last?.step === 'amount' && !isLookup(last) ? last.result : row
    const by = fen((byFen['amountFen'] as number | undefined) ?? 0)
    switch (step.step) {
      case 'plus':
        return sumOf(fen(before!), by)
      case 'minus':
        return lessAtMost(fen(before!), by)
      default:
        // At least or at most an amount: since it changed, it is that amount.
        return step.step === 'at-least'
          ? { larger: [fen(before!), fen(amountFen!)] }
          : { smaller: [fen(before!), fen(amountFen!)] }
    }
  }

  #raised({ inputs }: ComputedStep): Expression {
    const { standardFen, increasePermyriad } = inputs as Numbers
    const reading = rowOf(this.#before, 'reading', (step) => step.inputs.includes('deductible'))
    const ofBase = inputs['reading'] === 'points-of-base'
    const ofFenAmount = ofBase ? (reading?.['baseFen'] as number) : standardFen!
    return sumOf(fen(standardFen!), { times: [fen(ofFenAmount), rate(increasePermyriad!)] })
  }

  #capLeft(step: ComputedStep): Equation {
    const { capFen, usedFen, leftFen } = { ...step.inputs, ...step.result } as Numbers
    const figure = this.capOf(step)?.measure === 'visits' ? count : fen
    const expression = lessAtMost(figure(capFen!), figure(usedFen!))
    return { name: 'step', expression, result: figure(leftFen!) }
  }

  /** The cap that a step is about. */
  capOf(step: ComputedStep): Cap | undefined {
    return capOf(this.#layers.values(), step)
  }
}

const ofFen = (expression: Expression, amountFen: number): Equation => ({
  name: 'step',
  expression,
  result: fen(amountFen),
})

const ofRates = (expression: Expression, ratePpm: number): Equation => ({
  name: 'step',
  expression,
  result: rate(ratePpm / PPM_PER_PERMYRIAD),
})

/** What is due after a transfer, what was borne before and the yearly limit. */
function deductibleLeft({ inputs, result }: ComputedStep): Expression {
  const { raisedFen, borneFen, limitFen, transferFen = 0 } = inputs as Numbers
  const dueFen = (result as Numbers)['deductibleFen']!
  const limited = (expression: Expression): Expression =>
    limitFen === undefined ? expression : { smaller: [expression, fen(limitFen)] }
  const notYetBorne = limited(lessAtMost(fen(raisedFen!), fen(borneFen!)))
  // Rows of earlier engines name the transfer in every layer; it is about one of them alone.
  if (fenOf(notYetBorne) === dueFen) return notYetBorne
  if (inputs['transfer'] === 'none') return fen(dueFen)
  const borne = sumOf(...[transferFen, borneFen!].filter((amount) => amount > 0).map(fen))
  return limited({ larger: [fen(0), less(fen(raisedFen!), borne)] })
}

const RATE_STEPS = new Set(['times', 'plus', 'minus', 'at-least', 'at-most', 'patient-share-times'])

/** Steps that adjust a rate read a factor or points; those that adjust an amount have one. */
function isRateStep({ step, result }: LookupStep): boolean {
  return RATE_STEPS.has(step) && result['amountFen'] === undefined
}

function adjusted(ratePpm: number, { step, result }: LookupStep): number {
  const factor = result['factorPermyriad'] as number
  const points = (result['pointsPermyriad'] as number) * PPM_PER_PERMYRIAD
  const wanted = {
    times: () => factorOfRate(ratePpm, factor),
    'patient-share-times': () => WHOLE_PPM - factorOfRate(WHOLE_PPM - ratePpm, factor),
    plus: () => ratePpm + points,
    minus: () => ratePpm - points,
    'at-least': () => Math.max(ratePpm, points),
    'at-most': () => Math.min(ratePpm, points),
  }[step as 'times']()
  return Math.max(0, Math.min(WHOLE_PPM, wanted))
}

function adjustment(ratePpm: number, { step, result }: LookupStep): Expression {
  const before: Figure = rate(ratePpm / PPM_PER_PERMYRIAD)
  const factor = rate(result['factorPermyriad'] as number)
  const points = rate(result['pointsPermyriad'] as number)
  const whole = rate(WHOLE)
  switch (step) {
    case 'times':
      return { smaller: [{ times: [before, factor] }, whole] }
    case 'patient-share-times':
      return { larger: [rate(0), less(whole, { times: [less(whole, before), factor] })] }
    case 'plus':
      return { smaller: [sumOf(before, points), whole] }
    case 'minus':
      return lessAtMost(before, points)
    case 'at-least':
      return { larger: [before, points] }
    default:
      return { smaller: [before, points] }
  }
}
