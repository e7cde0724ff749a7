import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { type KeptRead, unpackReads } from '../../engine/access/reads.ts'
import type { Shows } from '../../engine/access/show.ts'
import { keepSettlementList } from '../../engine/counter/settlement-lists.ts'
import type { AppendResult, Ledger } from '../../engine/ledger/ports.ts'
import { L1, L2, paidElsewhere, stay, visit } from '../../fixtures/counter/bills.ts'
import { openTestCounter, type TestCounter } from '../../fixtures/counter/test-counter.ts'
import { DEMO_APPROVALS, DEMO_CREDENTIALS } from '../../fixtures/demo.ts'
import { Hospital } from '../../fixtures/nhsa/hospital-books.ts'
import { ADMISSION, ID_CARD, PERSON } from '../../fixtures/nhsa/hospital-system.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { DONE_HERE } from '../nhsa/transactions/transactions.ts'

/** Who was shown what of a person: every way in, and what the journal then keeps. */

const DAYS = 'from=2026-11-21&until=2026-11-22'

/** All reads of the journal after a position. */
function readsAfter({ ports }: Pick<TestCounter, 'ports'>, position: number): KeptRead[] {
  const { ledger } = ports
  const { head } = ledger.status()
  const entries = Array.from({ length: head - position }, (_, at) => position + 1 + at)
    .map((at) => ledger.entry(at)!)
    .filter(({ kind }) => kind === 'data-read')
  return entries.flatMap((entry) => unpackReads(entry).reads)
}

const head = ({ ports }: TestCounter) => ports.ledger.status().head

/** As `what personId id` of those of one asker and way, in the order of the alphabet. */
function told(reads: readonly KeptRead[], way: string, by: string): string[] {
  return reads
    .filter((read) => read.way === way && read.by.id === by)
    .map(({ what, personId, id }) => [what, personId, id].filter(Boolean).join(' '))
    .sort()
}

/** What the test may ask of: one of everything, all booked before. */
async function world(counter: TestCounter, t: Test) {
  const hospital = new Hospital(counter)
  const { setlId, setlinfo } = await hospital.visit(t)
  const { body: booked } = await counter
    .as(L2)
    .post('/v1/settlements', { requestId: 'ONE', ...stay(1_000_000) })
  return { hospital, setlId, visitId: setlinfo.mdtrt_id as string, booked: booked.settlementId }
}

type World = Awaited<ReturnType<typeof world>>

interface Case {
  readonly ask: (counter: TestCounter, world: World, t: Test) => Promise<unknown>
  readonly by: string
  /** As `told` has them. */
  readonly reads: (world: World) => readonly string[]
}

const CREDENTIAL = DEMO_CREDENTIALS[0]!
const APPROVAL = DEMO_APPROVALS[0]!

async function found(t: Test, counter: TestCounter, who: string, url: string, accept?: string) {
  const reply = await counter.as(who).get(url, accept === undefined ? {} : { accept })
  t.equal(reply.status, 200, url)
}

