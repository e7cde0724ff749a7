import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { hashOf, loadPacks } from '../../adapters/packs/load-pack.ts'
import { COVERS, cityOf, dayOf, tableOf } from '../../fixtures/arbitrary.ts'
import { slowRows } from '../../fixtures/slow-look-up.ts'
import { compilePack, type Pack } from './compile.ts'
import { factReader } from './fact-readers.ts'
import { type Facts, NO_FACTS } from './facts.ts'
import type { PackSource, TableSource } from './pack.ts'
import { compileTable, findRow } from './table.ts'

/**
 * Properties of tables: an indexed look-up against a slow and obvious scan of the rules that shares
 * no code with it, and faults planted in random tables. A failure prints its seed.
 */

/** `PROPERTY_RUNS=50` looks fifty times as long. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 1)
t.setTimeout(0)

const CHONGQING = loadPacks('rules').packs.find(({ source }) => source.id === 'chongqing')!

/** Chongqing half of the time, otherwise a made-up city with layers, caps and rates at random. */
const anyPack: fc.Arbitrary<PackSource> = fc.oneof(fc.constant(CHONGQING.source), cityOf)

const compiled = new WeakMap<PackSource, Pack>()

function packOf(source: PackSource): Pack {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const { pack, faults } = compilePack(source, hashOf(source))
  if (faults.length > 0) throw new Error(JSON.stringify(faults))
  compiled.set(source, pack)
  return pack
}

const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    scheme: fc.constantFrom('resident', 'employee'),
    careType: fc.constantFrom('inpatient', 'outpatient', 'pharmacy'),
    homeDistrict: fc.constantFrom('500103', '500113', '500240', '420106'),
    grade: fc.nat(3),
    employment: fc.constantFrom('active' as const, 'retired' as const, 'none' as const),
    category: fc.constantFrom('low-income', 'none'),
    sex: fc.constantFrom('female' as const, 'male' as const),
    age: fc.integer({ min: -1, max: 120 }),
    institutionKind: fc.constantFrom('hospital', 'pharmacy'),
    level: fc.nat(3),
    deductibleLevel: fc.nat(4),
    inCity: fc.boolean(),
    sameDistrict: fc.boolean(),
    sameZone: fc.boolean(),
    approval: fc.constantFrom('none', 'agency-consent', 'referral'),
    areaCase: fc.constantFrom('home', 'zone', 'free-in-city', 'consented', 'without-consent'),
    admissionNumber: fc.nat(9),
    parameter: fc.constantFrom('deductible', 'rate', 'none'),
    diseaseCode: fc.constant('none'),
  })
  .map((some): Facts => ({ ...NO_FACTS, ...some }))

t.test('a look-up finds the row that a scan of the rules finds', async () => {
  const day = dayOf('2011-12-30', '2025-01-02')
  fc.assert(
    fc.property(anyPack, anyFacts, day, (source, facts, date) => {
      const { tables } = packOf(source)
      for (const table of source.tables) {
        const fast = findRow(tables.find(({ name }) => name === table.table)!, date, facts)
        const slow = slowRows(table, date, facts)
        assert(slow.length <= 1, `${table.table} has ${slow.length} rows`)
        const [only] = slow
        if (only === undefined) assert(typeof fast === 'string', `${table.table} invents a row`)
        else if (typeof fast === 'string') assert(false, `${table.table} misses a row`)
        else assertEqual([fast.period.index, fast.row, fast.result], only)
      }
    }),
    { numRuns: 200 * RUNS },
  )
})

t.test('each fact is read under its own name, a pack’s own too', async (t) => {
  for (const name of [...Object.keys(NO_FACTS), 'ownFact', 'toString']) {
    t.equal(factReader(name)({ ...NO_FACTS, [name]: 'only this one' }), 'only this one', name)
  }
})

t.test('a gap or an overlap planted in a table is reported where it is', async () => {
  const table = tableOf(
    't/t',
    { capFen: 'fen' },
    fc.nat(100).map((capFen) => ({ capFen })),
    { periodsMin: 2 },
  )
  const plant = fc.constantFrom(
    'nothing',
    'row-gone',
    'row-twice',
    'period-gone',
    'ends-early',
    'ends-late',
  )
  fc.assert(
    fc.property(table, plant, fc.nat(20), fc.nat(20), (sound, fault, whichPeriod, whichRow) => {
      const at = whichPeriod % sound.periods.length
      const period = sound.periods[at]!
      const row = whichRow % period.rows.length
      const last = at === sound.periods.length - 1
      const withPeriod = (change: Partial<typeof period>): TableSource => ({
        ...sound,
        periods: sound.periods.map((one, index) => (index === at ? { ...one, ...change } : one)),
      })
      const planted = {
        nothing: sound,
        'row-gone': withPeriod({ rows: period.rows.filter((_, index) => index !== row) }),
        'row-twice': withPeriod({ rows: [...period.rows, period.rows[row]!] }),
        'period-gone': { ...sound, periods: sound.periods.filter((_, index) => index !== at) },
        'ends-early': withPeriod({ until: dayBefore(period.until) }),
        'ends-late': withPeriod({ until: dayBefore(period.until, -1) }),
      }[fault]
      const { faults } = compileTable(planted, 0, COVERS, () => undefined)
      const messages = faults.map(({ from, row: of, message }) => `${from} ${of} ${message}`)
      const expected = {
        nothing: undefined,
        'row-gone': new RegExp(`^${period.from} undefined gap: no row applies to`),
        'row-twice': new RegExp(
          `^${period.from} ${period.rows.length} overlap: rows ${row + 1} and ${period.rows.length + 1} both`,
        ),
        'period-gone': new RegExp(`^${period.from} undefined gap: no period from ${period.from}`),
        'ends-early': new RegExp(`^${dayBefore(period.until)} undefined gap: no period`),
        'ends-late': last ? undefined : new RegExp(`^${period.until} undefined overlap: two`),
      }[fault]
      // A period of one day ends before it begins when it ends a day early: that is said as well.
      const found = expected === undefined ? [] : messages.filter((text) => expected.test(text))
      assertEqual(
        [found.length, expected !== undefined || messages.length === 0],
        [expected === undefined ? 0 : 1, true],
      )
    }),
    { numRuns: 200 * RUNS },
  )
})

function dayBefore(date: string, days = 1): string {
  return new Date(Date.parse(date) - days * 86_400_000).toISOString().slice(0, 10)
}

function assert(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

function assertEqual(got: unknown, expected: unknown): void {
  if (isDeepStrictEqual(got, expected)) return
  throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`)
}
