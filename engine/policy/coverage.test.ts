import t from 'tap'
import { compilePack } from './compile.ts'
import { coverageOf } from './coverage.ts'
import type { MarkSource, PackSource, PlanSource, TableSource } from './pack.ts'

/** A small pack, counted by hand; each case changes it and says what the count must be then. */

const SEED: MarkSource = { standing: 'seed', reference: { document: 'rule', clause: '一' } }
const PAGE: MarkSource = { standing: 'published', reference: { document: 'page' } }
const ASSUMED: MarkSource = { standing: 'assumed', note: 'chosen' }
const FIRST = { from: '2020-01-01', until: '2022-01-01' }
const THEN = { from: '2022-01-01', until: '2024-01-01' }
const ALL = { from: '2020-01-01', until: '2024-01-01' }

const PARTICIPATION: TableSource = {
  table: 'common/participation',
  title: 'pooling',
  anchor: 'admission',
  dimensions: { scheme: ['resident', 'employee'], homeDistrict: ['990101', '990102'] },
  results: { joined: 'flag' },
  periods: [
    {
      ...FIRST,
      ...ASSUMED,
      rows: [
        { scheme: 'employee', joined: true },
        { scheme: 'resident', homeDistrict: '990101', joined: true },
        { scheme: 'resident', homeDistrict: '990102', joined: false, mark: SEED },
      ],
    },
    { ...THEN, ...SEED, rows: [{ joined: true }] },
  ],
}

const RATE: TableSource = {
  table: 'common/rate',
  title: 'rate',
  anchor: 'discharge',
  dimensions: { scheme: ['resident', 'employee'] },
  results: { ratePermyriad: 'permyriad' },
  periods: [
    {
      ...FIRST,
      ...ASSUMED,
      rows: [
        { scheme: 'resident', ratePermyriad: 0 },
        { scheme: 'employee', ratePermyriad: 7000, mark: PAGE },
      ],
    },
    { ...THEN, ...PAGE, rows: [{ ratePermyriad: 6000 }] },
  ],
}

const plan = (scheme: string): PlanSource => ({
  scheme,
  careTypes: ['inpatient', 'outpatient'],
  participation: 'common/participation',
  layers: [
    {
      id: 'basic',
      title: 'pool',
      fund: 'pool',
      base: 'in-scope',
      benefit: 'care',
      rate: { table: 'common/rate' },
      caps: [],
    },
  ],
})

const PACK: PackSource = {
  id: 'sample',
  title: 'Sample',
  covers: ALL,
  documents: { rule: { cite: 'R', title: 'r' }, page: { cite: 'P', title: 'p' } },
  districts: { '990101': 'A', '990102': 'B' },
  zones: [],
  categories: [],
  catalogue: 'national',
  tables: [PARTICIPATION, RATE],
  plans: [plan('resident'), plan('employee')],
}

function covered(change: (pack: { -readonly [K in keyof PackSource]: PackSource[K] }) => void) {
  const source = structuredClone(PACK)
  change(source)
  const { pack, faults } = compilePack(source, 'hash')
  t.strictSame(faults, [], 'the pack itself is sound')
  const [resident, employee] = coverageOf(source, pack).schemes
  return { all: coverageOf(source, pack), resident: resident!, employee: employee! }
}

t.test('rows by standing, of the pack, of a document and of a plan', async (t) => {
  const { all, resident, employee } = covered(() => {})
  t.strictSame(all.rows, { seed: 2, published: 2, assumed: 3 })
  t.strictSame(all.documents, [
    { key: 'rule', rows: { seed: 2, published: 0, assumed: 0 } },
    { key: 'page', rows: { seed: 0, published: 2, assumed: 0 } },
  ])
  // Rows of the other scheme are not the plan's.
  t.strictSame(resident.plans[0]!.rows, { seed: 2, published: 1, assumed: 2 })
  t.strictSame(employee.plans[0]!.rows, { seed: 1, published: 2, assumed: 1 })
})

t.test('who is in the pool when', async (t) => {
  const { resident, employee } = covered(() => {})
  t.strictSame(resident.joined, [
    { districts: ['990101'], stretches: [ALL] },
    { districts: ['990102'], stretches: [THEN] },
  ])
  t.strictSame(employee.joined, [{ districts: ['990101', '990102'], stretches: [ALL] }])
  const open = covered((pack) => {
    pack.plans = pack.plans.map(({ participation: _, ...rest }) => rest)
    pack.tables = [RATE]
  })
  t.strictSame(open.resident.joined, [{ districts: ['990101', '990102'], stretches: [ALL] }])
})

t.test('figures that rest on nothing, and layers that pay nothing', async (t) => {
  const { resident, employee } = covered(() => {})
  t.strictSame(resident.plans[0]!.whollyAssumed, [FIRST])
  t.strictSame(employee.plans[0]!.whollyAssumed, [])
  t.strictSame(resident.plans[0]!.layers[0]!.paysNothing, [FIRST])
  t.strictSame(employee.plans[0]!.layers[0]!.paysNothing, [])
  const floor = covered((pack) => {
    const [one, other] = structuredClone(pack.plans)
    const of = { of: 'total', deductible: 'included', capped: false } as const
    const layers = [{ ...one!.layers[0]!, floor: { table: 'common/rate', ...of } }]
    pack.plans = [{ ...one!, layers }, other!]
  })
  t.strictSame(floor.resident.plans[0]!.layers[0]!.paysNothing, [], 'a floor may pay')
})

t.test('kinds of care that no plan names', async (t) => {
  const { resident } = covered((pack) => {
    const [one, other] = pack.plans
    pack.plans = [{ ...one!, careTypes: ['inpatient'] }, other!]
  })
  t.ok(resident.withoutPlan.includes('outpatient'))
  t.notOk(resident.withoutPlan.includes('inpatient'))
})
