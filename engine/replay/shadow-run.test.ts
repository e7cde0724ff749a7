import { dirname } from 'node:path'
import t from 'tap'
import { keptVersions } from '../../adapters/packs/kept-versions.ts'
import { PackLibrary } from '../../adapters/packs/pack-library.ts'
import { shadowPorts } from '../../fixtures/counter/assess-here.ts'
import { L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { positionOf } from '../claim/ids.ts'
import { shadowRun } from './shadow-run.ts'
import { type Parts, type WouldBe, whatIf } from './what-if.ts'

/**
 * A shadow run that begins anywhere says of each settlement what a replay of the whole journal says
 * of it, where everybody before it would have been paid as they were.
 */
t.test('the end of a journal decided again is what all of it says of the end', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const officer = counter.as('policy')
  const settle = async (body: { institutionId: string }) => {
    const requestId = messageId(body.institutionId)
    const reply = await counter
      .as(body.institutionId)
      .post('/v1/settlements', { requestId, ...body })
    t.equal(reply.status, 201, JSON.stringify(reply.body))
    return reply.body.settlementId as string
  }
  const settled: string[] = []
  // Deductibles, caps of the year, an account that runs dry; one that is taken back on the way.
  settled.push(await settle(stay(1_000_000)))
  settled.push(await settle(visit(320_000, { account: { maxFen: 150_000 } })))
  settled.push(await settle(stay(11_000_000)))
  settled.push(await settle(stay(500_000, { personId: 'CQR3' })))
  settled.push(await settle(visit(200_000, { account: { maxFen: 900_000 } })))
  settled.push(await settle(stay(300_000)))
  settled.push(await settle(stay(700_000, { personId: 'CQR3' })))
  settled.push(await settle(stay(2_000_000, { personId: 'CQR2' })))
  const { ledger, records } = counter.ports
  const library = new PackLibrary(dirname(counter.rulesFolder))
  const before = counter.ports.policy()

  for (const [file, from, to] of CHANGES) counter.editRules(file, from, to)
  t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  const policy = counter.ports.policy()
  const whole = await shadowPorts(ledger, records, library)
  const past = { ...whole, ...keptVersions(library), entries: () => whole.entries() }
  const instead = new Map(policy.packs.map(({ pack }) => [pack.id, pack]))
  const all = [...whatIf(past, instead, {})] as WouldBe[]
  t.ok(all.filter(({ differs }) => differs).length >= 4, 'the change changes something')
  const shadow = [...shadowRun(whole, policy)] as (WouldBe & { readsMore: boolean })[]
  t.strictSame(shadow.map(brief), all.map(brief))
  t.notOk(shadow.some(({ readsMore }) => readsMore))

  t.notOk(
    [...shadowRun(whole, before)].some((row) => 'differs' in row && row.differs),
    'on the version that decided all is as it was, wherever it begins',
  )
  // From the middle: the sums are those that the rows read, not those of a journal that begins here.
  const middle = positionOf(settled[3]!)!
  const end = { ...whole, entries: () => [...whole.entries()].filter((e) => e.position >= middle) }
  const late = [...shadowRun(end, before)] as WouldBe[]
  t.equal(late.length, 5)
  t.notOk(late.some(({ differs }) => differs))

  // A settlement taken back is decided, so that later ones lean on it, but not told.
  const gone = [settled[3]!, settled[7]!]
  for (const of of gone) {
    const reversal = { requestId: messageId(), reason: 'a slip' }
    const taken = await counter.as(L2).post(`/v1/settlements/${of}/reversal`, reversal)
    t.equal(taken.status, 201)
  }
  settled.push(await settle(stay(400_000, { personId: 'CQR3' })))
  // Up to the cap of the year, of which the one that is gone takes nothing.
  settled.push(await settle(stay(60_000_000, { personId: 'CQR2' })))
  const again = await shadowPorts(ledger, records, library)
  const told = [...shadowRun(again, policy)]
  t.strictSame(
    told.map(({ settlementId }) => settlementId),
    settled.filter((id) => !gone.includes(id)),
  )
  for (const last of told.slice(-2) as WouldBe[]) {
    t.notOk(last.differs, 'booked on the version itself, after one that is gone')
  }
})

const CHANGES = [
  [
    'chongqing/resident/inpatient-rate.yaml',
    'grade: 1, level: 2, ratePermyriad: 6000',
    'grade: 1, level: 2, ratePermyriad: 7000',
  ],
  [
    'chongqing/resident/inpatient-rate.yaml',
    'grade: 2, level: 2, ratePermyriad: 6500',
    'grade: 2, level: 2, ratePermyriad: 7500',
  ],
  [
    'chongqing/employee/outpatient-rate.yaml',
    'level: [1, 2], employment: active, ratePermyriad: 6000',
    'level: [1, 2], employment: active, ratePermyriad: 5000',
  ],
] as const

function brief({ settlementId, wouldBe, booked, differs }: WouldBe) {
  return { settlementId, differs, wouldBe: sums(wouldBe), booked: sums(booked) }
}

function sums({ funds, ...rest }: Parts) {
  return { ...rest, funds: Object.fromEntries(funds) }
}
