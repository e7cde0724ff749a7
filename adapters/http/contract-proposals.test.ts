import { cpSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'

/** Publishing with four eyes, as those who make and check the rules see it. */

const RATE = 'sample/resident/rate.yaml'
const RESIDENT = { personId: 'SAMPLE', institutionId: L2 }
const PROPOSALS = '/v1/policy/proposals'

/** Rules with the sample city in force, one insured there, and what a bill of theirs is paid. */
async function open(t: Test, publishing: 'direct' | 'four-eyes') {
  const counter = await openTestCounter({ publishing })
  t.teardown(() => counter.close())
  const [maker, checker] = [counter.as('policy-maker'), counter.as('policy-checker')]
  cpSync('fixtures/bad-packs/base/sample', join(counter.rulesFolder, 'sample'), { recursive: true })
  const person = DEMO_PERSONS.find(({ personId }) => personId === 'CQR1')!
  const insurances = [{ ...person.insurances[0]!, homeDistrict: '990101' }]
  counter.putPerson({ ...person, personId: RESIDENT.personId, insurances })
  const bill = stay(1_000_000, {
    ...RESIDENT,
    admittedOn: '2013-05-01',
    dischargedOn: '2013-05-09',
  })
  const hospital = counter.as(L2)
  const fund = async () => (await hospital.post('/v1/quotes', bill)).body.amounts?.fundFen
  const settle = () => hospital.post('/v1/settlements', { requestId: messageId(), ...bill })
  return { counter, maker, checker, hospital, fund, settle }
}

t.test('from a proposal to what decides', async (t) => {
  const { counter, maker, checker, hospital, fund, settle } = await open(t, 'four-eyes')
  const first = await maker.post('/v1/policy/reload', {})
  t.match(first, { status: 202, body: { proposalId: '1', status: 'open' } })
  t.match(await checker.post(`${PROPOSALS}/1/approval`, {}), {
    status: 409,
    body: { code: 'proposal-not-assessed' },
  })
  await counter.settled()
  const { body } = await checker.post(`${PROPOSALS}/1/approval`, {})
  t.match(body, { status: 'in-force', proposedBy: 'policy-maker', approvedBy: 'policy-checker' })
  // (10,000 - 300) yuan at 60 %.
  t.equal(await fund(), 582_000)
  t.match([await settle(), await settle()], [{ status: 201 }, { status: 201 }])

  counter.editRules(RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 6001')
  counter.editRules(RATE, 'grade: 1, ratePermyriad: 6000', 'grade: 1, ratePermyriad: 7000')
  const effectiveAt = '2026-12-01T00:00:00+08:00'
  t.match(await maker.post(PROPOSALS, { effectiveAt, note: 'notice 7' }), {
    status: 202,
    body: { proposalId: '2', effectiveAt: '2026-12-01T00:00:00.000+08:00', note: 'notice 7' },
  })
  await counter.settled()
  const seen = (await counter.as('auditor').get(`${PROPOSALS}/2`)).body
  t.match(seen.assessment.difference, /rate 60 % → 70 %/)
  t.ok(seen.assessment.check.some((line: string) => /^sample /.test(line)))
  t.match(seen.assessment.shadowRun, {
    settlements: 2,
    onOtherVersion: 2,
    differing: 2,
    unreadSums: 0,
    missing: [],
    funds: [{ fund: 'resident-pool', bookedFen: 1_164_000, wouldBeFen: 1_358_000 }],
    patient: { differenceFen: -194_000 },
  })
  t.match(await checker.post(`${PROPOSALS}/2/approval`, {}), { body: { status: 'approved' } })
  t.equal(await fund(), 582_000, 'not before its time')

  const refusals: readonly [who: typeof maker, path: string, body: unknown, code: string][] = [
    [maker, `${PROPOSALS}/2/approval`, {}, 'role-not-allowed'],
    [hospital, `${PROPOSALS}/2/approval`, {}, 'role-not-allowed'],
    [checker, PROPOSALS, {}, 'role-not-allowed'],
    [checker, `${PROPOSALS}/2/approval`, { reason: 'fine' }, 'invalid-request'],
    [checker, `${PROPOSALS}/2/approval`, {}, 'proposal-decided'],
    [checker, `${PROPOSALS}/9/approval`, {}, 'proposal-not-found'],
    [checker, `${PROPOSALS}/2/rejection`, {}, 'invalid-request'],
    [maker, PROPOSALS, { effectiveAt: '2026-02-30' }, 'invalid-request'],
    [maker, PROPOSALS, { effectiveAt: '2026-13-01T00:00:00Z' }, 'invalid-request'],
    [maker, PROPOSALS, { effectiveAt: '2027-02-29T00:00:00+08:00' }, 'invalid-request'],
    [maker, PROPOSALS, { effectiveAt: '2026-01-01T00:00:00Z' }, 'invalid-request'],
  ]
  for (const [who, path, sent, code] of refusals) {
    t.match(await who.post(path, sent), { body: { code } }, `${path} ${JSON.stringify(sent)}`)
  }
  const rejected = await checker.post(`${PROPOSALS}/2/rejection`, { reason: 'not funded' })
  t.match(rejected, { status: 200, body: { status: 'rejected', reason: 'not funded' } })
  t.match((await maker.get(PROPOSALS)).body.proposals, [{ proposalId: '2' }, { proposalId: '1' }])
  t.equal((await hospital.get(PROPOSALS)).status, 403)
})

t.test('whoever waits for an approval that is slow is not cut', async (t) => {
  const { counter } = await open(t, 'four-eyes')
  const lingering: number[] = []
  counter.app.server.on('connection', (socket) => {
    const { setTimeout } = socket
    socket.setTimeout = (ms, ...rest) => {
      lingering.push(ms)
      return setTimeout.call(socket, ms, ...rest)
    }
  })
  const address = await counter.app.listen({ host: '127.0.0.1', port: 0 })
  for (const [who, path, body] of [
    ['policy-maker', PROPOSALS, {}],
    ['policy-checker', `${PROPOSALS}/9/approval`, {}],
    ['policy-checker', `${PROPOSALS}/9/rejection`, { reason: 'no' }],
    ['policy-maker', `${PROPOSALS}/9/withdrawal`, {}],
  ] as const) {
    lingering.length = 0
    const reply = await fetch(`${address}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer demo-${who}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    t.ok(reply.status === 404 || reply.status === 202, `${path}: ${reply.status}`)
    t.ok(lingering.includes(0), path)
  }
  await counter.settled()
})

t.test('nothing to propose, errors, and a withdrawal', async (t) => {
  const { counter, maker } = await open(t, 'four-eyes')
  t.match(await maker.post(PROPOSALS, {}), { status: 202 })
  t.match(await maker.post(`${PROPOSALS}/1/withdrawal`, { reason: 'a slip' }), {
    body: { status: 'withdrawn', endedBy: 'policy-maker' },
  })
  counter.editRules(RATE, 'ratePermyriad: 6000', 'ratePermyriad: 60000')
  for (const path of ['/v1/policy/reload', PROPOSALS]) {
    const refused = await maker.post(path, {})
    t.match(refused, { status: 422, body: { code: 'policy-invalid', problems: [/rate\.yaml/] } })
  }
  t.match((await maker.get('/v1/policy')).body.rejected, { by: 'policy-maker' })
  counter.editRules(RATE, 'ratePermyriad: 60000', 'ratePermyriad: 6000')
  await maker.post(PROPOSALS, {})
  await counter.settled()
  await counter.as('policy-checker').post(`${PROPOSALS}/2/approval`, {})
  t.match(await maker.post(PROPOSALS, {}), { status: 422, body: { code: 'nothing-to-propose' } })
  t.match(await maker.post('/v1/policy/reload', {}), { status: 200, body: { packs: [{}] } })
})

t.test('direct publishing knows no proposals', async (t) => {
  const { maker, checker, fund } = await open(t, 'direct')
  t.match(await maker.post(PROPOSALS, {}), { status: 409, body: { code: 'publishing-direct' } })
  t.match(await maker.get(PROPOSALS), { status: 200, body: { proposals: [] } })
  t.match(await checker.post(`${PROPOSALS}/1/approval`, {}), { status: 409 })
  t.equal((await maker.post('/v1/policy/reload', {})).status, 200)
  t.equal(await fund(), 582_000)
})
