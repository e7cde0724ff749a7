import t from 'tap'
import { exponent, median, medianBy, rounded, spread } from './statistics.ts'

t.test('median', async (t) => {
  t.equal(median([3]), 3)
  t.equal(median([10, 9, 1]), 9, 'by size, not by text')
  t.equal(median([4, 1, 3, 2]), 2.5)
  t.throws(() => median([]), RangeError)
})

t.test('spread', async (t) => {
  t.equal(spread([2, 2]), 0)
  t.equal(spread([0.4, 0.5, 0.6]).toFixed(6), '0.400000')
})

t.test('median item', async (t) => {
  const length = (text: string) => text.length
  t.equal(medianBy(['ccc', 'a', 'bb'], length), 'bb')
  t.equal(medianBy(['dddd', 'ccc', 'a', 'bb'], length), 'bb')
  t.throws(() => medianBy([], length), RangeError)
})

t.test('rounded', async (t) => {
  t.equal(rounded(12_345.6), 12_350)
  t.equal(rounded(0.123_456), 0.1235)
})

t.test('exponent of growth', async (t) => {
  const sizes = [10, 100, 1_000, 5_000]
  const grown = (y: (x: number) => number) => exponent(sizes.map((x) => [x, y(x)] as const))
  const cases: [string, (x: number) => number, number][] = [
    ['in proportion', (x) => 3 * x, 1],
    ['constant', () => 7, 0],
    ['square', (x) => (x * x) / 2, 2],
    ['x log x', (x) => x * Math.log2(x), 1.213],
    ['a fixed cost before it', (x) => 100 + x, 0.6],
  ]
  for (const [name, y, expected] of cases)
    t.ok(Math.abs(grown(y) - expected) < 0.05, `${name}: ${grown(y)}`)
  t.throws(() => exponent([[10, 1]]), RangeError, 'one size')
  t.throws(
    () =>
      exponent([
        [10, 1],
        [100, 0],
      ]),
    RangeError,
    'nothing took no time',
  )
  t.throws(
    () =>
      exponent([
        [10, 1],
        [100, Number.NaN],
      ]),
    RangeError,
  )
})
