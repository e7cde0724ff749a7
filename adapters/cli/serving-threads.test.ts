import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { chinaDate } from '../../engine/calendar/china-time.ts'
import { IN_WORK_SLOTS, InWork } from '../../engine/counter/in-work.ts'
import { L2, L3, line, messageId, stay } from '../../fixtures/counter/bills.ts'
import { type Known, REGIONS, requestOf } from '../../fixtures/nhsa/regions.ts'
import { type Answer, Client } from '../../fixtures/torture/client.ts'
import {
  beginServer,
  runCli,
  type ServerProcess,
  startServer,
  told,
} from '../../fixtures/torture/server-process.ts'
import { tifSignature } from '../nhsa/gateway/signatures.ts'
import { projectRoot } from './project-root.ts'

/** The compiled server with several threads, and claims that are large. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-threads-'))
const running = new Set<ServerProcess>()
t.setTimeout(300_000)
t.teardown(async () => {
  for (const server of running) server.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
})

async function start(folder: string, env: Record<string, string>): Promise<ServerProcess> {
  const server = await startServer({ folder: join(root, folder), env })
  running.add(server)
  server.ended.then(() => running.delete(server))
  return server
}

/** So many connections that every thread has some. */
const CONNECTIONS = 40

function clientsOf({ address }: ServerProcess, who = L2): Client[] {
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(address, `demo-${who}`, 1))
  t.teardown(() => {
    for (const client of clients) client.close()
  })
  return clients
}

const largeStay = (lines: number) => ({
  ...stay(1_000),
  lines: Array.from({ length: lines }, (_, index) => line(1_000, { lineId: String(index + 1) })),
})
const settleWith = (client: Client, body: object, requestId: string): Promise<Answer> =>
  client.post('/v1/settlements', { requestId, ...body })

