import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
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

t.test('one server and everybody who calls it', { jobs: 3 }, async (t) => {
  const server = await start('shared')
  const callers: [string, (t: Test, server: ServerProcess) => Promise<void>][] = [
    ['slow and half-open clients are cut in seconds; others do not notice', slowClients],
    ['what never reaches a route is refused in the form of all others', refusedBeforeRoutes],
    ['the printed call works, and the figures are those of the documents', printedCallAndFigures],
    ['one folder has one owner, and one port one server', oneOwner],
    ['a client that is still sending too large a body reads why', tooLargeBodies],
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

async function slowClients(t: Test, server: ServerProcess): Promise<void> {
  const { port, hostname } = new URL(server.address)
  const cut = (what: string, drip: (socket: ReturnType<typeof connect>) => void) =>
    new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname)
      const began = performance.now()
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('error', () => {})
      socket.on('connect', () => drip(socket))
      socket.on('close', () => {
        const seconds = (performance.now() - began) / 1000
        t.ok(seconds < 9, `${what}: cut after ${seconds.toFixed(1)} s`)
        t.ok(text === '' || text.startsWith('HTTP/1.1 4'), `${what}: ${text.slice(0, 30)}`)
        resolve()
      })
    })
  const head = `POST /v1/quotes HTTP/1.1\r\nhost: x\r\nauthorization: Bearer demo-${L2}\r\ncontent-type: application/json\r\n`
  const everySecond = (socket: ReturnType<typeof connect>, text: string) => {
    const timer = setInterval(() => socket.write(text), 500)
    socket.on('close', () => clearInterval(timer))
  }
  const cuts = Promise.all([
    cut('silent', () => {}),
    cut('half a header', (socket) => socket.write(head.slice(0, 40))),
    cut('a header that never ends', (socket) => {
      socket.write(head)
      everySecond(socket, 'x-a: b\r\n')
    }),
    cut('no body', (socket) => socket.write(`${head}content-length: 100\r\n\r\n`)),
    cut('a body in drops', (socket) => {
      socket.write(`${head}content-length: 10000\r\n\r\n{`)
      everySecond(socket, ' ')
    }),
    cut('half a body, then gone', (socket) => socket.end(`${head}content-length: 100\r\n\r\n{"a"`)),
    cut('not HTTP', (socket) => socket.write('\u0016\u0003\u0001 hello\r\n\r\n')),
    cut('two lengths', (socket) =>
      socket.write(`${head}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
    ),
  ])
  const { quote } = desk(t, server)
  for (let i = 0; i < 30; i++) {
    const began = performance.now()
    if ((await quote(stay(1_000_000))).status !== 200) t.fail('a quote failed meanwhile')
    if (performance.now() - began > 2_000) t.fail('a quote was slow meanwhile')
    await sleep(100)
  }
  await cuts
}

async function refusedBeforeRoutes(t: Test, server: ServerProcess): Promise<void> {
  const { port, hostname } = new URL(server.address)
  const exchange = (...texts: string[]) =>
    new Promise<string>((resolve) => {
      let received = ''
      const socket = connect(Number(port), hostname, async () => {
        for (const text of texts) {
          socket.write(text)
          await sleep(100)
        }
      })
      socket.on('data', (chunk) => {
        received += chunk
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(received))
    })
  const bearer = `authorization: Bearer demo-${L2}\r\n`
  const post = 'POST /v1/quotes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
  const chunked = 'transfer-encoding: chunked\r\n\r\n'
  const body = JSON.stringify(stay(1_000_000))
  const whole = `${post}${bearer}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const refused = (text: string, what: string, status = 400) => {
    const [head = '', content = ''] = text.split('\r\n\r\n')
    t.match(head, new RegExp(`^HTTP/1.1 ${status} `), what)
    t.match(head, /\r\ncontent-type: application\/problem\+json\r\n/, what)
    t.match(head, /\r\nserver-timing: parse;dur=0.00, work;dur=0.00\r\n/, what)
    t.match(head, /\r\nconnection: close/, what)
    t.match(head, `\r\ncontent-length: ${Buffer.byteLength(content)}\r\n`, what)
    const type = 'urn:yizhan:outcome:invalid-request'
    t.match(JSON.parse(content), { type, status, code: 'invalid-request', detail: /\w/ }, what)
    const [, id] = /\r\nx-request-id: (\S+)\r\n/.exec(head) ?? []
    t.equal(JSON.parse(content).instance, id, what)
  }
  const slow = Promise.all([exchange(post), exchange(`${post}${bearer}content-length: 9\r\n\r\n{`)])
  const broken: [string, string[]][] = [
    ['no request line', ['hello\r\n\r\n']],
    ['a header without a name', [`${post}: x\r\n\r\n`]],
    ['a header over the limit', [`${post}x-a: ${'b'.repeat(20_000)}\r\n\r\n`]],
    ['much more after the limit', [post, `x-a: ${'b'.repeat(4_000_000)}\r\n\r\n`]],
    ['a bad chunk', [`${post}${bearer}${chunked}zz\r\n`]],
    ['a bad chunk after a good one', [`${post}${bearer}${chunked}1\r\n{\r\n`, 'zz\r\n']],
  ]
  for (const [what, texts] of broken) refused(await exchange(...texts), what)

  const both = await exchange(`${whole}hello\r\n\r\n`)
  t.match(both, /^HTTP\/1.1 200 /, 'the whole request before it has its own answer')
  refused(both.slice(both.indexOf('HTTP/1.1 400')), 'and then the broken one')
  const once = await exchange(`${post}${chunked}`, 'zz\r\n')
  t.match(once, /^HTTP\/1.1 401 /)
  t.equal(once.split('HTTP/1.1').length, 2, 'no second answer to the same request')
  for (const text of await slow) refused(text, 'slow', 408)
}

async function tooLargeBodies(t: Test, server: ServerProcess): Promise<void> {
  const body = Buffer.alloc(6 * 1024 * 1024, ' ')
  const headers = { authorization: `Bearer demo-${L2}`, 'content-type': 'application/json' }
  for (let i = 0; i < 10; i++) {
    const pieces = async function* () {
      for (let at = 0; at < body.length; at += 1 << 18) yield body.subarray(at, at + (1 << 18))
    }
    const sent = i % 2 === 0 ? { body } : { body: pieces(), duplex: 'half' as const }
    const init = { method: 'POST', headers, ...sent } as unknown as RequestInit
    const answer = await fetch(`${server.address}/v1/quotes`, init)
    t.match(await answer.json(), { status: 413, code: 'body-too-large' })
  }
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

  const back = await start('stopped', SEVERAL_THREADS)
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

  const back = await start('restarted')
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
  const bare = await runCli(serve())
  t.equal(bare.end, 1, 'and without the demo there are no demo keys')
  t.match(bare.stderr, /credentials file is needed/)
})
