import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { keptVersions } from '../../adapters/packs/kept-versions.ts'
import { PackLibrary } from '../../adapters/packs/pack-library.ts'
import { readCase } from '../../fixtures/case/case-format.ts'
import { packOf } from '../../fixtures/case/case-packs.ts'
import { runCase } from '../../fixtures/case/run-case.ts'
import { L2, L3, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { hospitalOf, resident } from '../../fixtures/counter/records.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'
import { DAY_MS } from '../calendar/civil-days.ts'
import type { Decision } from '../claim/decision.ts'
import { positionOf } from '../claim/ids.ts'
import { activationAt } from '../counter/activations.ts'
import { unpackSettlement } from '../counter/settlement-record.ts'
import type { Entry } from '../ledger/entry.ts'
import { compilePack, type Pack } from '../policy/compile.ts'
import { check } from './check.ts'
import { firstDifference } from './first-difference.ts'
import { isMissing, type ReplayPorts } from './ports.ts'
import type { Scope } from './scope.ts'
import { Summary } from './summary.ts'
import { type Parts, whatIf } from './what-if.ts'

/** Settlements decided again from the journal: as they were decided, and on a corrected version. */
const SETTLEMENTS = '/v1/settlements'

/**
 * A ledger of three packs' worth of settlements, and after them a correction of figures that were
 * loaded wrong. Amounts in fen; every figure is worked out beside it.
 */
async function open(t: Test) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  cpSync('fixtures/packs/transfers', join(counter.rulesFolder, 'transfers'), { recursive: true })
  const resident = DEMO_PERSONS.find(({ personId }) => personId === 'CQR1')!
  const [insurance] = resident.insurances
  const insurances = [{ ...insurance!, homeDistrict: '991101' }]
  counter.putPerson({ ...resident, personId: 'MOVED', insurances })
  const officer = counter.as('policy')
  const reload = async () => t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  await reload()

  const settle = async (body: { institutionId: string }): Promise<string> => {
    const requestId = messageId(body.institutionId)
    const { institutionId: at } = body
    const reply = await counter.as(at).post(SETTLEMENTS, { requestId, ...body })
    t.equal(reply.status, 201, requestId)
    return reply.body.settlementId
  }
  const of2020 = { admittedOn: '2020-06-01', dischargedOn: '2020-06-10', personId: 'MOVED' }
  const booked = {
    // (10,000 - 300) at 60 %; then what the yearly cap of 70,000 leaves; then nothing.
    first: await settle(stay(1_000_000)),
    upToCap: await settle(stay(11_000_000)),
    aboveCap: await settle(stay(300_000)),
    // (5,000 - 300) at 60 %, before a bill that is reversed.
    poor: await settle(stay(500_000, { personId: 'CQR3' })),
    reversed: await settle(stay(800_000, { personId: 'CQR3' })),
    // Grade 2 is at 65 %, which was right.
    rebilled: await settle(stay(400_000, { personId: 'CQR2' })),
    // (3,200 - 200) at 60 %; the rest of 1,400 from the account of 2,000, at most 1,500.
    account: await settle(visit(320_000, { account: { maxFen: 150_000 } })),
    // 2,000 at 60 %; of the rest of 800 the account has 600.
    accountEmpty: await settle(visit(200_000, { account: { maxFen: 900_000 } })),
    // (10,000 - 600) at 70 %.
    before: await settle(stay(1_000_000, of2020)),
  }
  const at = counter.as(L2)
  counter.now += DAY_MS
  await at.post(`${SETTLEMENTS}/${booked.reversed}/reversal`, { requestId: messageId() })
  const rebill = { settlementId: booked.rebilled, replacement: stay(600_000, { personId: 'CQR2' }) }
  const rebilled = await at.post('/v1/rebills', { requestId: messageId(), ...rebill })
  t.equal(rebilled.status, 201)
  // The deductible of level 3 is 1,200, of which 600 are borne: (10,000 - 600) at 70 %.
  const onward = { admittedOn: '2020-06-10', dischargedOn: '2020-06-20', personId: 'MOVED' }
  const transferred = await settle(
    stay(1_000_000, { ...onward, institutionId: L3, transferFrom: booked.before }),
  )
  const registry = counter.as('registry')
  const { body: record } = await registry.get('/v1/persons/CQR2')
  const worse = { ...record, insurances: [{ ...record.insurances[0], grade: 1 }] }
  t.equal((await registry.put('/v1/persons/CQR2', worse)).status, 200)

  const wrong = (await officer.get('/v1/policy')).body.packs
  counter.editRules(
    'chongqing/resident/inpatient-rate.yaml',
    'grade: 1, level: 2, ratePermyriad: 6000',
    'grade: 1, level: 2, ratePermyriad: 7000',
  )
  counter.editRules(
    'chongqing/employee/outpatient-rate.yaml',
    'level: [1, 2], employment: active, ratePermyriad: 6000',
    'level: [1, 2], employment: active, ratePermyriad: 5000',
  )
  counter.editRules(
    'transfers/resident/deductible.yaml',
    'deductibleLevel: 2, deductibleFen: 60000',
    'deductibleLevel: 2, deductibleFen: 80000',
  )
  counter.now += DAY_MS
  await reload()
  // Grade 1 by now, as of the record changed before.
  const late = await settle(stay(100_000, { personId: 'CQR2' }))

  const library = new PackLibrary(dirname(counter.rulesFolder))
  const ports = portsOf(counter, library)
  const packs = counter.ports.policy().packs.map(({ pack }) => pack)
  const version = (of: readonly Pack[]) => new Map(of.map((pack) => [pack.id, pack]))
  const before = wrong.map(({ hash }: { hash: string }) => library.pack(hash)!)
  return {
    ports,
    library,
    booked: { ...booked, replacement: rebilled.body.settlement.settlementId, transferred, late },
    corrected: version(packs),
    before: version(before),
  }
}