t.test('three threads on one port, and one for large claims', async (t) => {
  const rules = join(root, 'rules')
  for (const part of ['calendar.yaml', 'chongqing']) {
    cpSync(join(projectRoot(), 'rules', part), join(rules, part), { recursive: true })
  }
  const settings = join(root, 'nhsa.yaml')
  writeFileSync(
    settings,
    `institutions: { ${L2}: { gateway: { family: tif, paasId: P, token: { env: TOKEN } } } }`,
  )
  const server = await start('three', {
    YIZHAN_THREADS: '3',
    YIZHAN_POOL_THREADS: '1',
    YIZHAN_RULES: rules,
    YIZHAN_WATCH: 'off',
    YIZHAN_NHSA: settings,
    TOKEN: 'T',
  })
  const clients = clientsOf(server)
  const everywhere = (call: (client: Client, index: number) => Promise<Answer>) =>
    Promise.all(clients.map(call))

  await t.test('one message over many connections is booked once', async (t) => {
    for (let round = 0; round < 5; round++) {
      const requestId = messageId()
      const answers = await everywhere((client) => settleWith(client, stay(100_000), requestId))
      t.equal(answers.filter(({ status }) => status === 201).length, 1, 'one is first')
      t.equal(new Set(answers.map(({ bytes }) => bytes)).size, 1, 'all have its answer')
    }
  })

  await t.test('all settle for one person, and every fen is counted', async (t) => {
    const before = await benefits(clients[0]!)
    const answers = await everywhere((client) => settleWith(client, stay(10_000), messageId()))
    t.strictSame(new Set(answers.map(({ status }) => status)), new Set([201]))
    const after = await everywhere((client) =>
      client.get('/v1/persons/CQR1/benefits?on=2012-06-10'),
    )
    t.equal(new Set(after.map(({ bytes }) => bytes)).size, 1, 'every thread sees the same')
    t.not(after[0]!.bytes, before.bytes)
  })

  await t.test('large claims are answered alike, in the pool and where they arrive', (t) =>
    largeClaims(t, server),
  )
  await t.test('whoever asks for one that nobody has read yet waits for it', (t) =>
    largeUnread(t, server),
  )

  await t.test('a new policy is in force in all threads at once', async (t) => {
    // What reads the rules has a low priority, and waits while other tests have the cores.
    const officer = new Client(server.address, 'demo-policy', 1, 120_000)
    t.teardown(() => officer.close())
    const file = join(rules, 'chongqing', 'pack.yaml')
    const text = readFileSync(file, 'utf8')
    const hashes = async () => {
      const answers = await everywhere((client) => client.post('/v1/quotes', stay(100_000)))
      return answers.map(({ body }) => body.policy.hash as string)
    }
    const [first] = await hashes()
    for (const title of ['one', 'two', 'three']) {
      writeFileSync(file, text.replace(/^title: .*$/m, `title: ${title}`))
      const reload = await officer.post('/v1/policy/reload', {})
      t.equal(reload.status, 200)
      const { hash } = reload.body.packs.find(({ pack }: { pack: string }) => pack === 'chongqing')
      t.not(hash, first)
      t.strictSame(new Set(await hashes()), new Set([hash]))
    }
  })

  await t.test(
    'a nonce is good once in all threads, and large messages find their thread',
    async (t) => {
      const signed = (nonce: string) => {
        const seconds = String(Math.floor(Date.now() / 1_000))
        return {
          'x-tif-paasid': 'P',
          'x-tif-timestamp': seconds,
          'x-tif-nonce': nonce,
          'x-tif-signature': tifSignature('T', seconds, nonce),
        }
      }
      let known: Known = {
        institution: L2,
        person: 'CQE1',
        idCard: '',
        mdtrtId: '',
        setlId: '',
        lostId: '',
      }
      const message = (code: string) => {
        const { url, payload } = requestOf(REGIONS[1]!, code, messageId(), known)
        return { url, body: JSON.parse(payload.toString()) }
      }
      for (let round = 0; round < 3; round++) {
        const { url, body } = message('9001')
        const headers = signed(`round ${round}`)
        const answers = await everywhere((client) => client.post(url, body, headers))
        const taken = answers.filter(({ body }) => body.infcode === 0)
        t.equal(taken.length, 1, 'one of all')
        const others = answers.filter(({ body }) => /随机数/.test(body.err_msg))
        t.equal(others.length, CONNECTIONS - 1)
      }
      const [client] = clients
      const registration = message('2201')
      const visit = await client!.post(registration.url, registration.body, signed('visit'))
      known = { ...known, mdtrtId: visit.body.output.data.mdtrt_id }
      const { url, body } = message('2204')
      const [line] = body.input.feedetail
      body.input.feedetail = Array.from({ length: 200 }, (_, n) => ({
        ...line,
        feedetl_sn: `${n}`,
      }))
      t.ok(JSON.stringify(body).length > 2 * 32 * 1024)
      const wrong = await client!.post(url, body, { ...signed('lines'), 'x-tif-signature': 'x' })
      t.match(wrong.body, { infcode: -1, err_msg: /签名不一致/ })
      const uploaded = await client!.post(url, body, signed('lines'))
      t.match(uploaded.body, { infcode: 0 }, uploaded.body.err_msg)
      t.equal(uploaded.body.output.result.length, 200)
      t.match((await client!.post(url, body, signed('lines'))).body, { err_msg: /随机数/ })
      // What is refused looks for an earlier message of its id, and must not wait for itself.
      const rows = body.input.feedetail
      const astray = { ...body, msgid: messageId(), input: { feedetail: [...rows] } }
      astray.input.feedetail[199] = { ...rows[199], feedetl_sn: 'x', mdtrt_id: 'V2' }
      const refused = await client!.post(url, astray, signed('astray'))
      t.match(refused.body, { infcode: -1, err_msg: /同一次就诊/ })
      t.equal((await client!.post('/v1/quotes', largeStay(900))).status, 200, 'nor in its way')
    },
  )

  await t.test('metrics count what all threads answered', async (t) => {
    const counted = async (client: Client) => {
      const { bytes } = await client.get('/metrics')
      const [, count] = /_seconds_count\{[^}]*"\/v1\/quotes"[^}]*"200"\} (\d+)/.exec(bytes) ?? []
      return Number(count)
    }
    const before = await counted(clients[0]!)
    await everywhere((client) => client.post('/v1/quotes', stay(100_000)))
    const after = new Set(await Promise.all(clients.slice(0, 8).map(counted)))
    t.strictSame(after, new Set([before + CONNECTIONS]))
    const { bytes } = await clients[0]!.get('/metrics')
    const SERIES = [
      [/_seconds_count\{[^}]*"\/fsi\/api\/2201"[^}]*"200"\} 1$/m, 'a message by its transaction'],
      [/_seconds_count\{[^}]*"\/fsi\/api\/2204"[^}]*"200"\} 4$/m, 'large ones, too'],
      [/refusals_total\{[^}]*"\/fsi\/api\/2204"[^}]*"signature-invalid"\} 2$/m, 'with refusals'],
    ] as const
    for (const [series, what] of SERIES) t.match(bytes, series, what)
  })

  await t.test('rules that were refused leave an act', async (t) => {
    const officer = new Client(server.address, 'demo-policy', 1, 120_000)
    t.teardown(() => officer.close())
    const file = join(rules, 'chongqing', 'pack.yaml')
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, `${text}\nnonsense: 1\n`)
    t.equal((await officer.post('/v1/policy/reload', {})).status, 422)
    writeFileSync(file, text)
  })

  await everywhere((client) => client.get('/v1/persons/CQR2/benefits?on=2012-06-10'))
  const asked = { ...largeStay(900), personId: 'CQR2' }
  t.equal((await clients[0]!.post('/v1/quotes', asked)).status, 200)
  await everywhere((client) => client.post('/v1/quotes', stay(100_000, { personId: 'CQR2' })))
  server.kill('SIGTERM')
  t.equal(await server.ended, 0, 'all threads end with the process')
  const listed = await auditLists(join(root, 'three'))
  t.strictSame(listed.shown, { benefits: CONNECTIONS, quote: CONNECTIONS + 1 }, 'none is lost')
  const acts = (act: string, by: string) => listed.acts.filter((one) => one === `${act} ${by}`)
  t.equal(acts('policy-refused', 'demo-policy').length, 1)
  t.equal(acts('policy-activated', 'demo-policy').length, 3)
})

