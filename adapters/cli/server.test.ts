import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { inYear, L1, L2, L3, line, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { DEMO_CREDENTIALS } from '../../fixtures/demo.ts'
import { type Answer, Client } from '../../fixtures/torture/client.ts'
import {
  builtProgram,
  runCli,
  SEVERAL_THREADS,
  type ServerProcess,
  startServer,
} from '../../fixtures/torture/server-process.ts'

/** The compiled server as a hospital meets it: a process, a socket, and signals. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-server-'))
const running = new Set<ServerProcess>()
// Much of it is waiting: for a start, a cut, a drain.
t.jobs = 2
t.teardown(async () => {
  for (const server of running) server.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
})

async function start(folder: string, env = {}): Promise<ServerProcess> {
  const server = await startServer({ folder: join(root, folder), env })
  running.add(server)
  server.ended.then(() => running.delete(server))
  return server
}

const SETTLEMENTS = '/v1/settlements'
const ID_CARD = DEMO_CREDENTIALS.find(
  ({ kind, personId }) => kind === 'id-card' && personId === 'CQR1',
)!

function desk(t: Test, { address }: ServerProcess) {
  const client = (institutionId: string) => {
    const made = new Client(address, `demo-${institutionId}`, 50)
    t.teardown(() => made.close())
    return made
  }
  const at = Object.fromEntries([L1, L2, L3].map((id) => [id, client(id)]))
  const quote = (body: { institutionId: string }) =>
    at[body.institutionId]!.post('/v1/quotes', body)
  const settle = (body: { institutionId: string }, requestId = messageId()) =>
    at[body.institutionId]!.post(SETTLEMENTS, { requestId, ...body })
  return { at, quote, settle }
}

t.test(
  'what fails in the thread that owns the folder ends the engine as any thread does',
  async (t) => {
    const plant = "process.on('SIGUSR2', () => { throw new Error('planted') })"
    const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(plant)}`]
    const program = { ...builtProgram(), nodeOptions }
    const server = await startServer({ folder: join(root, 'planted'), env: {}, program })
    running.add(server)
    server.kill('SIGUSR2')
    t.equal(await server.ended, 70)
    running.delete(server)
    t.match(server.stderr, /"planted".*a thread of the engine failed/)
  },
)

t.test('one server and everybody who calls it', { jobs: 3 }, async (t) => {
  const server = await start('shared')
  const callers: [string, (t: Test, server: ServerProcess) => Promise<void>][] = [
    ['the printed call works, and the figures are those of the documents', printedCallAndFigures],
    ['one folder has one owner, and one port one server', oneOwner],
  ]
  await Promise.all(callers.map(([what, call]) => t.test(what, (t) => call(t, server))))
  await t.test('logs and metrics hold nothing personal', (t) => nothingPersonal(t, server))
})

async function printedCallAndFigures(t: Test, server: ServerProcess): Promise<void> {
  const curl = server.stdout.split('\n').find((line) => line.startsWith('curl '))
  const { stdout } = await promisify(execFile)('sh', ['-c', curl!])
  t.match(JSON.parse(stdout), { status: 'quoted', amounts: { fundFen: 582_000 } })

  const { at, quote, settle } = desk(t, server)
  const figures: [string, { institutionId: string }, object, object][] = [
    [
      'CQR1, level 2',
      stay(1_000_000),
      { deductibleFen: 30_000, fundFen: 582_000 },
      { ratePermyriad: 6_000 },
    ],
    [
      'CQR2, level 1',
      stay(1_000_000, { personId: 'CQR2', institutionId: L1 }),
      { fundFen: 841_500 },
      { ratePermyriad: 8_500 },
    ],
    [
      'CQR1, level 3 without consent',
      stay(1_000_000, { institutionId: L3 }),
      { deductibleFen: 84_000, fundFen: 320_600 },
      { ratePermyriad: 3_500 },
    ],
    [
      'CQR1, level 3 with R1',
      stay(1_000_000, { institutionId: L3, approvalId: 'R1' }),
      { deductibleFen: 80_000, fundFen: 368_000 },
      { ratePermyriad: 4_000 },
    ],
    [
      'CQR1, level 3 in June 2023',
      stay(1_000_000, { institutionId: L3, ...inYear(2023) }),
      { deductibleFen: 80_000, fundFen: 460_000 },
      { ratePermyriad: 5_000 },
    ],
    [
      'CQE3, level 3 in the nine districts',
      stay(1_000_000, { personId: 'CQE3', institutionId: L3 }),
      { deductibleFen: 88_000 },
      {},
    ],
  ]
  for (const [what, body, amounts, segment] of figures) {
    const { status, body: quoted } = await quote(body)
    t.match(
      { status, amounts: quoted.amounts, segment: quoted.funds[0].segments[0] },
      { status: 200, amounts, segment },
      what,
    )
  }
  const zone = (await quote(stay(1_000_000, { personId: 'CQE3', institutionId: L3 }))).body
  t.notMatch(zone.trace, [{ step: 'rate-penalty' }])
  t.notOk(
    zone.trace.some(({ step }: { step: string }) => step.endsWith('-penalty')),
    'no penalty',
  )
  const refused: [object, string][] = [
    [{ approvalId: 'R9' }, 'approval-unknown'],
    [{ approvalId: 'R2' }, 'approval-mismatch'],
    [{ approvalId: 'R1', ...inYear(2013) }, 'approval-mismatch'],
  ]
  for (const [more, code] of refused) {
    t.match(await quote(stay(1_000_000, { institutionId: L3, ...more })), {
      status: 422,
      body: { code },
    })
  }

  const whole = await settle(stay(20_000_000), 'WHOLE')
  t.match(whole, {
    status: 201,
    body: { amounts: { fundFen: 7_000_000 }, remaining: { residentPoolFen: 0 } },
  })
  const next = (await quote(stay(1_000_000))).body
  t.match(next.amounts, { fundFen: 0, cashFen: 1_000_000 })
  t.match(next.funds[0].reason, {
    code: 'cap-reached',
    cap: 'resident-pool',
    title: '年累计最高支付限额',
    capFen: 7_000_000,
    usedFen: 7_000_000,
  })
  const url = `${SETTLEMENTS}/${whole.body.settlementId}/reversal`
  t.equal((await at[L2]!.post(url, { requestId: 'BACK' })).status, 201)
  t.equal((await quote(stay(1_000_000))).body.amounts.fundFen, 582_000, 'the cap is given back')

  const first = (await settle(visit(15_000))).body
  t.equal((await quote(visit(30_000))).body.amounts.deductibleFen, 5_000)
  await at[L2]!.post(`${SETTLEMENTS}/${first.settlementId}/reversal`, { requestId: 'BACK2' })
  t.equal((await quote(visit(30_000))).body.amounts.deductibleFen, 20_000, 'so is the deductible')
}

async function oneOwner(t: Test, server: ServerProcess): Promise<void> {
  const second = await runCli(['serve', '--demo', '--port', '0', '--data', join(root, 'shared')])
  t.equal(second.end, 1)
  t.match(second.stderr, new RegExp(`shared is owned by process ${server.pid}`))
  t.notMatch(second.stderr, /\n\s+at /, 'a sentence, not a stack')
  const { quote } = desk(t, server)
  const { port } = new URL(server.address)
  const elsewhere = ['--data', join(root, 'elsewhere')]
  const taken = await runCli(['serve', '--demo', '--port', port, ...elsewhere], SEVERAL_THREADS)
  t.equal(taken.end, 1, 'it ends, with a watcher and threads that had started')
  t.match(taken.stderr, /yizhan: listen EADDRINUSE/)
  t.equal((await quote(stay(1_000_000))).status, 200, 'the owner is not disturbed')
}

async function nothingPersonal(t: Test, server: ServerProcess): Promise<void> {
  const { at, quote, settle } = desk(t, server)
  const agent = at[L2]!
  await settle(stay(1_000_000, { diagnoses: ['K35.8-SECRET'] }), 'MSG-SECRET')
  await quote(stay(1_000_000, { personId: 'NOBODY-SECRET' }))
  await agent.post('/v1/persons/lookup', { kind: ID_CARD.kind, value: ID_CARD.value })
  await agent.post('/v1/persons/lookup', { kind: 'id-card', value: 'CARD-SECRET' })
  await agent.post('/v1/quotes', { surprise: 'FIELD-SECRET' })
  await agent.post(`${SETTLEMENTS}/S1/reversal`, { requestId: 'x', reason: 'REASON-SECRET' })
  for (const path of [
    `/v1/persons/${ID_CARD.value}/benefits?on=2012-01-01`,
    `/${ID_CARD.value}`,
    `/%zz${ID_CARD.value}`,
  ]) {
    t.match(await agent.get(path), { status: 404 })
  }
  const { bytes: metrics } = await agent.get('/metrics')
  server.kill('SIGTERM')
  await server.ended
  const personal = new RegExp(`SECRET|${ID_CARD.value}|CQ[RE]\\d|K35|demo-H|DEMO0`)
  t.match(server.stderr, /"msg":"stopped"/)
  t.notMatch(server.stderr, personal)
  t.notMatch(metrics, personal)
  const written = server.stderr.split('\n').filter((text) => text.startsWith('{'))
  t.ok(written.length >= 4)
  for (const text of written) t.ok(JSON.parse(text).time, 'structured')
}

t.test('SIGTERM in the middle of work, and what is there afterwards', async (t) => {
  const server = await start('stopped', SEVERAL_THREADS)
  const { settle } = desk(t, server)
  const lines = Array.from({ length: 200 }, (_, n) => line(100, { lineId: String(n) }))
  const bills = Array.from({ length: 40 }, (_, i) =>
    visit(1, { personId: `CQE${1 + (i % 3)}`, institutionId: i % 2 === 0 ? L1 : L2, lines }),
  )
  const sent = bills.map((body) => ({ body, requestId: messageId(body.institutionId) }))
  // Connections that exist and are idle when the signal comes.
  await Promise.all(sent.map(({ body, requestId }) => settle(body, `${requestId}-0`)))
  const answers = sent.map(({ body, requestId }) => settle(body, requestId))
  // Once one is answered, all have arrived.
  await Promise.race(answers)
  const signalled = performance.now()
  server.kill('SIGTERM')
  const settled = await Promise.allSettled(answers)
  t.equal(await server.ended, 0)
  t.ok(performance.now() - signalled < 10_000, 'kept connections do not keep it')
  t.strictSame(
    settled.map((it) => (it.status === 'fulfilled' ? it.value.status : String(it.reason))),
    settled.map(() => 201),
  )

  const back = await start('stopped', { YIZHAN_THREADS: '2' })
  const again = desk(t, back)
  for (const [index, { body, requestId }] of sent.entries()) {
    const replay = await again.settle(body, requestId)
    const first = (settled[index] as PromiseFulfilledResult<Answer>).value
    t.equal(replay.status, 200)
    t.equal(replay.headers['idempotency-replayed'], 'true')
    if (replay.bytes !== first.bytes) t.equal(replay.bytes, first.bytes)
  }
  await t.test('with a client that never ends its request', async (t) => {
    await stopWhileOneDrips(t, back)
  })
})

t.test(
  'a stopping engine is no longer ready, and serves until balancers have seen it',
  async (t) => {
    const server = await start('draining', { YIZHAN_THREADS: '2', YIZHAN_DRAIN_MS: '5000' })
    const { settle } = desk(t, server)
    // A new connection each time, as balancers make them: either thread may take it.
    const ready = async () => {
      const answer = await fetch(`${server.address}/health/ready`, {
        headers: { connection: 'close' },
      })
      return { status: answer.status, body: await answer.json() }
    }
    t.match(await ready(), { status: 200, body: { status: 'ready' } })
    server.kill('SIGTERM')
    server.kill('SIGINT')
    await sleep(300)
    for (const answer of await Promise.all([ready(), ready(), ready(), ready()])) {
      t.match(answer, { status: 503, body: { reason: 'the engine is stopping' } })
    }
    t.equal((await settle(stay(1_000))).status, 201, 'whoever comes meanwhile is served')
    t.equal(await server.ended, 0)
    await t.rejects(ready(), 'and then nobody listens')
  },
)

t.test('a later signal ends an engine that is stopping', async (t) => {
  const server = await start('impatient', { YIZHAN_DRAIN_MS: '30000' })
  server.kill('SIGTERM')
  await sleep(1_000)
  const signalled = performance.now()
  server.kill('SIGTERM')
  t.not(await server.ended, 0)
  t.ok(performance.now() - signalled < 20_000)
})

async function stopWhileOneDrips(t: Test, server: ServerProcess): Promise<void> {
  const { port, hostname } = new URL(server.address)
  const socket = connect(Number(port), hostname, () => socket.write('GET / HTTP/1.1\r\n'))
  const dripping = setInterval(() => socket.write('x-a: b\r\n'), 200)
  socket.on('error', () => {})
  socket.on('close', () => clearInterval(dripping))
  await sleep(300)
  const signalled = performance.now()
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  t.ok(performance.now() - signalled < 10_000)
}

t.test('quotes outlive a restart, and so does every kind of answer', async (t) => {
  const server = await start('restarted')
  const before = desk(t, server)
  const { quoteId } = (await before.quote(stay(1_000_000))).body
  const bills = [
    visit(500_000, { account: { maxFen: 5_000, sharedFrom: 'CQE2' } }),
    stay(20_000_000, { personId: 'CQR2' }),
    stay(1_000_000, { institutionId: L3 }),
  ]
  const asked: [string, string, object, Answer][] = []
  const ask = async (where: string, path: string, body: object) => {
    const answer = await before.at[where]!.post(path, body)
    t.equal(answer.status, 201, path)
    asked.push([where, path, body, answer])
    return answer.body
  }
  for (const body of bills) {
    await ask(body.institutionId, SETTLEMENTS, { requestId: messageId(), ...body })
  }
  const one = await ask(L2, SETTLEMENTS, { requestId: 'ONE', ...stay(700_000) })
  const { settlement } = await ask(L2, '/v1/rebills', {
    requestId: 'RB',
    settlementId: one.settlementId,
    replacement: stay(600_000),
  })
  await ask(L2, `${SETTLEMENTS}/${settlement.settlementId}/reversal`, { requestId: 'REV' })
  await ask(L2, '/v1/reversals', { requestId: 'C', originalRequestId: 'NEVER' })
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  t.notMatch(server.stdout, /Found at the start/, 'a new folder has nothing to find')

  // Somebody has put another engine's states beside the journal.
  const other = await start('other')
  other.kill('SIGTERM')
  await other.ended
  cpSync(join(root, 'other', 'state.sqlite'), join(root, 'restarted', 'state.sqlite'))
  const back = await start('restarted')
  t.match(back.stdout, /Found at the start: the states did not belong to this journal/)
  t.match(back.stderr, /"level":40.*made anew from its \d+ entries/)
  const after = desk(t, back)
  for (const [where, path, body, first] of asked) {
    const again = await after.at[where]!.post(path, body)
    t.equal(again.status, 200)
    t.equal(again.bytes, first.bytes, path)
  }
  const booked = await after.settle({ ...stay(1_000_000), quoteId } as { institutionId: string })
  t.equal(booked.status, 201, 'a quote of the process before')
  t.match(await after.settle(stay(1), 'NEVER'), { status: 409, body: { code: 'request-blocked' } })
  back.kill('SIGINT')
  t.equal(await back.ended, 0)
})

t.test('the demo is for this machine alone', async (t) => {
  const serve = (...args: string[]) => [
    'serve',
    '--port',
    '0',
    '--data',
    join(root, 'far'),
    ...args,
  ]
  for (const HOST of ['0.0.0.0', '::', '192.0.2.1']) {
    const { end, stderr } = await runCli(serve('--demo'), { HOST })
    t.equal(end, 1)
    t.match(stderr, /demo mode listens on loopback only/)
  }
})
