import fc from 'fast-check'
import t from 'tap'
import {
  amountOf,
  formatDecimal,
  parseDecimal,
  QUANTITY_PLACES,
  UNIT_PRICE_PLACES,
  unitPriceFor,
} from './decimal.ts'
import {
  atMost,
  divideHalfUp,
  FEN_MAX,
  type Fen,
  larger,
  minus,
  negated,
  plus,
  proportionDown,
  proportionHalfUp,
  shareHalfUp,
  smaller,
  toFen,
  WHOLE,
} from './fen.ts'
import { costOf, factorOfRate, ShareSum } from './share-sum.ts'

t.test('a share is rounded half-up to the fen', async (t) => {
  const cases: [amount: number, permyriad: number, share: number][] = [
    [0, 6_000, 0],
    [970_000, 6_000, 582_000],
    [1, 4_999, 0],
    [1, 5_000, 1],
    [1, 5_001, 1],
    [3, 5_000, 2],
    [5, 1_000, 1],
    [4, 1_000, 0],
    [15, 1_000, 2],
    [10_000, 1, 1],
    [4_999, 1, 0],
    [5_000, 1, 1],
    [14_999, 1, 1],
    [15_000, 1, 2],
    [33_333, 1_000, 3_333],
    [33_335, 1_000, 3_334],
    [80_000, 500, 4_000],
    [80_000, 10_500, 84_000],
    [12_345, 0, 0],
    [12_345, 10_000, 12_345],
    [FEN_MAX, 10_000, FEN_MAX],
    [FEN_MAX, 90_000, 9 * FEN_MAX],
    [FEN_MAX - 1, 9_999, 99_989_999_999],
  ]
  for (const [amount, permyriad, share] of cases) {
    t.equal(shareHalfUp(amount as Fen, permyriad), share, `${permyriad} of ${amount}`)
  }
  fc.assert(
    fc.property(fc.nat(FEN_MAX), fc.nat(90_000), (amount, permyriad) => {
      const exact = (BigInt(amount) * BigInt(permyriad) * 2n + 10_000n) / 20_000n
      return shareHalfUp(amount as Fen, permyriad) === Number(exact)
    }),
  )
})

t.test('a proportion is exact where its product is beyond the exact integers', async (t) => {
  const cases: [amount: number, part: number, whole: number, halfUp: number, down: number][] = [
    [0, 1, 3, 0, 0],
    [10, 1, 3, 3, 3],
    [20, 1, 3, 7, 6],
    [1, 1, 2, 1, 0],
    [5, 1, 2, 3, 2],
    [FEN_MAX, FEN_MAX, FEN_MAX, FEN_MAX, FEN_MAX],
    [FEN_MAX, FEN_MAX - 1, FEN_MAX, FEN_MAX - 1, FEN_MAX - 1],
    [FEN_MAX - 1, FEN_MAX - 1, FEN_MAX, FEN_MAX - 2, FEN_MAX - 2],
    [99_999_999_999, 49_999_999_999, 99_999_999_998, 50_000_000_000, 49_999_999_999],
  ]
  for (const [amount, part, whole, halfUp, down] of cases) {
    const what = `${amount} × ${part} / ${whole}`
    t.equal(proportionHalfUp(toFen(amount), part, whole), halfUp, what)
    t.equal(proportionDown(toFen(amount), part, whole), down, `${what}, down`)
  }
  t.equal(atMost(toFen(FEN_MAX)), FEN_MAX)
  t.equal(atMost(plus(toFen(FEN_MAX), toFen(1))), FEN_MAX)
})

t.test('a part and the rest are the whole, whatever the rate', async () => {
  fc.assert(
    fc.property(fc.nat(FEN_MAX), fc.nat(WHOLE), (amount, permyriad) => {
      const whole = toFen(amount)
      const part = shareHalfUp(whole, permyriad)
      const rest = minus(whole, part)
      return part >= 0 && rest >= 0 && plus(part, rest) === whole
    }),
  )
})

t.test('what is no amount does not become one', async (t) => {
  for (const bad of [0.5, Number.NaN, Number.POSITIVE_INFINITY, FEN_MAX + 1, -FEN_MAX - 1, 1e-9]) {
    t.throws(() => toFen(bad), RangeError, `${bad}`)
  }
  const shares: [number, number][] = [
    [-1, 5_000],
    [1, -1],
    [FEN_MAX, 90_072],
    [1, 0.5],
    [Number.NaN, 1],
  ]
  for (const [amount, rate] of shares) {
    t.throws(() => shareHalfUp(amount as Fen, rate), RangeError, `${rate} of ${amount}`)
  }
  for (const [value, amount] of [
    [FEN_MAX, FEN_MAX],
    [-FEN_MAX, -FEN_MAX],
    [-0, 0],
  ] as const) {
    t.ok(Object.is(toFen(value), amount), `${amount}`)
  }
  t.ok(Object.is(negated(toFen(0)), 0), 'there is no negative zero')
  t.equal(negated(toFen(7)), -7)
  t.equal(smaller(toFen(1), toFen(2)), 1)
  t.equal(larger(toFen(1), toFen(2)), 2)
})