/** How often CQR2 was shown to L2, by what it was, and all acts: as the command line lists them. */
async function auditLists(data: string) {
  const [from, until] = [-1, 2].map((days) => chinaDate(Date.now() + days * 86_400_000))
  const span = ['--from', from!, '--until', until!]
  const list = async (...args: string[]) => {
    const { stdout } = await runCli(['audit', ...args, ...span], { YIZHAN_DATA: data })
    return stdout.trim().split('\n')
  }
  const [header, ...rows] = await list('reads', '--person', 'CQR2', '--by', L2, '--csv')
  const columns = header!.split(',')
  const shown: Record<string, number> = {}
  for (const row of rows) {
    const cells = row.split(',')
    const [what, times] = ['what', 'times'].map((name) => cells[columns.indexOf(name)]!)
    shown[what!] = (shown[what!] ?? 0) + Number(times)
  }
  const acts = (await list('acts')).map((line) => {
    const { act, by } = JSON.parse(line)
    return `${act} ${by.id}`
  })
  return { shown, acts }
}

t.test('SIGTERM while the threads of the pool are still opening', async (t) => {
  const soon = { YIZHAN_POOL_THREADS: '3' }
  const ends = [0, 150].map(async (delayMs, n) => {
    const server = await start(`soon-${n}`, soon)
    await sleep(delayMs)
    server.kill('SIGTERM')
    return [delayMs, await server.ended, server.stderr.match(/Cannot access|FATAL/)]
  })
  for (const [delayMs, end, failure] of await Promise.all(ends)) {
    t.strictSame([end, failure], [0, null], `${delayMs} ms after it was ready`)
  }
})

t.test('SIGTERM while acceptors are still opening', async (t) => {
  const server = beginServer({ folder: join(root, 'sooner'), env: { YIZHAN_THREADS: '3' } })
  const { ended } = server
  t.teardown(() => server.kill('SIGKILL'))
  await told(server, 'stderr', /Server listening/)
  server.kill('SIGTERM')
  t.equal(await ended, 0, 'whoever has just said that it listens is not closed under its loop')
})

async function benefits(client: Client): Promise<Answer> {
  return client.get('/v1/persons/CQR1/benefits?on=2012-06-10')
}

/** Beside the server with a pool, of which it asks for a person whom nobody else asks for, one without. */
async function largeClaims(t: Test, pooled: ServerProcess): Promise<void> {
  const inline = await start('inline', { YIZHAN_POOL_THREADS: '0' })
  const requestId = messageId()
  const bill = { ...largeStay(900), personId: 'CQE3' }
  const bodies: [string, string, object, number][] = [
    ['a settlement', '/v1/settlements', { ...bill, requestId }, 201],
    ['the same again', '/v1/settlements', { ...bill, requestId }, 200],
    ['another under its id', '/v1/settlements', { ...largeStay(901), requestId }, 422],
    ['an unknown field', '/v1/quotes', { ...bill, extra: 1 }, 400],
    ['a wrong amount', '/v1/quotes', { ...bill, lines: wrongLines(900) }, 422],
    ['another hospital', '/v1/quotes', { ...bill, institutionId: 'H1' }, 403],
    ['too many bytes', '/v1/quotes', largeStay(60_000), 413],
  ]
  const [one, two] = [pooled, inline].map(({ address }) => new Client(address, `demo-${L2}`, 1))
  t.teardown(() => [one, two].map((client) => client!.close()))
  for (const [name, path, body, status] of bodies) {
    const [a, b] = await Promise.all([one!.post(path, body), two!.post(path, body)])
    t.equal(a.status, status, name)
    t.equal(b.status, status, name)
    // Times, positions and request ids are each one's own.
    const same = ({ body }: Answer) => {
      const { instance, settledAt, settlementId, personVersion, policy, ...rest } = body
      return rest
    }
    t.strictSame(same(a), same(b), name)
  }
  inline.kill('SIGTERM')
  t.equal(await inline.ended, 0)
}

