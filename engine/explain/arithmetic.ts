import type { Fen } from '../money/fen.ts'

/**
 * A computation spelled out with its figures, in no language: what a page prints and an auditor can
 * check with a pocket calculator.
 */
export type Expression =
  | { readonly fen: number }
  /** A share or a factor. */
  | { readonly permyriad: number }
  | { readonly count: number }
  | { readonly plus: readonly Expression[] }
  | { readonly minus: readonly [Expression, ...Expression[]] }
  | { readonly times: readonly [Expression, Expression] }
  | { readonly smaller: readonly [Expression, Expression] }
  | { readonly larger: readonly [Expression, Expression] }
  /** Rounded half-up to the fen, then in its own way to a multiple of a unit. */
  | { readonly rounded: Expression; readonly toFen: number; readonly rounding: Rounding }

export type Rounding = 'half-up' | 'down' | 'up'

/** What an equation works out; words for each stand in the glossary. */
export type EquationName =
  | 'base'
  | 'base-in-band'
  | 'base-within-cap'
  | 'deductible-borne'
  | 'eligible'
  | 'eligible-within-cap'
  | 'stretches'
  | 'share'
  | 'rounded'
  | 'less-deductible'
  | 'at-least-floor'
  | 'within-cap'
  | 'no-visit-left'
  | 'within-what-is-left'
  | 'of-standard'
  | 'standard-less-owed'
  | 'less-earlier-part'
  | 'above-ceiling'
  | 'of-this-bill'
  | 'total'
  | 'total-paid'
  | 'funds'
  | 'patient'
  | 'step'

/** `expression` = `result`, amounts rounded half-up to the fen and rates to the millionth. */
export interface Equation {
  readonly name: EquationName
  readonly expression: Expression
  readonly result: Figure
}

export type Figure = Extract<
  Expression,
  { fen: number } | { permyriad: number } | { count: number }
>

export const fen = (amount: number): Figure => ({ fen: amount })
export const rate = (permyriad: number): Figure => ({ permyriad })
export const count = (number: number): Figure => ({ count: number })

const NOTHING: Expression = fen(0)

export function sumOf(...terms: readonly Expression[]): Expression {
  const [first, ...rest] = terms
  return rest.length === 0 ? (first ?? NOTHING) : { plus: terms }
}

/** `from` less what is not nothing. */
export function less(from: Expression, ...terms: readonly Expression[]): Expression {
  const some = terms.filter((term) => !('fen' in term && term.fen === 0))
  return some.length === 0 ? from : { minus: [from, ...some] }
}

/** The same, but never below 0; says so only where it would be. */
export function lessAtMost(from: Figure, term: Figure): Expression {
  const expression = less(from, term)
  return amountOf(from) >= amountOf(term) ? expression : { larger: [NOTHING, expression] }
}

function amountOf(figure: Figure): number {
  if ('fen' in figure) return figure.fen
  return 'count' in figure ? figure.count : figure.permyriad
}

/** Exact, as a fraction of two integers; money in fen, shares as fractions of one. */
interface Fraction {
  readonly above: bigint
  readonly below: bigint
}

/** The result in fen, rounded half-up: for choosing between two readings of a record. */
export function fenOf(expression: Expression): Fen {
  return Number(halfUp(exactly(expression))) as Fen
}

function exactly(expression: Expression): Fraction {
  if ('fen' in expression) return whole(expression.fen)
  if ('count' in expression) return whole(expression.count)
  if ('permyriad' in expression) {
    return { above: BigInt(Math.round(expression.permyriad * 100)), below: 1_000_000n }
  }
  if ('plus' in expression) return expression.plus.map(exactly).reduce(plus)
  if ('minus' in expression) return expression.minus.map(exactly).reduce(minus)
  if ('times' in expression) {
    const [a, b] = expression.times.map(exactly)
    return { above: a!.above * b!.above, below: a!.below * b!.below }
  }
  if ('rounded' in expression) return rounded(expression)
  const [one, other] = ('smaller' in expression ? expression.smaller : expression.larger).map(
    exactly,
  )
  const isLess = minus(one!, other!).above < 0n
  return isLess === 'smaller' in expression ? one! : other!
}

function rounded({
  rounded: of,
  toFen,
  rounding,
}: Extract<Expression, { toFen: number }>): Fraction {
  const [amount, unit] = [halfUp(exactly(of)), BigInt(toFen)]
  const extra = { down: 0n, up: unit - 1n, 'half-up': unit / 2n }[rounding]
  return { above: ((amount + extra) / unit) * unit, below: 1n }
}

const whole = (number: number): Fraction => ({ above: BigInt(number), below: 1n })
const plus = (a: Fraction, b: Fraction): Fraction => ({
  above: a.above * b.below + b.above * a.below,
  below: a.below * b.below,
})
const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { ...b, above: -b.above })

function halfUp({ above, below }: Fraction): bigint {
  const doubled = above * 2n + below
  const quotient = doubled / (below * 2n)
  return doubled < 0n && quotient * below * 2n !== doubled ? quotient - 1n : quotient
}
