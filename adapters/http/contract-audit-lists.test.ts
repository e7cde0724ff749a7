import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { L1, L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { OF_RESIDENT, people, sender } from '../../fixtures/counter/import-files.ts'
import { openTestCounter } from '../../fixtures/counter/test-counter.ts'

/** What the auditor lists: who was shown what of whom, and who did what. */

const DAYS = 'from=2026-11-21&until=2026-11-22'

t.test('quotes of one person within a second are counted, and the list counts them', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const auditor = counter.as('auditor')
  const list = async (query: string) => (await auditor.get(`/v1/audit/reads?${query}`)).body
  const quote = () => counter.as(L2).post('/v1/quotes', stay(1_000_000))
  await Promise.all([quote(), quote(), quote()])
  await counter.as(L1).post('/v1/quotes', stay(1_000_000, { institutionId: L1 }))
  await counter.as(L1).get('/v1/persons/CQR1/benefits?on=2012-06-01')
  // The next day in China has a chain of its own.
  counter.now += 86_400_000
  await counter.as(L1).get('/v1/persons/CQR1')
  await counter.as('agency').get('/v1/persons/CQR1')

  const seen = await list('personId=CQR1&from=2026-11-21&until=2026-11-23')
  const rows = seen.reads.map(
    (read: { at: string; by: { id: string }; what: string; times: number }) =>
      `${read.at.slice(0, 10)} ${read.by.id} ${read.what} ${read.times}`,
  )
  t.strictSame(rows.sort(), [
    `2026-11-21 ${L2} quote 3`,
    `2026-11-21 ${L1} benefits 1`,
    `2026-11-21 ${L1} quote 1`,
    '2026-11-22 demo-agency person 1',
  ])
  t.notOk('next' in seen)
  const by = await list(`by=${L2}&from=2026-11-21&until=2026-11-22`)
  t.match(by.reads, [{ by: { role: 'institution', id: L2 }, personId: 'CQR1', times: 3 }])
  t.equal((await list(`by=${L2}&from=2026-11-22&until=2026-11-23`)).reads.length, 0)
  const looked = await list('personId=CQR1&by=demo-auditor&from=2026-11-22&until=2026-11-23')
  t.equal(looked.reads.length, 2, 'to look is to be shown something')

  const bad: readonly [query: string, status: number][] = [
    ['from=2026-11-21&until=2026-11-21', 400],
    ['from=2026-11-21&until=2028-11-21', 400],
    ['from=2026-11-21', 400],
    ['from=2026-11-21&until=2026-11-23&after=1', 400],
    [`from=2026-11-21&until=2026-11-23&after=2026-11-21.${messageId()}.0`, 400],
    ['from=2026-11-21&until=2026-11-23&after=2026-11-21.1.0', 400],
    ['from=2026-11-21&until=2026-11-23&after=2026-11-21.999999.0', 400],
  ]
  for (const [query, status] of bad) {
    t.equal((await auditor.get(`/v1/audit/reads?${query}`)).status, status, query)
  }
  const { body } = await auditor.get(`/v1/audit/reads?${bad[0]![0]}`)
  t.match(body.detail, /`until` is the day after the last one: .* are 1 to 366 days/)
  t.equal((await counter.as('agency').get(`/v1/audit/reads?${DAYS}`)).status, 403)
})

t.test('a change of a record is listed, whatever has taken its place since', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const registry = counter.as('registry')
  const send = sender(counter)
  const done: string[] = []
  const change = async (bornOn: string) => {
    counter.now += 60_000
    const { body } = await registry.get('/v1/persons/CQR1')
    t.equal((await registry.put('/v1/persons/CQR1', { ...body, bornOn })).status, 200)
    done.unshift('record-changed')
  }
  const bring = async (bornOn: string) => {
    counter.now += 60_000
    const file = people({ personId: 'CQR1', ...OF_RESIDENT, bornOn })
    t.match((await send('people', file)).body, { state: 'applied' })
    done.unshift('import-applied')
  }
  await change('1981-01-01')
  await bring('1982-01-01')
  await bring('1983-01-01')
  await change('1984-01-01')
  await change('1985-01-01')
  await bring('1986-01-01')
  await change('1987-01-01')
  const list = async (query: string) => {
    const { body } = await counter.as('auditor').get(`/v1/audit/acts?${DAYS}&${query}`)
    return body.acts.map(({ act }: { act: string }) => act)
  }
  t.strictSame(await list('by=demo-registry'), done)
  const changes = done.filter((act) => act === 'record-changed')
  t.strictSame(await list('subject=person/CQR1'), changes)
})