/** Another hospital's keeps the pool's only thread busy, so that the settlements have to wait. */
async function largeUnread(t: Test, pooled: ServerProcess): Promise<void> {
  const busy = new Client(pooled.address, `demo-${L3}`, 1)
  t.teardown(() => busy.close())
  const stays = Array.from({ length: 3 }, () => ({ ...largeStay(2_500), institutionId: L3 }))
  const answers = stays.map((body) => busy.post('/v1/quotes', body))
  const ids = Array.from({ length: 6 }, () => messageId())
  const found = await Promise.all(ids.map((id) => settleAndAsk(pooled, id)))
  t.strictSame(
    found.map(({ statuses }) => statuses),
    ids.map(() => [201, 200]),
  )
  for (const { bodies } of found) t.equal(bodies[0], bodies[1], 'it is the one that was booked')
  t.strictSame(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set([200]))
}

/**
 * Sends a large settlement and at once asks for it by its id: on one connection, so that the server
 * has the whole settlement before it sees the question.
 */
async function settleAndAsk(
  { address }: ServerProcess,
  requestId: string,
): Promise<{ statuses: number[]; bodies: string[] }> {
  const { hostname, port } = new URL(address)
  const body = JSON.stringify({ ...largeStay(900), requestId })
  const head = (line: string, ...more: string[]) =>
    [`${line} HTTP/1.1`, 'host: yizhan', `authorization: Bearer demo-${L2}`, ...more, '', ''].join(
      '\r\n',
    )
  const length = `content-length: ${Buffer.byteLength(body)}`
  const settlement = head('POST /v1/settlements', 'content-type: application/json', length) + body
  const question = head(`GET /v1/settlements?requestId=${requestId}`, 'connection: close')
  const socket = connect(Number(port), hostname).setEncoding('utf8')
  socket.write(settlement + question)
  let answers = ''
  for await (const text of socket) answers += text
  const each = [...answers.matchAll(/HTTP\/1\.1 (\d+) .*?\r\n\r\n(\{.*?\})(?=HTTP|$)/gs)]
  return { statuses: each.map(([, status]) => Number(status)), bodies: each.map(([, , b]) => b!) }
}

function wrongLines(count: number): object[] {
  const { lines } = largeStay(count)
  return lines.map((line, index) => (index === 700 ? { ...line, amountFen: 1 } : line))
}

t.test('a message in work in another thread is waited for', async (t) => {
  const slots = new Int32Array(new SharedArrayBuffer(4 * IN_WORK_SLOTS))
  const [one, two] = [new InWork(slots), new InWork(slots)]
  let end = () => {}
  const working = one.run('H1/settlement/R1', () => new Promise<void>((resolve) => (end = resolve)))
  let done = false
  const waiting = two.done('H1/settlement/R1').then(() => {
    done = true
  })
  await two.done('H1/settlement/R2')
  await turn()
  t.equal(done, false, 'it is not said to be done before it is')
  end()
  await Promise.all([working, waiting])
  t.equal(done, true)
  await t.rejects(one.run('H1/settlement/R3', async () => Promise.reject(new Error('no'))))
  await t.resolves(two.done('H1/settlement/R3'), 'failed work is over, too')
})

t.test('a body that nobody has read is waited for in every thread, once', async (t) => {
  const slots = new Int32Array(new SharedArrayBuffer(4 * IN_WORK_SLOTS))
  const [one, two] = [new InWork(slots), new InWork(slots)]
  const ends: (() => void)[] = []
  const hold = () => one.runUnread('H1', () => new Promise<void>((resolve) => ends.push(resolve)))
  const working = [hold(), hold()]
  let done = false
  const waiting = two.unreadDone('H1').then(() => {
    done = true
  })
  await two.unreadDone('H2')
  await turn()
  // There is always one in work, but those that the question met end one after the other.
  for (const end of [...ends]) {
    t.equal(done, false)
    working.push(hold())
    end()
    await turn()
  }
  await waiting
  for (const end of ends) end()
  await Promise.all(working)
  await t.rejects(one.runUnread('H1', async () => Promise.reject(new Error('no'))))
  t.equal(await two.unreadDone('H1'), true, 'failed work is over, too')
  const unread = Array.from({ length: 20 }, hold)
  for (let n = 0; n < 20_000; n++) await two.done(`H1/settlement/R${n}`)
  for (const end of ends) end()
  await Promise.all(unread)
  const stuck = hold()
  // An atomic wait alone does not keep a process alive.
  const alive = setInterval(() => undefined, 1_000)
  t.teardown(() => clearInterval(alive))
  t.equal(await two.unreadDone('H1', 20), false, 'nobody waits for ever')
  ends.at(-1)!()
  await stuck
})
