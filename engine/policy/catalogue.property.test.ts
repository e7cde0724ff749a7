import fc from 'fast-check'
import t from 'tap'
import type { CatalogueFault, CatalogueItem, CatalogueRow, Restrictions } from './catalogue.ts'
import { buildCatalogueImage } from './catalogue-image.ts'
import { hashOf } from './catalogue-layout.ts'
import { buildCatalogue, openCatalogue } from './open-catalogue.ts'

const HASH = '0'.repeat(64)
const LEVELS = [0, 1, 2, 3, 4]

/** The obvious catalogue: a map of lists. */
function mapOf(rows: readonly CatalogueRow[]) {
  const byCode = new Map<string, CatalogueRow[]>()
  for (const row of rows) byCode.set(row.code, [...(byCode.get(row.code) ?? []), row])
  return (code: string, on: string): CatalogueRow | 'unknown' | 'not-in-force' => {
    const own = byCode.get(code)
    if (own === undefined) return 'unknown'
    const row = own.find(({ from, until = '~' }) => from <= on && on < until)
    return row ?? 'not-in-force'
  }
}

/** By the definition, each row against each other one. */
function faultyCodes(rows: readonly CatalogueRow[]): Set<string> {
  const faulty = rows.filter((row, index) => {
    const { code, from, until = '~' } = row
    if (until <= from) return true
    return rows.some(
      (other, at) =>
        at !== index && other.code === code && other.from < until && from < (other.until ?? '~'),
    )
  })
  return new Set(faulty.map(({ code }) => code))
}

/** What a look-up says, as a value. */
function said(item: CatalogueItem | 'unknown' | 'not-in-force') {
  if (typeof item === 'string') return item
  const { class: itemClass, kind, group, firstSelfPayPermyriad, restrictions } = item
  const ceilings = LEVELS.map((level) => item.ceilingFen(level))
  return { itemClass, kind, group, firstSelfPayPermyriad, restrictions, ceilings }
}

function expected(row: CatalogueRow | 'unknown' | 'not-in-force') {
  if (typeof row === 'string') return row
  const { class: itemClass, kind, group, firstSelfPayPermyriad, restrictions, ceiling } = row
  const ceilings = LEVELS.map((level) => ceiling?.byLevel?.[level] ?? ceiling?.any)
  return { itemClass, kind, group, firstSelfPayPermyriad, restrictions, ceilings }
}