function portsOf({ ports }: TestCounter, library: PackLibrary): ReplayPorts {
  const { ledger, records } = ports
  return {
    *entries() {
      const { head } = ledger.status()
      for (let position = 1; position <= head; position++) {
        yield { position, entry: ledger.entry(position)! }
      }
    },
    entry: (position) => ledger.entry(position),
    records,
    ...keptVersions(library),
  }
}

/** The journal with what it put in force as the first release wrote it: an entry for each version. */
function* ofFirstRelease({ entries, packByHash }: ReplayPorts): ReturnType<ReplayPorts['entries']> {
  for (const { position, entry } of entries()) {
    if (entry.kind !== 'policy-activation') yield { position, entry }
    else {
      const { inForce } = activationAt({ entry: () => entry }, position)!
      for (const { id, hash } of inForce.packs) {
        const catalogueId = packByHash(hash)!.catalogueId
        const { hash: catalogueHash } = inForce.catalogues.find((one) => one.id === catalogueId)!
        yield { position, entry: { ...entry, subjects: [], content: { id, hash, catalogueHash } } }
      }
    }
  }
}

/** The same journal with the entry of one settlement changed. */
function planted(ports: ReplayPorts, id: string, change: Change): ReplayPorts {
  const at = positionOf(id)
  return {
    ...ports,
    *entries() {
      for (const { position, entry } of ports.entries()) {
        yield { position, entry: position === at ? change(structuredClone(entry)) : entry }
      }
    },
  }
}

/** The packed content with an amount added here and there. */
function adding(...changes: readonly (readonly [path: readonly number[], by: number])[]) {
  return (entry: Entry): Entry => {
    for (const [path, by] of changes) {
      // biome-ignore lint/suspicious/noExplicitAny: packed content is nested arrays
      const within = path.slice(0, -1).reduce((at: any, index) => at[index], entry.content)
      within[path.at(-1)!] += by
    }
    return entry
  }
}

