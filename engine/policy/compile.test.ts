import t from 'tap'
import { loadPacks } from '../../adapters/packs/load-pack.ts'
import { compilePack } from './compile.ts'
import type { PackSource, TableSource } from './pack.ts'

/**
 * What the compiler refuses, each as a small change of the shipped pack. That tables without gaps
 * and overlaps are found right is the look-up property's business, not this file's.
 */

const { packs } = loadPacks('rules')
const shipped = packs[0]!.source

type Draft = { -readonly [K in keyof PackSource]: PackSource[K] }
// biome-ignore lint/suspicious/noExplicitAny: a draft is there to be broken
type Broken = any

function faultsAfter(change: (pack: Draft, table: (name: string) => Broken) => void): string[] {
  const pack: Draft = structuredClone(shipped)
  const table = (name: string) => pack.tables.find((one) => one.table === name) as TableSource
  change(pack, table)
  const { faults } = compilePack(pack, 'hash')
  return faults.map(({ table: name, from, message }) => `${name} ${from ?? ''}: ${message}`)
}

const RATE = 'resident/inpatient-rate'
const READINGS = 'resident/readings'

const CASES: [string, (pack: Draft, table: (name: string) => Broken) => void, RegExp][] = [
  [
    'a gap between rows',
    (_pack, table) => table(RATE).periods[0].rows.pop(),
    /inpatient-rate 2012-01-01: gap: no row applies to grade 2, level 3/,
  ],
  [
    'two rows that both apply',
    (_pack, table) => table(RATE).periods[0].rows.push({ grade: 1, level: 1, ratePermyriad: 1 }),
    /inpatient-rate 2012-01-01: overlap: rows 1 and 7 both apply to grade 1, level 1/,
  ],
  [
    'a gap between periods',
    (_pack, table) => {
      table(RATE).periods[0].until = '2012-12-31'
    },
    /gap: no period from 2012-12-31 until 2013-01-01/,
  ],
  [
    'periods that overlap',
    (_pack, table) => {
      table(RATE).periods[0].until = '2013-01-02'
    },
    /overlap: two periods apply from 2013-01-01 until 2013-01-02/,
  ],
  [
    'dates before the pack ends that nothing covers',
    (_pack, table) => table(RATE).periods.pop(),
    /gap: no period from 2024-01-01 until 2025-01-01/,
  ],
  [
    'a value that the dimension does not declare',
    (_pack, table) => {
      table(RATE).periods[0].rows[0].grade = 7
    },
    /grade: 7 is none of the values that the table declares/,
  ],
  [
    'a table without the column that its part needs',
    (pack) => {
      ;(pack.plans[0] as Broken).layers[0].rate.table = 'resident/inpatient-cap'
    },
    /reads it for its rate, so it needs a column ratePermyriad \(permyriad\)/,
  ],
  [
    'a fact that is not known yet',
    (pack) => {
      ;(pack.plans[0] as Broken).participation = RATE
    },
    /level is not known yet when the plan resident \(inpatient\) reads the participation/,
  ],
  [
    'two plans for the same care',
    (pack) => {
      pack.plans = [...pack.plans, pack.plans[0]!]
    },
    /two plans are for resident inpatient/,
  ],
  [
    'two layers that add up under one name',
    (pack) => {
      const [layer] = (pack.plans[0] as Broken).layers
      ;(pack.plans[0] as Broken).layers.push({ ...layer, id: 'second' })
    },
    /another layer of the plan adds up under resident-pool\/inpatient already/,
  ],
  [
    'a cap that leaves out its own benefit',
    (pack) => {
      ;(pack.plans[0] as Broken).layers[0].caps[0].benefits = ['outpatient']
    },
    /its cap resident-pool leaves out its own benefit inpatient/,
  ],
  [
    'a deductible read in points',
    (_pack, table) => {
      table(READINGS).periods[0].rows = [{ reading: 'points' }]
    },
    /a deductible can be read as relative or points-of-base, not as points/,
  ],
  [
    'a reading of nothing that has one',
    (_pack, table) => {
      table(READINGS).periods[0].rows[0].parameter = 'deductive'
    },
    /a reading is one of a deductible or rate, not of "deductive"/,
  ],
  [
    'no reading',
    (_pack, table) => {
      delete table(READINGS).periods[0].rows[0].reading
    },
    /^(?!.*undefined).*reading/,
  ],
  [
    'points of a base that the table does not give',
    (_pack, table) => {
      const rows = table(READINGS).periods[0].rows
      for (const row of rows) if (row.parameter === 'deductible') row.reading = 'points-of-base'
    },
    /points-of-base needs a column baseFen/,
  ],
]

t.same(
  faultsAfter(() => undefined),
  [],
  'the shipped pack has no fault',
)
for (const [name, change, expected] of CASES) {
  t.match(faultsAfter(change).join('\n'), expected, name)
}

t.test('a stretch that ends beyond every amount has no end', async (t) => {
  const pack: Draft = structuredClone(shipped)
  const rates = pack.tables.find(({ table }) => table === 'resident/serious-illness-rate') as Broken
  for (const { rows } of rates.periods) {
    const last = rows.at(-1)
    // A period of one rate has no stretches.
    if (last.amountFen === undefined) continue
    const { from } = last.amountFen
    const endless = 99_999_999_999_999
    last.amountFen = { from, below: endless }
    rows.push({ ...last, amountFen: { from: endless } })
  }
  const startsOf = (source: PackSource) =>
    compilePack(source, 'hash').pack.plans.flatMap(({ layers }) =>
      layers.map((one) => one.rate?.starts),
    )
  t.same(startsOf(pack), startsOf(shipped))
})