/** Every route that shows data of a person; a new one without a line here fails. */
const ROUTES: Readonly<Record<string, Case>> = {
  'POST /v1/quotes': {
    ask: (counter) => counter.as(L2).post('/v1/quotes', stay(1_000_000)),
    by: L2,
    reads: () => ['quote CQR1'],
  },
  'GET /v1/settlements/{settlementId}': {
    ask: (counter, { booked }, t) => found(t, counter, L2, `/v1/settlements/${booked}`),
    by: L2,
    reads: ({ booked }) => [`settlement CQR1 ${booked}`],
  },
  'GET /v1/settlements': {
    ask: (counter, _, t) => found(t, counter, L2, '/v1/settlements?requestId=ONE'),
    by: L2,
    reads: ({ booked }) => [`settlement CQR1 ${booked}`],
  },
  'GET /v1/settlements/{settlementId}/explanation': {
    ask: (counter, { booked }, t) =>
      found(t, counter, 'agency', `/v1/settlements/${booked}/explanation`, 'text/html'),
    by: 'demo-agency',
    reads: ({ booked }) => [`explanation CQR1 ${booked}`],
  },
  'GET /v1/settlements/{settlementId}/list': {
    async ask(counter, { setlId, visitId }, t) {
      await keepSettlementList(counter.ports, {
        requester: { role: 'institution', id: L2 },
        requestId: 'LIST',
        operation: '4101',
        requestHash: new Uint8Array(32),
        visitId,
        personId: PERSON,
        settlementId: setlId,
        list: {},
      })
      await found(t, counter, 'auditor', `/v1/settlements/${setlId}/list`)
    },
    by: 'demo-auditor',
    reads: ({ setlId }) => [`settlement-list ${PERSON} ${setlId}`],
  },
  'POST /v1/persons/lookup': {
    async ask(counter, _, t) {
      const { kind, value } = CREDENTIAL
      t.equal((await counter.as(L1).post('/v1/persons/lookup', { kind, value })).status, 200)
    },
    by: L1,
    reads: () => [`credential ${CREDENTIAL.personId}`],
  },
  'GET /v1/persons/{personId}/benefits': {
    async ask(counter, _, t) {
      await found(t, counter, L1, '/v1/persons/CQR1/benefits?on=2012-06-01')
      // That somebody is not insured is told of them, too; nothing is of nobody.
      const benefits = (of: string) =>
        counter.as(L1).get(`/v1/persons/${of}/benefits?on=2009-06-01`)
      t.match(await benefits('CQR2'), { status: 422, body: { code: 'not-insured' } })
      t.match(await benefits('NOBODY'), { status: 404 })
    },
    by: L1,
    reads: () => ['benefits CQR1', 'benefits CQR2'],
  },
  'GET /v1/persons/{personId}': {
    ask: (counter, _, t) => found(t, counter, 'agency', '/v1/persons/CQR1'),
    by: 'demo-agency',
    reads: () => ['person CQR1 1'],
  },
  'GET /v1/persons/{personId}/export': {
    ask: (counter, _, t) => found(t, counter, 'agency', '/v1/persons/CQR1/export'),
    by: 'demo-agency',
    reads: () => ['export CQR1'],
  },
  'GET /v1/approvals/{approvalId}': {
    ask: (counter, _, t) => found(t, counter, 'registry', `/v1/approvals/${APPROVAL.approvalId}`),
    by: 'demo-registry',
    reads: () => [`approval ${APPROVAL.personId} ${APPROVAL.approvalId}`],
  },
  'POST /v1/account-credits': {
    async ask(counter, _, t) {
      const asked = { month: '2026-10', dryRun: true, personIds: ['CQE1'] }
      t.equal((await counter.as('agency').post('/v1/account-credits', asked)).status, 200)
    },
    by: 'demo-agency',
    reads: () => ['account-credit CQE1 2026-10'],
  },
  'GET /v1/audit/reads': {
    async ask(counter, _, t) {
      await found(t, counter, 'auditor', `/v1/audit/reads?personId=CQR3&${DAYS}`)
    },
    by: 'demo-auditor',
    reads: () => ['reads CQR3'],
  },
  'GET /v1/audit/acts': {
    async ask(counter, _, t) {
      const { body } = await counter.as('registry').get('/v1/persons/CQR3')
      const { version, personId, ...record } = body
      const put = { ...record, version, bornOn: '1970-01-02' }
      t.equal((await counter.as('registry').put(`/v1/persons/${personId}`, put)).status, 200)
      await found(t, counter, 'auditor', `/v1/audit/acts?${DAYS}`)
    },
    by: 'demo-auditor',
    reads: () => ['acts CQR3'],
  },
}

/** Asked for in a test of their own, as the demo's city credits no accounts. */
const ELSEWHERE = ['GET /v1/account-credits/{month}/persons/{personId}']

const OF_VISIT = ({ setlId, visitId }: World) => ({
  data: { psn_no: PERSON, setl_id: setlId, mdtrt_id: visitId },
})

/** The same for the transactions of the national interface. */
const TRANSACTIONS: Readonly<Record<string, Omit<Case, 'by'>>> = {
  '1101': {
    ask: (_, { hospital }, t) => hospital.send(t, 'zj-1101', { more: { mdtrt_cert_no: ID_CARD } }),
    reads: () => [`person ${PERSON}`],
  },
  '2001': {
    ask: (_, { hospital }, t) =>
      hospital.ask(t, '2001', {
        data: {
          psn_no: PERSON,
          insutype: '310',
          med_type: '11',
          begntime: '2022-07-01 10:00:00',
          fixmedins_code: L2,
        },
      }),
    reads: () => [`benefits ${PERSON}`],
  },
  '2101': {
    ask: (_, { hospital }, t) => hospital.send(t, '2101'),
    reads: () => [`quote ${PERSON}`],
  },
  '2206': {
    async ask(_, { hospital }, t) {
      await hospital.upTo(t, 'zj-2201', 'zj-2203A', 'zj-2204')
      t.equal((await hospital.send(t, 'zj-2206A')).infcode, 0)
    },
    reads: () => [`quote ${PERSON}`],
  },
  '2303': {
    async ask(_, { hospital }, t) {
      const admitted = await hospital.send(t, ADMISSION)
      hospital.ids['mdtrt_id'] = admitted.output.result.mdtrt_id
      t.equal((await hospital.send(t, '2301')).infcode, 0)
      t.equal((await hospital.send(t, '2303')).infcode, 0)
    },
    reads: () => [`quote ${PERSON}`],
  },
  '3202': {
    async ask(_, { hospital }, t) {
      t.ok((await hospital.compared(t, [])).length > 0)
    },
    reads: ({ setlId }) => [`statement ${PERSON} ${setlId}`],
  },
  '5203': {
    ask: (_, world, t) => world.hospital.ask(t, '5203', OF_VISIT(world)),
    reads: ({ setlId }) => [`settlement ${PERSON} ${setlId}`],
  },
  '5204': {
    ask: (_, world, t) => world.hospital.ask(t, '5204', OF_VISIT(world)),
    reads: ({ setlId }) => [`settlement ${PERSON} ${setlId}`],
  },
  '5206': {
    ask: (_, { hospital }, t) => hospital.ask(t, '5206', { data: { psn_no: PERSON } }),
    reads: () => [`benefits ${PERSON}`],
  },
  '5301': {
    ask: (_, { hospital }, t) => hospital.ask(t, '5301', { data: { psn_no: PERSON } }),
    reads: () => [`person ${PERSON}`],
  },
  '5303': {
    ask: (_, { hospital }, t) =>
      hospital.ask(t, '5303', {
        data: { psn_no: PERSON, begntime: '2022-01-01', endtime: '2022-12-31' },
      }),
    // Of nobody but the person, and of the stay that was admitted for 2303.
    reads: ({ hospital }) => [`visits ${PERSON}`, `visits ${PERSON} ${hospital.ids['mdtrt_id']}`],
  },
}