t.test('settlements decided again', async (t) => {
  const { ports, library, booked, corrected, before } = await open(t)
  const { first, upToCap } = booked

  t.strictSame(
    [...check(ports, {})],
    Object.values(booked)
      .sort((one, other) => positionOf(one)! - positionOf(other)!)
      .map((settlementId) => ({ settlementId, outcome: 'same' })),
    'as they were decided, whatever was corrected since',
  )
  const asWritten = { ...ports, entries: () => ofFirstRelease(ports) }
  t.strictSame([...check(asWritten, {})], [...check(ports, {})], "on the first release's entries")
  const scopes = [
    [{ personId: 'CQR3' }, 2],
    [{ institutionId: L3 }, 1],
    [{ from: '2026-11-22' }, 3],
    [{ from: '2026-11-22', until: '2026-11-23' }, 2],
    [{ until: '2026-11-22', personId: 'CQR1' }, 3],
    [{ personId: 'NOBODY' }, 0],
  ] as const
  for (const [scope, count] of scopes) {
    t.equal([...check(ports, scope)].length, count, JSON.stringify(scope))
  }

  const changes: readonly [what: string, id: string, change: Change, field: RegExp][] = [
    ['an amount', first, adding([[6, 5], 1]), /^amounts\.deductibleFen$/],
    ['a payment alone', first, adding([[6, 6], 1]), /^the row$/],
    [
      'a payment in all its places',
      first,
      adding([[6, 6], 1], [[6, 8], -1], [[6, 10], -1], [[7, 0, 3], 1]),
      /^amounts\.fundFen$/,
    ],
    ['a segment', first, adding([[7, 0, 4, 0, 3], 1]), /^funds\[0\]\.segments\[0\]\.rate/],
    ['when the pack was learned', first, adding([[3, 2], 1]), /^knownAt$/],
    ['what the year held', upToCap, readingOneMore, /^amounts\.fundFen$/],
    ['what it adds to the year', first, bookingOneMore, /^deltas\[0\]\.amount$/],
    [
      "the institution's sums",
      first,
      (entry) => ({ ...entry, sums: { ...entry.sums!, fundFen: 1 } }),
      /^sums\.fundFen$/,
    ],
  ]
  for (const [what, id, change, field] of changes) {
    const others = [...check(planted(ports, id, change), {})].filter((at) => at.outcome !== 'same')
    t.match(others, [{ settlementId: id, outcome: 'differs', field }], what)
    t.equal(others.length, 1, `${what}: nothing else`)
  }

  const rows = [...whatIf(ports, corrected, {})]
  const differences = rows.flatMap((row) =>
    'unreadable' in row || !row.differs
      ? []
      : [
          [
            row.settlementId,
            fundsOf(row.wouldBe) - fundsOf(row.booked),
            row.wouldBe.accountFen - row.booked.accountFen,
          ],
        ],
  )
  t.equal(rows.length, 10, 'without the two that are reversed')
  t.strictSame(differences, [
    [first, 97_000, 0], // 9,700 at 70 %
    [upToCap, -97_000, 0], // the cap leaves that much less
    [booked.poor, 47_000, 0], // 4,700 at 70 %
    [booked.account, -30_000, 10_000], // 3,000 at 50 %; the account pays up to 1,500
    [booked.accountEmpty, -20_000, -10_000], // 2,000 at 50 %; and has 500 left
    [booked.before, -14_000, 0], // (10,000 - 800) at 70 %
    [booked.transferred, 14_000, 0], // (10,000 - (1,200 - 800)) at 70 %
  ])
  t.match(summaryOf(ports, corrected), {
    settlements: 10,
    onOtherVersion: 9,
    differing: 7,
    funds: [
      { fund: 'employee-pool', bookedFen: 300_000, wouldBeFen: 250_000, differenceFen: -50_000 },
      {
        fund: 'resident-pool',
        bookedFen: 9_017_500,
        wouldBeFen: 9_064_500,
        differenceFen: 47_000,
      },
    ],
    patient: { differenceFen: 3_000 },
    account: { bookedFen: 200_000, wouldBeFen: 200_000, differenceFen: 0 },
    hospital: NO_CHANGE,
    persons: [
      changed('CQE1', 2, -50_000),
      changed('CQR3', 1, 47_000),
      changed('CQR1', 2, 0),
      changed('MOVED', 2, 0),
    ],
    institutions: [changed(L2, 6, -17_000), changed(L3, 1, 14_000)],
    refused: [],
    beginsToPay: 0,
    ceasesToPay: 0,
    missing: [],
  })
  t.match(summaryOf(ports, before), {
    onOtherVersion: 1,
    differing: 1,
    // 700 at 60 % instead of 70.
    institutions: [changed(L2, 1, -7_000)],
  })
  t.match(summaryOf(ports, corrected, { personId: 'CQR1', institutionId: L2 }), {
    settlements: 3,
    differing: 2,
  })

  const wrong = before.get('chongqing')!
  const text = JSON.stringify(library.source(wrong.hash))
  const capless = text.replace('"capFen":7000000', '"capFen":20000000')
  const { pack: generous } = compilePack(JSON.parse(capless), 'f'.repeat(64))
  t.match(summaryOf(ports, new Map([[wrong.id, generous]]), { personId: 'CQR1' }), {
    beginsToPay: 1,
    ceasesToPay: 0,
    // The yearly cap took 1,640 of the second stay; the third is paid at 60 % of 2,700.
    persons: [changed('CQR1', 2, 164_000 + 162_000)],
  })
  const employees = wrong.plans.filter(({ scheme }) => scheme === 'employee')
  t.match(summaryOf(ports, new Map([[wrong.id, { ...wrong, plans: employees }]])), {
    refused: [{ code: 'care-type-not-covered', settlements: 6 }],
    beginsToPay: 0,
    ceasesToPay: 5,
    patient: { differenceFen: 582_000 + 6_418_000 + 282_000 + 370_500 + 49_000 },
  })

  const lost: readonly [what: RegExp, lacking: Partial<ReplayPorts>, settlements: number][] = [
    [
      /the pack version/,
      { packByHash: (hash) => (hash === wrong.hash ? undefined : ports.packByHash(hash)) },
      9,
    ],
    [/the catalogue national/, { catalogue: () => undefined }, 12],
    [/the calendar/, { calendar: () => undefined }, 12],
    [/the version of the person's record/, { records: { find: newer(ports.records) } }, 2],
  ]
  for (const [what, lacking, settlements] of lost) {
    const poorer = { ...ports, ...lacking }
    const missing = [...check(poorer, {})].flatMap((at) => (isMissing(at) ? [at.missing] : []))
    t.equal(missing.length, settlements, `${what}`)
    t.ok(
      missing.every((reason) => what.test(reason)),
      `${what}`,
    )
    const { missing: told, ...summary } = summaryOf(poorer, corrected)
    t.match(told, [{ reason: what }])
    const count = told.reduce((sum, { settlements }) => sum + settlements, 0)
    t.equal(summary.settlements + count, 10, 'each is counted once')
  }
})

t.test('what the institution stated decides again', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  counter.addTestCity('stated-facts')
  const reload = async () =>
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  await reload()
  const at = 'H99113200002'
  counter.putPerson(resident('MOTHER', '991132'))
  counter.putInstitution(hospitalOf(at, 2))
  const birth = {
    personId: 'MOTHER',
    institutionId: at,
    careType: 'maternity',
    admittedOn: '2020-03-01',
    dischargedOn: '2020-03-05',
    attributes: [{ name: 'babies', value: 2 }],
  }
  const message = { requestId: messageId(at), ...stay(1_000_000, birth) }
  const { body } = await counter.as(at).post(SETTLEMENTS, message)
  t.equal(body.amounts.fundFen, 250_000)
  const ports = portsOf(counter, new PackLibrary(dirname(counter.rulesFolder)))
  t.strictSame([...check(ports, {})], [{ settlementId: body.settlementId, outcome: 'same' }])

  // 100 yuan more for the second baby.
  const of = 'delivery: none, standardFen: 200000, unit: babies, unitFen: '
  counter.editRules('stated-facts/resident/childbirth.yaml', `${of}50000`, `${of}60000`)
  await reload()
  const { pack } = counter.ports.policy().packs.find(({ pack: { id } }) => id === 'stated-facts')!
  t.match(summaryOf(ports, new Map([[pack.id, pack]])), {
    settlements: 1,
    funds: [{ differenceFen: 10_000 }],
  })
})