t.test('decimals are read exactly or not at all', async (t) => {
  const cases: [text: string, places: number, scaled: number | undefined][] = [
    ['0', 4, 0],
    ['1', 4, 10_000],
    ['1.5', 4, 15_000],
    ['0.0001', 4, 1],
    ['0.00010', 4, 1],
    ['1.500000000000000000000', 4, 15_000],
    ['0.00001', 4, undefined],
    ['1.00005', 4, undefined],
    ['0.000001', 6, 1],
    ['1250.5', 6, 1_250_500_000],
    ['0.0000001', 6, undefined],
    ['900719925474.0991', 4, Number.MAX_SAFE_INTEGER],
    ['900719925474.0992', 4, undefined],
    ['900719925474.0993', 4, undefined],
    ['9007199254.740991', 6, Number.MAX_SAFE_INTEGER],
    ['9007199254.740992', 6, undefined],
    ['999999999999', 4, undefined],
    ['999999999999', 0, 999_999_999_999],
    ['1000000000000', 0, undefined],
    ['', 4, undefined],
    ['.5', 4, undefined],
    ['1.', 4, undefined],
    ['01', 4, undefined],
    ['00', 4, undefined],
    ['-1', 4, undefined],
    ['+1', 4, undefined],
    ['1e3', 4, undefined],
    [' 1', 4, undefined],
    ['1\n', 4, undefined],
    ['1,5', 4, undefined],
    ['1.2a', 4, undefined],
    ['1.:', 4, undefined],
    ['1./', 4, undefined],
    ['1.2.3', 4, undefined],
    ['1.2 ', 4, undefined],
    ['１', 4, undefined],
    ['0x10', 4, undefined],
    ['NaN', 4, undefined],
  ]
  for (const [text, places, scaled] of cases) {
    t.equal(parseDecimal(text, places), scaled, JSON.stringify(text))
  }
  fc.assert(
    fc.property(fc.nat(900_719_925_473), fc.nat(9_999), fc.nat(5), (whole, part, zeros) => {
      const digits = String(part).padStart(4, '0')
      const exact = BigInt(whole) * 10_000n + BigInt(part)
      return parseDecimal(`${whole}.${digits}${'0'.repeat(zeros)}`, 4) === Number(exact)
    }),
  )
})

const price = (text: string) => parseDecimal(text, UNIT_PRICE_PLACES)!
const quantity = (text: string) => parseDecimal(text, QUANTITY_PLACES)!

t.test('an amount is quantity times price, rounded half-up once', async (t) => {
  const cases: [quantity: string, price: string, fen: number | undefined][] = [
    ['2', '1250.5', 2_501],
    ['0', '1250.5', 0],
    ['1', '0', 0],
    ['0.5', '1', 1],
    ['0.4999', '1', 0],
    ['0.0001', '4999.999999', 0],
    ['0.0001', '5000', 1],
    ['0.3333', '15000', 5_000],
    ['3', '0.166666', 0],
    ['3', '0.166667', 1],
    ['1', '0.5', 1],
    ['1', '1.499999', 1],
    ['1', '1.5', 2],
    // Beyond 2^53 as a product of scaled integers: the exact path.
    ['1000', '1000.5', 1_000_500],
    ['100000', '1000000', FEN_MAX],
    ['100000', '1000000.000004', FEN_MAX],
    ['100000', '1000000.000005', undefined],
    ['100000', '1000000.00001', undefined],
    ['900719925474.0991', '9007199254.740991', undefined],
    ['12345.6789', '7654.321', 94_497_789],
  ]
  for (const [many, each, fen] of cases) {
    t.equal(amountOf(quantity(many), price(each)), fen, `${many} x ${each}`)
  }
})

/** Digits alone: no double has a part in it. */
function reference(many: number, each: number): number | undefined {
  const product = BigInt(many) * BigInt(each)
  const whole = product / 10_000_000_000n
  const rest = product % 10_000_000_000n
  const rounded = rest >= 5_000_000_000n ? whole + 1n : whole
  return rounded <= BigInt(FEN_MAX) ? Number(rounded) : undefined
}

t.test('the fast path and the exact path give the same amount', async () => {
  const scaled = fc.oneof(
    fc.nat(1_000_000),
    fc.nat(100_000_000),
    fc.maxSafeNat(),
    // Just where a product leaves the safe integers, and where it stands on a half.
    fc.nat(1_000).map((n) => 94_906_265 + n),
    fc.nat(100_000).map((n) => n * 50_000),
  )
  fc.assert(
    fc.property(scaled, scaled, (many, each) => amountOf(many, each) === reference(many, each)),
    { numRuns: 5_000 },
  )
})