/** What every route says that it shows: `POST /v1/quotes` → `quote`. */
function shownBy({ app }: TestCounter): Map<string, Shows> {
  const paths = app.swagger().paths as Record<string, Record<string, { 'x-shows'?: Shows }>>
  return new Map(
    Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([verb, { 'x-shows': shows }]) =>
        shows === undefined ? [] : [[`${verb.toUpperCase()} ${path}`, shows] as const],
      ),
    ),
  )
}

const isKept = (shows: Shows) => shows !== 'nothing' && shows !== 'booking'

t.test('every route and transaction that shows data of a person keeps who saw it', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const due = await world(counter, t)
  const routes = [...shownBy(counter)].filter(([, shows]) => isKept(shows))
  t.strictSame(routes.map(([name]) => name).sort(), [...Object.keys(ROUTES), ...ELSEWHERE].sort())
  const transactions = [...DONE_HERE].filter(([, { shows }]) => isKept(shows))
  t.strictSame(
    transactions.map(([number]) => number),
    Object.keys(TRANSACTIONS),
  )
  const shows = new Map<string, Shows>([
    ...routes,
    ...transactions.map(([number, done]) => [number, done.shows] as const),
  ])
  const cases = [
    ...Object.entries(ROUTES),
    ...Object.entries(TRANSACTIONS).map(([way, one]) => [way, { ...one, by: L2 }] as const),
  ]
  for (const [name, { ask, by, reads }] of cases) {
    const way = name.replaceAll(/\{(\w+)\}/g, ':$1')
    const before = head(counter)
    await ask(counter, due, t)
    const isNoted = shows.get(name) === 'quote'
    if (isNoted) t.strictSame(told(readsAfter(counter, before), way, by), [], `${way} waits not`)
    while (isNoted && told(readsAfter(counter, before), way, by).length === 0) await sleep(10)
    t.strictSame(told(readsAfter(counter, before), way, by), reads(due), way)
  }
})

t.test(
  'what books, or shows nothing of anybody, keeps no read; why a claim is refused does',
  async (t) => {
    const counter = await openTestCounter()
    t.teardown(() => counter.close())
    const before = head(counter)
    const at = counter.as(L2)
    const { body } = await at.post('/v1/settlements', { requestId: 'A', ...stay(1_000_000) })
    await at.post('/v1/settlements', { requestId: 'A', ...stay(1_000_000) })
    await at.post(`/v1/settlements/${body.settlementId}/reversal`, { requestId: 'B' })
    await at.get('/v1/settlements/S999999')
    await counter.as(L1).get(`/v1/settlements/${body.settlementId}`)
    await at.post('/v1/quotes', stay(1_000_000, { personId: 'NOBODY' }))
    await counter.as('policy').get('/v1/policy')
    await counter.as('agency').get('/v1/institutions/H50011300002')
    await at.get('/health/ready')
    const uninsured = { servedOn: '2009-06-01', personId: 'CQE1' }
    const early = {
      ...stay(1_000, { personId: 'CQR2' }),
      admittedOn: '2009-06-01',
      dischargedOn: '2009-06-02',
    }
    await at.post('/v1/settlements', { requestId: 'C', ...visit(1_000, uninsured) })
    await at.post('/v1/quotes', early)
    await counter.as('agency').post('/v1/manual-claims', {
      requestId: 'D',
      ...paidElsewhere('1', { admittedOn: '2009-09-28', dischargedOn: '2009-10-20' }),
    })
    // Whose card it is not is told of whose it is.
    const foreign = { psn_no: 'NOBODY', mdtrt_cert_type: '02', mdtrt_cert_no: ID_CARD }
    await new Hospital(counter).send(t, 'zj-2201', { more: foreign })
    await sleep(300)
    // A quote is noted, and which entry takes notes along depends on the time.
    const reads = readsAfter(counter, before).map(({ way, what, personId }) =>
      [way, what, personId].join(' '),
    )
    t.strictSame(reads.sort(), [
      `2201 refusal ${PERSON}`,
      'POST /v1/manual-claims refusal CQR1',
      'POST /v1/quotes quote CQR2',
      'POST /v1/settlements refusal CQE1',
    ])
  },
)