t.test('who did what: acts, and entries that are acts by what they do, in one order', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const registry = counter.as('registry')
  const { version: before, ...record } = (await registry.get('/v1/persons/CQR1')).body
  let version = before
  const CHANGES = 205
  for (let change = 0; change < CHANGES; change++) {
    record.bornOn = record.bornOn === '1980-01-01' ? '1980-01-02' : '1980-01-01'
    const put = await registry.put('/v1/persons/CQR1', { ...record, version })
    version = put.body.version
    if (change === 100) counter.now += 60_000
  }
  const file = Buffer.from('no,such,columns\n1,2,3\n')
  const sha256 = createHash('sha256').update(file).digest('hex')
  const announced = { kind: 'people', format: 'csv', bytes: file.length, sha256 }
  const { importId } = (await registry.post('/v1/imports', announced)).body
  await registry.send('PUT', `/v1/imports/${importId}/content?offset=0`, file, {
    'content-type': 'application/octet-stream',
  })
  while ((await registry.get(`/v1/imports/${importId}`)).body.state === 'checking') await sleep(5)
  counter.now += 86_400_000
  const credits = { month: '2026-10', dryRun: true, personIds: ['CQE1', 'CQE2'] }
  await counter.as('agency').post('/v1/account-credits', credits)

  const list = async (query: string) => {
    const { body, status } = await counter.as('auditor').get(`/v1/audit/acts?${query}`)
    t.equal(status, 200, query)
    return body
  }
  const brief = ({ act, subject, by }: { act: string; subject: string; by: { id: string } }) =>
    `${act} ${subject} ${by.id}`
  const span = 'from=2026-11-21&until=2026-11-23'
  const first = await list(span)
  const second = await list(`${span}&after=${first.next}`)
  t.equal(first.acts.length, 200)
  t.notOk('next' in second)
  const acts = [...first.acts, ...second.acts]
  const positions = acts.map(({ position }) => position)
  t.strictSame(
    positions,
    [...new Set(positions)].sort((one, other) => other - one),
  )
  const counts = new Map<string, number>()
  for (const act of acts) counts.set(brief(act), (counts.get(brief(act)) ?? 0) + 1)
  t.strictSame(Object.fromEntries(counts), {
    'credits-ended account-credits/2026-10 demo-agency': 1,
    'credits-begun account-credits/2026-10 demo-agency': 1,
    'import-refused import/people demo-registry': 1,
    'record-changed person/CQR1 demo-registry': CHANGES,
    'policy-activated policy engine': 1,
  })
  t.match(acts[0], { by: { role: 'agency' }, details: { dryRun: true, persons: 2 } })
  const lists: readonly [query: string, acts: readonly string[]][] = [
    ['from=2026-11-22&until=2026-11-23', acts.slice(0, 2).map(brief)],
    [`${span}&by=demo-agency`, acts.slice(0, 2).map(brief)],
    [`${span}&by=demo-agency&subject=policy`, []],
    [`${span}&subject=policy`, ['policy-activated policy engine']],
    [`${span}&subject=import/people`, ['import-refused import/people demo-registry']],
    [`${span}&subject=account-credits/2026-10`, acts.slice(0, 2).map(brief)],
    ['from=2026-11-20&until=2026-11-21', []],
  ]
  for (const [query, due] of lists) t.strictSame((await list(query)).acts.map(brief), due, query)
  const changes = await list(`${span}&subject=person/CQR1`)
  t.equal(changes.acts.length, 200)
  t.equal((await list(`${span}&subject=person/CQR1&after=${changes.next}`)).acts.length, 5)
  for (const query of ['from=2026-11-21', `${span}&after=x`, 'from=2026-11-23&until=2026-11-21']) {
    t.equal((await counter.as('auditor').get(`/v1/audit/acts?${query}`)).status, 400, query)
  }
})
