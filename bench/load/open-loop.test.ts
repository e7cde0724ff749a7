import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { AnswerReader } from './answer-reader.ts'
import { Latencies } from './latencies.ts'
import { type OpenLoopPlan, openLoop } from './open-loop.ts'
import { postOf } from './request-bytes.ts'
import { sendTimes } from './send-times.ts'

t.setTimeout(120_000)

const REQUEST = { authorization: 'Bearer demo-H1', claim: '{"personId":"CQR1"}' }

t.test('send times', async (t) => {
  const even = [...sendTimes({ ratePerSecond: 1000, seconds: 2, arrivals: 'constant', seed: 1 })]
  t.equal(even.length, 2000)
  t.equal(even[1999], 1999, 'an even schedule does not drift')
  const plan = { ratePerSecond: 1000, seconds: 20, arrivals: 'poisson', seed: 1 } as const
  const chance = [...sendTimes(plan)]
  t.ok(Math.abs(chance.length - 20_000) < 600, `${chance.length} are about 20,000`)
  const gaps = chance.map((at, n) => at - (chance[n - 1] ?? 0))
  const long = gaps.filter((gap) => gap > 1).length / gaps.length
  t.ok(Math.abs(long - Math.exp(-1)) < 0.02, 'a gap over the mean has the chance 1/e')
  const again = (seed: number) => [...sendTimes({ ...plan, seed })].join()
  t.ok(again(1) === chance.join(), 'the same seed, the same schedule')
  t.ok(again(2) !== chance.join())
})

t.test('answers in any pieces', async (t) => {
  const cases = [
    ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 200, 'hello'],
    ['HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n', 503, ''],
    ['HTTP/1.1 204 No Content\r\nx: y\r\n\r\n', 204, ''],
    [
      'HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n',
      201,
      'abcde',
    ],
  ] as const
  // As a connection reads: every piece into the same memory.
  const memory = Buffer.alloc(200)
  for (const [text, status, body] of cases) {
    for (const size of [1, 2, 7, text.length]) {
      const reader = new AnswerReader()
      for (const again of [1, 2]) {
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
        const answers = pieces.flatMap(
          (piece) => reader.read(memory.subarray(0, memory.write(piece))) ?? [],
        )
        t.equal(answers.length, 1, `${status} in pieces of ${size}, time ${again}`)
        t.match(answers[0], { status, body: Buffer.from(body) })
      }
    }
  }
  t.throws(() => new AnswerReader().read(Buffer.from('SSH-2.0-OpenSSH_9.6\r\n\r\n')), /not HTTP/)
  const open = new AnswerReader()
  t.equal(open.read(Buffer.from('HTTP/1.0 200 OK\r\n\r\nto the end')), undefined)
  t.match(open.end(), { status: 200, body: Buffer.from('to the end') })
})

t.test('percentiles, alone and pooled', async (t) => {
  const [low, high] = [new Latencies(), new Latencies()]
  for (let n = 1; n <= 100; n++) low.add(n / 100)
  for (let n = 1; n <= 100; n++) high.add(10 + n / 100)
  t.match(low.percentiles(), { p50Ms: 0.5, p99Ms: 0.99, maxMs: 1 })
  const pooled = Latencies.pooled([low.packed(), high.packed()])
  t.equal(pooled.count, 200)
  const { p50Ms, maxMs } = pooled.percentiles()
  t.equal(p50Ms, 1)
  t.ok(Math.abs(maxMs - 11) < 0.02, 'to three digits')
})

