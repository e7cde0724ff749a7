import t from 'tap'
import { median, medianBy, rounded, spread } from './statistics.ts'

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