t.test('whoever looks for somebody who is not there is kept with how often', async (t) => {
  const counter = await openTestCounter()
  t.teardown(() => counter.close())
  const before = head(counter)
  const kind = 'id-card'
  for (const value of ['110101199003070000', '110101199003070001', '110101199003070002']) {
    const reply = await counter.as(L2).post('/v1/persons/lookup', { kind, value })
    t.match(reply, { status: 404, body: { code: 'person-not-found' } })
  }
  const wrong = { data: { mdtrt_cert_type: '02', mdtrt_cert_no: '110101199003070003' } }
  t.match(await new Hospital(counter).ask(t, '1101', wrong), { infcode: -1 })
  const tries = () => readsAfter(counter, before).map(({ at, by, id, ...read }) => read)
  for (let waited = 0; waited < 300 && tries().length < 2; waited++) await sleep(10)
  t.strictSame(tries(), [
    { personId: '', times: 3, way: 'POST /v1/persons/lookup', what: 'credential' },
    { personId: '', times: 1, way: '1101', what: 'person' },
  ])
  const { body } = await counter.as('auditor').get(`/v1/audit/reads?by=${L2}&${DAYS}`)
  t.match(body.reads, [{ personId: '' }, { personId: '' }])
  await sleep(600)
  t.equal(tries().length, 2, 'to have looked at such a list is no read of anybody')
})

t.test('where reads cannot be kept nothing is shown; health and metrics stay', async (t) => {
  let shed: AppendResult | undefined
  const memory = openMemoryLedger()
  const ledger: Ledger & { close(): Promise<void> } = {
    ...bound(memory),
    append: async (request) =>
      shed !== undefined && request.entries[0]!.kind === 'data-read'
        ? shed
        : memory.append(request),
  }
  const counter = await openTestCounter({ ledger })
  t.teardown(() => counter.close())
  const at = counter.as(L2)
  const before = head(counter)
  const quote = (personId: string) => at.post('/v1/quotes', stay(1_000_000, { personId }))
  shed = { outcome: 'shed', reason: 'fold-lag' }
  t.match(await at.get('/v1/persons/CQR1/benefits?on=2012-06-01'), {
    status: 503,
    body: { code: 'overloaded' },
    headers: { 'retry-after': '1' },
  })
  t.match(await quote('CQR1'), { status: 503, body: { code: 'overloaded' } })
  for (const url of ['/health/live', '/health/ready', '/metrics']) {
    t.equal((await at.get(url)).status, 200, url)
  }
  t.equal((await counter.as('policy').get('/v1/policy')).status, 200)
  shed = undefined
  t.equal((await at.get('/v1/persons/CQR2/benefits?on=2012-06-01')).status, 200)
  t.equal((await quote('CQR1')).status, 200)
  // The journal takes nothing any more before the note of the last quote is kept.
  shed = { outcome: 'shed', reason: 'stopping' }
  while ((await quote('CQR3')).status !== 503) await sleep(10)
  shed = undefined
  while ((await quote('CQR3')).status === 503) await sleep(10)
  await sleep(300)
  const reads = readsAfter(counter, before).map(({ personId }) => personId)
  t.strictSame([...new Set(reads)].sort(), ['CQR1', 'CQR2', 'CQR3'])
  t.equal(reads[0], 'CQR2', 'what was refused was not shown')
})

/** Its functions, which a test may put others in the place of. */
function bound(ledger: ReturnType<typeof openMemoryLedger>) {
  return {
    peek: ledger.peek.bind(ledger),
    load: ledger.load.bind(ledger),
    findKey: ledger.findKey.bind(ledger),
    entry: ledger.entry.bind(ledger),
    subjects: ledger.subjects.bind(ledger),
    bookings: ledger.bookings.bind(ledger),
    inTurn: ledger.inTurn.bind(ledger),
    status: ledger.status.bind(ledger),
    close: ledger.close.bind(ledger),
  }
}