/** A server that answers like this, and a plan of two seconds at 200/s for it. */
async function served(t: Test, answer: RequestListener) {
  const server: Server = createServer((request, response) => {
    request.resume()
    request.on('end', () => answer(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const plan: OpenLoopPlan = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    path: '/v1/quotes',
    requests: [REQUEST],
    ratePerSecond: 200,
    seconds: 2,
    warmUpSeconds: 0,
    arrivals: 'constant',
    seed: 1,
    connections: 4,
    connectionsMax: 300,
  }
  return plan
}

t.test('every request is sent once, and as it should be', async (t) => {
  const bodies = new Map<string, number>()
  const plan = await served(t, (request, response) => {
    const { method, url, headers } = request
    t.match({ method, url }, { method: 'POST', url: '/v1/quotes' })
    const sent = `${headers.authorization} ${headers['content-type']} ${headers['content-length']}`
    bodies.set(sent, (bodies.get(sent) ?? 0) + 1)
    response.end('{"policy":{"hash":"abc"}}')
  })
  const result = await openLoop({ ...plan, warmUpSeconds: 1, notes: '"hash":"(\\w+)"' })
  t.match(result, { sent: 200, answered: 200, failed: {} })
  const { length } = REQUEST.claim
  t.same([...bodies], [[`Bearer demo-H1 application/json ${length}`, 400]])
  t.equal(result.seen.length, 400)
  t.ok(result.seen.every(({ from, until, note }) => note === 'abc' && from <= until))
})

t.test('with ids, every request has its own, whatever its length', async (t) => {
  const bodies: string[] = []
  const plan = await served(t, () => undefined)
  const server = createServer(async (request, response) => {
    const pieces = await request.toArray()
    bodies.push(Buffer.concat(pieces).toString())
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const requests = [REQUEST, { ...REQUEST, claim: '{"personId":"重庆"}' }]
  const result = await openLoop({ ...plan, address, requests, seconds: 1, idPrefix: 'T-' })
  t.equal(result.answered, 200)
  const claims = bodies.map((body) => JSON.parse(body) as { requestId: string; personId: string })
  t.equal(new Set(claims.map(({ requestId }) => requestId)).size, 200)
  t.ok(claims.every(({ requestId }) => /^T-\d{9}$/.test(requestId)))
  t.equal(claims.filter(({ personId }) => personId === '重庆').length, 100)
})

t.test('latency is that of the server', async (t) => {
  const plan = await served(t, async (_request, response) => {
    await sleep(40)
    response.end('{}')
  })
  const { latency, answered } = await openLoop(plan)
  t.equal(answered, 400)
  t.ok(latency.p50Ms >= 39 && latency.p50Ms < 1_000, `${latency.p50Ms} ms`)
})

/** Another process, which stands still for 800 ms at its 20th request. */
const STALLING = `
  let count = 0
  const server = require('node:http').createServer((request, response) => {
    request.resume()
    if (++count === 20) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800)
    response.end('{}')
  })
  server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

t.test('a stall shows: requests are timed from when they were due', async (t) => {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, '-e', STALLING])
  t.teardown(() => child.kill('SIGKILL'))
  const [port] = await once(child.stdout, 'data')
  const plan = await served(t, () => undefined)
  // With four connections, timing from the sending would see four slow answers out of 400.
  const { latency, answered } = await openLoop({
    ...plan,
    address: `http://127.0.0.1:${String(port).trim()}`,
    connectionsMax: 4,
  })
  t.equal(answered, 400)
  // An even stall of 800 ms in 2,000: every fifth request waits for over 400 ms.
  t.ok(latency.p90Ms > 400, `p90 ${latency.p90Ms} ms`)
  t.ok(latency.p99Ms > 700, `p99 ${latency.p99Ms} ms`)
})

t.test('a generator that is late itself says so', async (t) => {
  const plan = await served(t, (_request, response) => response.end('{}'))
  setTimeout(() => {
    const until = performance.now() + 600
    while (performance.now() < until);
  }, 500)
  const { latency, lag, held } = await openLoop(plan)
  t.ok(lag.p99Ms > 300 && !held, `sent ${lag.p99Ms} ms late`)
  t.ok(latency.p99Ms >= lag.p99Ms, 'and being late does not make answers look early')
})

t.test('connections that are all busy: waiting for one counts', async (t) => {
  const plan = await served(t, async (_request, response) => {
    await sleep(20)
    response.end('{}')
  })
  // One connection at 20 ms each serves under 50/s; at 100/s the last waits for about a second.
  const { latency, waited } = await openLoop({ ...plan, ratePerSecond: 100, connectionsMax: 1 })
  t.ok(latency.maxMs > 1_500, `the last took ${latency.maxMs} ms`)
  t.ok(waited > 100)
})

t.test('what is not 2xx, and what is not answered, is counted by sort', async (t) => {
  let count = 0
  const plan = await served(t, (request, response) => {
    count += 1
    if (count % 4 === 0) response.writeHead(503).end('{"code":"overloaded"}')
    else if (count % 4 === 1) request.socket.destroy()
    else response.end('{}')
  })
  const result = await openLoop(plan)
  t.match(result.failed, { 503: 100, broken: 100 })
  t.match(result, { sent: 400, answered: 200 })
  t.match(result.failures, { 503: '{"code":"overloaded"}', broken: String })
})

t.test('connections in turn: none falls silent; else whichever was used last', async (t) => {
  for (const inTurn of [true, false]) {
    const sent = new Map<unknown, number>()
    const plan = await served(t, ({ socket }, response) => {
      sent.set(socket, (sent.get(socket) ?? 0) + 1)
      response.end('{}')
    })
    const result = await openLoop({ ...plan, ratePerSecond: 20, seconds: 1, inTurn })
    t.match(result, { sent: 20, answered: 20 })
    // In turn each sends 5. An answer that comes late on a busy machine takes one more connection.
    const most = Math.max(...sent.values())
    t.equal(most < 8, inTurn, `the busiest of ${sent.size} sent ${most}`)
    if (inTurn) t.equal(sent.size, 4)
  }
})

t.test('chains: what follows from an answer is sent at once, and all of it counts', async (t) => {
  const asked: string[] = []
  const plan = await served(t, (request, response) => {
    asked.push(request.url!)
    response.end('{}')
  })
  const { host } = new URL(plan.address)
  const bytes = (path: string) => postOf({ host, path, authorization: 'x' }, '{}').bytes
  const steps = new Map<number, number>()
  // One connection only: the rest of a chain must not wait for ever behind what is due.
  const few = { ...plan, ratePerSecond: 20, seconds: 1, connections: 1, connectionsMax: 1 }
  const result = await openLoop(few, undefined, {
    first: (number) => bytes(`/${number}/0`),
    next(number) {
      const step = (steps.get(number) ?? 0) + 1
      steps.set(number, step)
      return step < 3 ? bytes(`/${number}/${step}`) : undefined
    },
  })
  t.match(result, { sent: 60, answered: 60, failed: {} })
  t.equal(steps.size, 20)
  for (const number of steps.keys()) {
    const own = asked.filter((url) => url.startsWith(`/${number}/`))
    t.strictSame(
      own,
      [0, 1, 2].map((step) => `/${number}/${step}`),
    )
  }
})
