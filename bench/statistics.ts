/** The middle value, or the mean of the two middle ones. Throws without values. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('there is no median of nothing')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** (largest - smallest) / median: 0.1 says that the rounds lie within ten per cent of each other. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values)
}

/** The first of those whose size is in the middle. */
export function medianBy<T>(items: readonly T[], size: (item: T) => number): T {
  const sorted = items.toSorted((a, b) => size(a) - size(b))
  const middle = sorted[(sorted.length - 1) >> 1]
  if (middle === undefined) throw new RangeError('there is no median of nothing')
  return middle
}

/** With as many digits as a figure of a noisy machine deserves. */
export function rounded(value: number, digits = 4): number {
  return Number(value.toPrecision(digits))
}

/**
 * The exponent `e` of `y = c × x^e`, by least squares of log y over log x: 1 is growth in
 * proportion. Throws unless there are two different x, and all figures are above 0.
 */
export function exponent(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.some(([x, y]) => !(x > 0 && y > 0 && x < Infinity && y < Infinity))) {
    throw new RangeError('only positive figures have a logarithm')
  }
  const logs = points.map(([x, y]) => [Math.log(x), Math.log(y)] as const)
  const mean = (at: 0 | 1) => logs.reduce((sum, log) => sum + log[at], 0) / logs.length
  const [meanX, meanY] = [mean(0), mean(1)]
  const over = logs.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const under = logs.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  if (!(under > 0)) throw new RangeError('growth needs two sizes')
  return over / under
}
