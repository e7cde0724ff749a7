import t from 'tap'
import type { Insurance, PersonRecord } from '../../engine/registry/records.ts'
import { resident } from '../../fixtures/counter/records.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_PERSONS } from '../../fixtures/demo.ts'

/** 个人账户划入: a month's credits, each booked once, and what each rests on. */
const CREDITS = '/v1/account-credits'
const HOME = '991131'
const ACTIVE = { scheme: 'employee', grade: 2, employment: 'active' } as const

function employee(personId: string, baseFen: number, more: Partial<Insurance> = {}): PersonRecord {
  const from = '2005-01-01'
  return {
    ...resident(personId, HOME, { ...ACTIVE, ...more }),
    attributes: [{ name: 'contributionBase', value: baseFen, from }],
  }
}

async function open(t: { teardown(end: () => unknown): void }) {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  counter.addTestCity('monthly-credits')
  await counter.as('policy').post('/v1/policy/reload', {})
  counter.putPerson(employee('E1', 612_345))
  counter.putPerson(employee('E2', 500_000))
  counter.putPerson(employee('LATE', 500_000, { status: 'in-arrears' }))
  counter.putPerson(resident('R1', HOME))
  const agency = counter.as('agency')
  return {
    counter,
    agency,
    credit: (body: object) => agency.post(CREDITS, body),
    balance: async (personId: string) => {
      const { body } = await agency.get(`/v1/persons/${personId}/benefits?on=2020-05-31`)
      return body.remaining.accountBalanceFen
    },
    head: () => counter.booked,
  }
}

t.test('everybody, once a month; the rest is passed over and says why', async (t) => {
  const { counter, credit, balance, head, agency } = await open(t)
  const before = head()
  const dry = await credit({ month: '2020-05', dryRun: true })
  t.match(dry.body, { state: 'done', dryRun: true, credited: 2, before: 0 })
  t.equal(head(), before, 'a dry run books nothing')

  // Born in 1970: 6,123.45 and 5,000 at 3.3 %.
  const first = await credit({ month: '2020-05' })
  t.match(first, {
    status: 200,
    body: {
      month: '2020-05',
      state: 'done',
      dryRun: false,
      credited: 2,
      amountFen: 20_207 + 16_500,
      before: 0,
      passedOver: { 'in-arrears': 1, 'no-credits': DEMO_PERSONS.length + 1 },
    },
  })
  const { persons, credited, passedOver } = first.body
  const others = Object.values<number>(passedOver).reduce((sum, count) => sum + count, 0)
  t.equal(persons, credited + others, 'each person is counted once')
  t.equal(head(), before + 2)
  t.strictSame(await Promise.all(['E1', 'E2', 'LATE'].map(balance)), [20_207, 16_500, 0])

  const again = await credit({ month: '2020-05' })
  t.match(again.body, { state: 'done', persons, credited: 0, amountFen: 0, before: 2, passedOver })
  t.equal(head(), before + 2)
  t.match((await agency.get(`${CREDITS}/2020-05`)).body, again.body)
  t.match((await credit({ month: '2020-06' })).body, { credited: 2, before: 0 })
  t.equal(await balance('E2'), 33_000)

  // Paid up since: what is due of the month before is credited when it is asked for.
  counter.putPerson(employee('LATE', 500_000))
  t.match((await credit({ month: '2020-05' })).body, { credited: 1, before: 2 })
  t.equal(await balance('LATE'), 16_500)
})

t.test('those who are named, and somebody whom no import brought', async (t) => {
  const { counter, credit, balance } = await open(t)
  const named = await credit({ month: '2020-05', personIds: ['E1', 'LATE', 'NOBODY'] })
  t.match(named.body, {
    persons: 3,
    credited: 1,
    amountFen: 20_207,
    passedOver: { 'in-arrears': 1, 'person-not-found': 1 },
  })
  t.equal(await balance('E2'), 0)
  const { personId, version, ...record } = employee('PUT', 100_000)
  const put = await counter.as('registry').put(`/v1/persons/${personId}`, record)
  t.equal(put.status, 201, `version ${version} of a record is not the one that is put`)
  t.match((await credit({ month: '2020-05' })).body, { credited: 2, before: 1 })
  t.equal(await balance('PUT'), 3_300)
})

t.test('an auditor finds the rows that decided, on the version of the time', async (t) => {
  const { counter, agency, credit } = await open(t)
  await credit({ month: '2020-05' })
  const url = `${CREDITS}/2020-05/persons/E1`
  const { body } = await agency.get(url)
  t.match(body, {
    personId: 'E1',
    month: '2020-05',
    amountFen: 20_207,
    scheme: 'employee',
    personVersion: 1,
    policy: { pack: 'monthly-credits', hash: /^[0-9a-f]{64}$/ },
    trace: [
      { step: 'derived-fact', result: { value: 'from-45' } },
      {
        step: 'account-credit',
        table: 'monthly-credits/employee/credit',
        row: 3,
        standing: 'assumed',
        inputs: { grade: 2, employment: 'active', ageGroup: 'from-45' },
        result: { of: 'contributionBase', ofPermyriad: 330 },
      },
      { step: 'amount', result: { creditFen: 20_207 } },
    ],
    creditedBy: 'demo-agency',
  })
  counter.editRules('monthly-credits/employee/credit.yaml', 'ofPermyriad: 330', 'ofPermyriad: 340')
  t.equal((await counter.as('policy').post('/v1/policy/reload', {})).status, 200)
  t.strictSame((await agency.get(url)).body, body, 'whatever was changed since')
  t.match((await credit({ month: '2020-06', personIds: ['E2'] })).body, { amountFen: 17_000 })
})