type Change = (entry: Entry) => Entry
const NO_CHANGE = { bookedFen: 0, wouldBeFen: 0, differenceFen: 0 }

function changed(id: string, settlements: number, byFen: number) {
  return {
    id,
    settlements,
    funds: { differenceFen: byFen },
    patient: { differenceFen: byFen === 0 ? 0 : -byFen },
  }
}

function summaryOf(ports: ReplayPorts, instead: ReadonlyMap<string, Pack>, scope: Scope = {}) {
  const summary = new Summary(instead)
  for (const row of whatIf(ports, instead, scope)) summary.add(row)
  return summary.result()
}

function fundsOf({ funds }: Parts): number {
  return [...funds.values()].reduce((sum, payFen) => sum + payFen, 0)
}

/** The records of CQR3 as if a version had been written over. */
function newer(records: ReplayPorts['records']): ReplayPorts['records']['find'] {
  return (kind, id, own, registry) => {
    const record = records.find(kind, id, own, registry)
    return id === 'CQR3' && record !== undefined ? { ...record, version: 99 } : record
  }
}

const readingOneMore: Change = (entry) => {
  const reads = (entry.content as unknown[])[12] as [string, string, number][]
  for (const read of reads) if (read[1].includes('/paid/')) read[2] += 1
  return entry
}