/** Round the lengths that fit into a record, alike but for one unit, and beyond one byte a unit. */
const code = fc.oneof(
  fc.constantFrom(
    '',
    'X',
    'X1',
    'XA10BA001B001000112345',
    '一站',
    '\u00ff'.repeat(31),
    'Ā',
    '\0',
    '\ud800',
  ),
  fc
    .tuple(
      // The longest are rare: hashing them would be most of the time.
      fc.oneof(
        { weight: 15, arbitrary: fc.constantFrom(30, 31, 32, 33, 40) },
        { weight: 1, arbitrary: fc.constant(70_000) },
      ),
      fc.constantFrom('A', 'B', 'é', '药'),
    )
    .map(([length, last]) => 'C'.repeat(length - 1) + last),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
/** Few, so that rows meet at their ends; the first and the last that can be written among them. */
const day = fc.constantFrom(
  '0000-01-01',
  '0099-12-31',
  '2011-12-31',
  '2012-01-01',
  '2012-02-29',
  '2012-03-01',
  '9999-12-31',
)
const fen = fc.constantFrom(0, 1, 12_345, 2 ** 31, 100_000_000_000)
const restrictions: fc.Arbitrary<Restrictions> = fc.constantFrom(
  { sex: 'female' as const },
  { ageFrom: 0, ageBelow: 14 },
  { levels: [2, 3], diagnoses: ['C', 'D0'], hospitalApproval: false },
  { careTypes: ['inpatient' as const], dailyQuantityMax: '4' },
)
const row: fc.Arbitrary<CatalogueRow> = fc
  .record(
    {
      code,
      name: fc.constant('名'),
      kind: fc.constantFrom('drug', 'service', 'consumable'),
      class: fc.constantFrom('A', 'B', 'C'),
      group: fc.constantFrom('', 'implant', 'implant-imported', '组'),
      from: day,
      until: day,
      firstSelfPayPermyriad: fc.constantFrom(0, 500, 10_000),
      ceiling: fc.record(
        { any: fen, byLevel: fc.dictionary(fc.constantFrom('0', '1', '2', '3'), fen) },
        { requiredKeys: [] },
      ),
      restrictions,
    },
    { requiredKeys: ['code', 'name', 'kind', 'class', 'from', 'firstSelfPayPermyriad'] },
  )
  .map((it) => it as CatalogueRow)

/** Several rows of one code that follow each other, some with a gap between. */
const history: fc.Arbitrary<CatalogueRow[]> = fc
  .tuple(code, fc.array(fc.tuple(row, fc.boolean()), { minLength: 1, maxLength: 4 }))
  .chain(([own, rows]) =>
    fc.uniqueArray(day, { minLength: rows.length, maxLength: rows.length }).map((days) => {
      const begins = [...days].sort()
      return rows.map(([{ until: _, ...terms }, open], index): CatalogueRow => {
        const next = begins[index + 1]
        const from = begins[index]!
        const until = next === undefined && open ? undefined : (next ?? '9999-12-31')
        return { ...terms, code: own, from, ...(until === undefined ? {} : { until }) }
      })
    }),
  )

t.test('an image answers as a map of rows does, in whichever order they come', async () => {
  const sound = fc
    .uniqueArray(history, { selector: ([first]) => first!.code, maxLength: 40 })
    .map((histories) => histories.flat().filter(({ from, until = '~' }) => from < until))
    .chain((rows) => fc.shuffledSubarray(rows, { minLength: rows.length }))
  fc.assert(
    fc.property(sound, fc.array(code, { maxLength: 10 }), (rows, others) => {
      const { image, faults } = buildCatalogueImage(rows)
      if (faults.length > 0) throw new Error(JSON.stringify(faults))
      const find = mapOf(rows)
      const one = openCatalogue('national', HASH, image)
      const codes = new Set([...rows.map((it) => it.code), ...others])
      for (const it of [...codes]) codes.add(`${it}X`).add(it.slice(0, -1)).add(`\u0100${it}`)
      const days = ['0000-01-01', '2011-12-31', '2012-01-01', '2012-02-29', '2012-03-01']
      // Twice: the second look-up finds what the first one has left behind.
      for (const on of [...days, '2013-01-01', '9999-12-31', '2012-01-01']) {
        for (const it of codes) same(said(one.find(it, on)), expected(find(it, on)))
      }
      if (one.size !== rows.length) throw new Error(`${one.size} rows`)
    }),
    { numRuns: 300 },
  )
})

t.test('every code with a row that cannot stand is reported, and no other', async () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 30 }), (rows) => {
      const { faults } = buildCatalogueImage(rows)
      same(
        [...new Set(faults.map((it: CatalogueFault) => it.code))].sort(),
        [...faultyCodes(rows)].sort(),
      )
      for (const { code: of, from } of faults) {
        if (!rows.some((it) => it.code === of && it.from === from)) throw new Error(from)
      }
    }),
    { numRuns: 300 },
  )
})

t.test('codes with the same hash are told apart', async (t) => {
  const [one, other] = sameHash()
  const [kept, ...rest] = [one, other].map(
    (it, index): CatalogueRow => ({
      code: it,
      name: '名',
      kind: 'drug',
      class: index === 0 ? 'A' : 'B',
      from: '2012-01-01',
      firstSelfPayPermyriad: 0,
    }),
  )
  const { catalogue } = buildCatalogue('national', HASH, [kept!, ...rest])
  t.match(catalogue.find(one, '2012-01-01'), { class: 'A' })
  t.match(catalogue.find(other, '2012-01-01'), { class: 'B' })
  const { catalogue: first } = buildCatalogue('national', HASH, [kept!])
  t.equal(first.find(other, '2012-01-01'), 'unknown')
})

t.test('an item for very many diagnoses is read like any other', async () => {
  const diagnoses = Array.from({ length: 100_000 }, (_, at) => `A${at}`)
  const rowOfMany: CatalogueRow = {
    code: 'X',
    name: '名',
    kind: 'drug',
    class: 'A',
    from: '2012-01-01',
    firstSelfPayPermyriad: 0,
    restrictions: { diagnoses },
  }
  const { catalogue } = buildCatalogue('national', HASH, [rowOfMany])
  same(said(catalogue.find('X', '2012-01-01')), expected(rowOfMany))
})

t.test('an image of another format is not opened', async (t) => {
  const { image } = buildCatalogueImage([])
  t.equal(openCatalogue('national', HASH, image).find('X', '2012-01-01'), 'unknown')
  new Int32Array(image)[1]! += 1
  t.throws(() => openCatalogue('national', HASH, image), /another format/)
})

/** Two codes that the look-up's hash does not tell apart. */
function sameHash(): [string, string] {
  const seen = new Map<number, string>()
  for (let number = 0; ; number++) {
    const it = `X${number.toString(36)}`
    const before = seen.get(hashOf(it))
    if (before !== undefined) return [before, it]
    seen.set(hashOf(it), it)
  }
}

/** Cheaper than an assertion of the test: there are thousands in one run. */
function same(found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (one !== other) throw new Error(`found ${one}, not ${other}`)
}