t.test('a credit moves a quote that the account pays', async (t) => {
  const { counter, credit } = await open(t)
  const id = 'P99113100001'
  const span = { from: '2005-01-01' }
  counter.putInstitution({
    institutionId: id,
    version: 1,
    name: id,
    kind: 'pharmacy',
    district: HOME,
    levels: [],
    agreements: [{ ...span, careTypes: ['pharmacy'], status: 'in-force' }],
  })
  const lines = [
    { lineId: '1', code: 'DEMO-A', quantity: '1', unitPriceFen: '20000', amountFen: 20_000 },
  ]
  const purchase = {
    personId: 'E2',
    institutionId: id,
    careType: 'pharmacy',
    servedOn: '2020-05-20',
    account: { maxFen: 20_000 },
    lines,
  }
  const pharmacy = counter.as(id)
  const { body: quoted } = await pharmacy.post('/v1/quotes', purchase)
  t.match(quoted.amounts, { accountFen: 0, cashFen: 20_000 })
  await credit({ month: '2020-05' })
  const settle = (requestId: string, more: object = {}) =>
    pharmacy.post('/v1/settlements', { requestId, ...purchase, ...more })
  t.match(await settle('M1', { quoteId: quoted.quoteId }), {
    status: 409,
    body: { code: 'quote-moved' },
  })
  t.match((await settle('M2')).body.amounts, { accountFen: 16_500, cashFen: 3_500 })
})

t.test('a record that changes between the decision and the booking is decided again', async (t) => {
  const { counter, credit, balance } = await open(t)
  const registry = counter.as('registry')
  const { body: record } = await registry.get('/v1/persons/E1')
  const { ledger } = counter.ports
  const append = ledger.append.bind(ledger)
  let changed = false
  ledger.append = async (request) => {
    if (!changed && request.entries[0]?.kind === 'account-credit') {
      changed = true
      const insurances = [{ ...record.insurances[0], status: 'suspended' }]
      const put = await registry.put('/v1/persons/E1', { ...record, insurances })
      t.equal(put.status, 200)
    }
    return append(request)
  }
  const { body } = await credit({ month: '2020-05' })
  t.match(body, { credited: 1, passedOver: { 'insurance-suspended': 1 } })
  t.ok(changed)
  t.strictSame(await Promise.all(['E1', 'E2'].map(balance)), [0, 16_500])
})

t.test('a repeat meanwhile, and another month', async (t) => {
  const { counter, agency, credit, balance } = await open(t)
  counter.hold()
  const running = credit({ month: '2020-05' })
  await new Promise((resolve) => setTimeout(resolve, 20))
  const same = credit({ month: '2020-05' })
  const other = await credit({ month: '2020-06' })
  t.match(other, { status: 409, body: { code: 'credits-busy' } })
  t.match((await agency.get(`${CREDITS}/2020-05`)).body, { state: 'running', persons: 0 })
  counter.release()
  t.match([(await running).body, (await same).body], [{ credited: 2 }, { credited: 2 }])
  t.equal(await balance('E1'), 20_207, 'once')
})

t.test('who may not, and what is no month', async (t) => {
  const { counter, agency, credit, head } = await open(t)
  const before = head()
  for (const role of ['policy', 'registry', 'H50011300002']) {
    const reply = await counter.as(role).post(CREDITS, { month: '2020-05' })
    t.match(reply, { status: 403, body: { code: 'role-not-allowed' } }, role)
    t.equal((await counter.as(role).get(`${CREDITS}/2020-05`)).status, 403)
    t.equal((await counter.as(role).get(`${CREDITS}/2020-05/persons/E1`)).status, 403)
  }
  const wrong: readonly [what: object, pointer: string][] = [
    [{}, '/month'],
    [{ month: '2020-13' }, '/month'],
    [{ month: '2020-5' }, '/month'],
    [{ month: '2020-05-01' }, '/month'],
    [{ month: 202_005 }, '/month'],
    [{ month: '2026-12' }, '/month'],
    [{ month: '2020-05', personIds: [] }, '/personIds'],
    [{ month: '2020-05', personIds: ['E1', 'E1'] }, '/personIds'],
    [{ month: '2020-05', amountFen: 1 }, '/amountFen'],
  ]
  for (const [body, pointer] of wrong) {
    const reply = await credit(body)
    t.match(
      reply,
      { status: 400, body: { code: 'invalid-request', errors: [{ pointer }] } },
      JSON.stringify(body),
    )
  }
  t.match(await agency.get(`${CREDITS}/2020-05`), {
    status: 404,
    body: { code: 'record-not-found' },
  })
  const none = await agency.get(`${CREDITS}/2020-05/persons/E1`)
  t.match(none, { status: 404, body: { code: 'record-not-found' } })
  t.equal(head(), before)
})