t.test('a quantity comes to an amount at some price, unless there is too much of it', async (t) => {
  const cases: [many: string, fen: number, each: string | undefined][] = [
    ['1', 1_234, '1234'],
    ['3', 1_000, '333.333333'],
    ['0.0001', 1, '10000'],
    ['7', 0, '0'],
    ['0.0001', 900_719, '9007190000'],
    ['0.0001', 900_720, undefined],
    ['0.0001', FEN_MAX, undefined],
    ['0', 1, undefined],
    ['9999999', 12_345_678, undefined],
  ]
  for (const [many, fen, each] of cases) {
    const price = each && parseDecimal(each, UNIT_PRICE_PLACES)
    const found = unitPriceFor(parseDecimal(many, QUANTITY_PLACES)!, fen as Fen)
    t.equal(found, price, `${many} for ${fen}`)
  }
  fc.assert(
    // More of the smallest quantity takes a price beyond the safe integers, and has none.
    fc.property(fc.integer({ min: 1, max: 1e10 }), fc.nat(900_719), (many, fen) => {
      const price = unitPriceFor(many, fen as Fen)
      return price !== undefined && amountOf(many, price) === fen
    }),
  )
})

t.test('a quotient is rounded half-up up to the last safe integer', async () => {
  const product = fc.oneof(
    fc.maxSafeNat(),
    fc.nat(100_000).map((n) => Number.MAX_SAFE_INTEGER - n),
    fc.nat(900_000).map((n) => n * 10_000_000_000 + 5_000_000_000),
  )
  const divisor = fc.constantFrom(10_000, 10_000_000_000)
  fc.assert(
    fc.property(product, divisor, fc.constantFrom(-1, 0, 1), (around, by, less) => {
      const value = Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, around + less))
      const exact = (BigInt(value) * 2n + BigInt(by)) / (BigInt(by) * 2n)
      return divideHalfUp(value, by) === Number(exact)
    }),
    { numRuns: 3_000 },
  )
})

t.test(
  'a quotient just below a whole number is cut to the one before, whatever the divisor',
  async () => {
    const divisor = fc.oneof(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 2 ** 52 }),
    )
    fc.assert(
      fc.property(divisor, fc.maxSafeNat(), fc.constantFrom(0, 1, 2), (by, near, less) => {
        const value = Math.max(0, Math.floor(near / by) * by - less)
        const exact = (BigInt(value) * 2n + BigInt(by)) / (BigInt(by) * 2n)
        return divideHalfUp(value, by) === Number(exact)
      }),
      { numRuns: 20_000 },
    )
  },
)

t.test('shares add up exactly and are rounded once', async (t) => {
  const amount = fc.oneof(fc.nat(3), fc.nat(5_000_000), fc.nat(FEN_MAX / 100))
  const rate = fc.oneof(fc.constantFrom(0, 500_000, 1_000_000), fc.nat(1_000_000))
  fc.assert(
    fc.property(fc.array(fc.tuple(amount, rate)), (shares) => {
      const sum = new ShareSum()
      let exact = 0n
      let added = 0
      for (const [of, ratePpm] of shares) {
        added += sum.add(of as Fen, ratePpm)
        exact += BigInt(of) * BigInt(ratePpm)
        const rounded = Number((exact * 2n + 1_000_000n) / 2_000_000n)
        if (sum.rounded() !== rounded || added !== rounded) return false
      }
      return true
    }),
    { numRuns: 1_000 },
  )
  const costs: [paid: number, ratePpm: number, cost: number][] = [
    [7, 0, 7],
    [80, 800_000, 100],
    [1, 300_000, 3],
    [2, 300_000, 7],
  ]
  for (const [paid, ratePpm, cost] of costs) {
    t.equal(costOf(paid as Fen, ratePpm), cost, `${paid} at ${ratePpm}`)
  }
  t.equal(factorOfRate(333_333, 5_000), 166_667)
  t.equal(factorOfRate(800_000, 10_500), 840_000)
})

t.test('a decimal is written without zeros at its end', async (t) => {
  const cases: [scaled: number, places: number, text: string][] = [
    [0, 4, '0'],
    [5, 4, '0.0005'],
    [10_000, 4, '1'],
    [123_400, 4, '12.34'],
    [1_000_001, 6, '1.000001'],
  ]
  for (const [scaled, places, text] of cases) t.equal(formatDecimal(scaled, places), text)
})

t.test('no amount is above the largest', async (t) => {
  t.equal(atMost((FEN_MAX + 1) as Fen), FEN_MAX)
  t.equal(atMost(7 as Fen), 7)
  t.equal(larger(2 as Fen, 1 as Fen), 2)
  t.equal(amountOf(FEN_MAX, 10_000_000_000), FEN_MAX)
  t.equal(amountOf(FEN_MAX + 1, 10_000_000_000), undefined)
})
