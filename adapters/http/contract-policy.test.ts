import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'
import { Client } from '../../fixtures/torture/client.ts'

/** Changing what is in force, as a policy officer and a hospital see it. */

const SAMPLE = 'fixtures/bad-packs/base/sample'
const RATE = 'sample/resident/rate.yaml'
const RESIDENT = { personId: 'SAMPLE', institutionId: L2 }

/** The demo's world with the sample city in it, and one insured there. */
async function open(t: Test) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  cpSync(SAMPLE, join(counter.rulesFolder, 'sample'), { recursive: true })
  const person = DEMO_PERSONS.find(({ personId }) => personId === 'CQR1')!
  const insurances = [{ ...person.insurances[0]!, homeDistrict: '990101' }]
  counter.putPerson({ ...person, personId: RESIDENT.personId, insurances })
  const officer = counter.as('policy')
  t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  const at = counter.as(L2)
  const fundOf = async (on: string) => {
    const dates = { admittedOn: '2013-05-01', dischargedOn: on }
    return (await at.post('/v1/quotes', stay(1_000_000, { ...RESIDENT, ...dates }))).body.amounts
      .fundFen
  }
  const live = async () => {
    const { body } = await officer.get('/v1/policy')
    return body.packs.find(({ pack }: { pack: string }) => pack === 'sample')
  }
  return { counter, officer, at, fundOf, live }
}

t.test('a pack loaded ahead of its date changes nothing before it', async (t) => {
  const { counter, officer, fundOf, live } = await open(t)
  const [before, on] = ['2013-06-30', '2013-07-01']
  t.same([await fundOf(before), await fundOf(on)], [582_000, 582_000])
  const { hash } = await live()
  const path = join(counter.rulesFolder, RATE)
  const [head, last] = readFileSync(path, 'utf8').split('  - from: 2013-01-01\n')
  const old = `  - from: 2013-01-01\n${last!.replace('until: 2014-01-01', 'until: 2013-07-01')}`
  const ahead = `  - from: 2013-07-01\n${last!.replace('ratePermyriad: 6000', 'ratePermyriad: 7000')}`
  writeFileSync(path, head + old + ahead)
  t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  t.not((await live()).hash, hash, 'the new version is in force')
  t.same([await fundOf(before), await fundOf(on)], [582_000, 679_000], 'and decides from its date')
})

t.test('a reload that takes long is answered all the same', async (t) => {
  const { counter } = await open(t)
  const address = await counter.app.listen({ host: '127.0.0.1', port: 0 })
  const client = new Client(address, 'demo-policy')
  t.teardown(() => client.close())
  counter.editRules(RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 6001')
  counter.hold()
  const reloading = client.post('/v1/policy/reload', {})
  // Longer than a silent connection is kept.
  await sleep(8_000)
  counter.release()
  t.match(await reloading, { status: 200 })
})

t.test('a rollback over HTTP', async (t) => {
  const { counter, officer, at, fundOf, live } = await open(t)
  const first = await live()
  const settled = await at.post('/v1/settlements', {
    requestId: messageId(),
    ...stay(1_000_000, { ...RESIDENT, admittedOn: '2013-05-01', dischargedOn: '2013-06-30' }),
  })
  counter.editRules(RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 6001')
  counter.editRules(RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 7000')
  counter.now += 3_600_000
  await officer.post('/v1/policy/reload', {})
  const second = await live()
  t.equal(await fundOf('2013-06-30'), 679_000)

  const rollback = (body: unknown) => officer.post('/v1/policy/rollback', body)
  const refusals: readonly [body: unknown, status: number, code: string][] = [
    [{ to: 'f'.repeat(64) }, 422, 'policy-version-unknown'],
    [{ pack: 'nowhere' }, 422, 'policy-version-unknown'],
    [{ to: 'xyz' }, 400, 'invalid-request'],
    [{ to: second.hash.slice(0, 11) }, 400, 'invalid-request'],
    [{ version: second.hash }, 400, 'invalid-request'],
    [{ pack: 'chongqing' }, 422, 'policy-version-unknown'],
  ]
  for (const [body, status, code] of refusals) {
    t.match(await rollback(body), { status, body: { code } }, JSON.stringify(body))
  }
  t.match(await at.post('/v1/policy/rollback', {}), { status: 403 })
  t.equal((await live()).hash, second.hash, 'nothing has changed')

  counter.now += 3_600_000
  const { status, body } = await rollback({})
  t.match({ status, since: body.since }, { status: 200, since: '2026-11-21T12:00:00.000+08:00' })
  t.match(await live(), { hash: first.hash, knownAt: first.knownAt, overruled: second.hash })
  t.equal(await fundOf('2013-06-30'), 582_000)
  t.equal((await officer.post('/v1/policy/reload', {})).status, 200)
  t.equal((await live()).hash, first.hash, 'the files have not changed')
  const again = await at.get(`/v1/settlements/${settled.body.settlementId}`)
  t.equal(again.bytes, settled.bytes, 'booked is booked')

  counter.editRules(RATE, 'grade: 1, ratePermyriad: 7000', 'grade: 1, ratePermyriad: eight')
  t.equal((await officer.post('/v1/policy/reload', {})).status, 422)
  t.match((await officer.get('/v1/policy')).body.rejected, {
    by: 'policy',
    at: '2026-11-21T12:00:00.000+08:00',
    problems: [/rate\.yaml/],
  })
  t.notOk((await at.get('/v1/policy')).body.rejected, 'which is no business of a hospital')
  const metrics = (await officer.get('/metrics')).bytes
  for (const count of ['swapped"} 3', 'unchanged"} 1', 'rolled-back"} 1', 'refused"} 1']) {
    t.ok(metrics.includes(`yizhan_policy_changes_total{outcome="${count}`), count)
  }
  t.ok(metrics.includes(`yizhan_policy_info{pack="sample",hash="${first.hash}"}`))
})