const bookingOneMore: Change = ({ deltas: [delta, ...others], ...entry }) => ({
  ...entry,
  deltas: [{ ...delta!, amount: delta!.amount + 1 }, ...others],
})

t.test('monthly credits are those of the time, as openings are', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  counter.addTestCity('monthly-credits')
  const reload = async () => {
    t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  }
  await reload()
  const pharmacy = 'P99113100001'
  const from = '2005-01-01'
  counter.putPerson({
    ...resident('E1', '991131', { scheme: 'employee', grade: 2, employment: 'active' }),
    attributes: [{ name: 'contributionBase', value: 500_000, from }],
  })
  counter.putInstitution({
    ...hospitalOf(pharmacy, 1),
    kind: 'pharmacy',
    agreements: [{ from, careTypes: ['pharmacy'], status: 'in-force' }],
  })
  const credited = await counter.as('agency').post('/v1/account-credits', { month: '2020-05' })
  t.match(credited.body, { credited: 1, amountFen: 16_500 })
  const purchase = {
    requestId: messageId(pharmacy),
    personId: 'E1',
    institutionId: pharmacy,
    careType: 'pharmacy',
    servedOn: '2020-05-20',
    account: { maxFen: 20_000 },
    lines: [
      { lineId: '1', code: 'DEMO-A', quantity: '1', unitPriceFen: '20000', amountFen: 20_000 },
    ],
  }
  const settled = await counter.as(pharmacy).post(SETTLEMENTS, purchase)
  t.match(settled.body.amounts, { accountFen: 16_500, cashFen: 3_500 })
  counter.editRules('monthly-credits/employee/credit.yaml', 'ofPermyriad: 330', 'ofPermyriad: 990')
  await reload()

  const ports = portsOf(counter, new PackLibrary(dirname(counter.rulesFolder)))
  const { settlementId } = settled.body
  t.strictSame([...check(ports, {})], [{ settlementId, outcome: 'same' }])
  const live = counter.ports.policy().packs.map(({ pack }) => [pack.id, pack] as const)
  t.match(
    [...whatIf(ports, new Map(live), {})],
    [{ settlementId, differs: false, wouldBe: { accountFen: 16_500 } }],
  )
})

t.test(
  'a row that names a transfer beside a deductible that it did not touch is the same',
  async (t) => {
    const outcomes = await runCase(
      readCase('fixtures/cases/1214-wuhan-transfer-and-serious-illness.yaml'),
    )
    const { entry } = outcomes.at(-1)!
    const { decision } = unpackSettlement(entry!, () => packOf('wuhan'))
    const changed = (layer: string, inputs: object, drop: readonly string[] = []): Decision => ({
      ...decision,
      trace: decision.trace.map((step) => {
        if (step.step !== 'deductible-left' || step.layer !== layer) return step
        const kept = Object.entries(step.inputs).filter(([name]) => !drop.includes(name))
        return { ...step, inputs: { ...Object.fromEntries(kept), ...inputs } }
      }),
    })
    const transfer = { transfer: 'difference', transferFen: 40_000 }
    const rows: readonly [name: string, booked: Decision, differs: boolean][] = [
      ['as it is', decision, false],
      ['as earlier engines wrote it', changed('serious-illness', transfer), false],
      ['another sum', changed('serious-illness', { ...transfer, borneFen: 1 }), true],
      ['another transfer of the stay', changed('basic', { transferFen: 39_999 }), true],
      ['none of the stay', changed('basic', {}, ['transfer', 'transferFen']), true],
    ]
    for (const [name, booked, differs] of rows) {
      const found = firstDifference(booked, undefined, decision)
      t.equal(found !== undefined, differs, `${name}: ${found?.field}`)
    }
  },
)
