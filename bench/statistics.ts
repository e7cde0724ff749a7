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
