import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { bookedIn } from '../../fixtures/ledger/booked.ts'
import { Client } from '../../fixtures/torture/client.ts'
import {
  SEVERAL_THREADS,
  type ServerProcess,
  startServer,
} from '../../fixtures/torture/server-process.ts'

/**
 * Clients that are slow, half gone or no HTTP at all, on bare sockets: each is cut in seconds, told why
 * where that can be told, books nothing, and nobody else notices. With two threads on one port, so that
 * both kinds of servers meet them.
 */
const folder = mkdtempSync(join(tmpdir(), 'yizhan-raw-'))
let server: ServerProcess
t.before(async () => {
  server = await startServer({ folder, env: SEVERAL_THREADS })
})
t.teardown(async () => {
  server.kill('SIGKILL')
  await server.ended
  rmSync(folder, { recursive: true, force: true })
})
t.jobs = 4

const CUT_MS = 9_000
/** Node looks at an answer that is stuck on its way for the second time after twice 6 seconds. */
const UNREAD_CUT_MS = 14_000
/** A password takes its time where others are at work. */
const SIGNED_IN_MS = 16_000
const bearer = `authorization: Bearer demo-${L2}\r\n`
const post = 'POST /v1/settlements HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
const body = JSON.stringify({ requestId: messageId(), ...stay(1_000_000) })
const length = `content-length: ${Buffer.byteLength(body)}\r\n`
const quote = JSON.stringify(stay(1_000_000))
const whole =
  `POST /v1/quotes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${bearer}` +
  `content-length: ${Buffer.byteLength(quote)}\r\n\r\n${quote}`
const credentials = JSON.stringify({ name: 'abc', password: 'a'.repeat(20), code: '123456' })
const signIn =
  'POST /v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n' +
  `content-length: ${credentials.length}\r\n\r\n${credentials}`
const chunked = 'transfer-encoding: chunked\r\n'

interface Heard {
  readonly text: string
  readonly ms: number
}

/** Opens a connection, lets `talk` use it, and resolves when the server has closed it. */
function hear(talk: (socket: Socket) => unknown, to = server): Promise<Heard> {
  return new Promise((resolve) => {
    const { port, hostname } = new URL(to.address)
    const began = performance.now()
    let text = ''
    const socket = connect(Number(port), hostname, () => talk(socket))
    socket.setEncoding('latin1')
    socket.on('data', (more: string) => {
      text += more
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve({ text, ms: performance.now() - began }))
  })
}

/** Sends the pieces one after the other. */
function say(...pieces: string[]): Promise<Heard> {
  return hear(async (socket) => {
    for (const piece of pieces) {
      socket.write(piece, 'latin1')
      if (pieces.length > 1) await sleep(100)
    }
  })
}

const drip = (socket: Socket, first: string, more: string) => {
  socket.write(first)
  const timer = setInterval(() => socket.write(more), 500)
  socket.on('close', () => clearInterval(timer))
}

t.test('slow and half-open clients are cut in seconds; others do not notice', async (t) => {
  const slow: [string, (socket: Socket) => unknown][] = [
    ['silent', () => {}],
    ['half a header', (socket) => socket.write(post.slice(0, 40))],
    ['half a header, then gone', (socket) => socket.end(post.slice(0, 40))],
    ['a header that never ends', (socket) => drip(socket, post, 'x-a: b\r\n')],
    ['no body', (socket) => socket.write(`${post}${bearer}${length}\r\n`)],
    ['a body in drops', (socket) => drip(socket, `${post}${bearer}${length}\r\n{`, ' ')],
    ['chunks in drops', (socket) => drip(socket, `${post}${bearer}${chunked}\r\n`, '1\r\n \r\n')],
    ['half a body, then gone', (socket) => socket.end(`${post}${bearer}${length}\r\n{`)],
    ['the slow one behind a whole one', (socket) => drip(socket, whole + post, 'x-a: b\r\n')],
    ['one that reads nothing', (socket) => readsNothing(socket, '', UNREAD_CUT_MS)],
    [
      'one that reads nothing after what may take long',
      (socket) => readsNothing(socket, signIn, SIGNED_IN_MS + UNREAD_CUT_MS),
    ],
  ]
  const cuts = slow.map(async ([what, talk]) => {
    const { text, ms } = await hear(talk)
    const unread = what.startsWith('one that reads nothing')
    if (unread) t.ok(text.split('HTTP/1.1 ').length < ASKED, `${what}: cut before all was sent`)
    else t.ok(ms < CUT_MS, `${what}: cut after ${(ms / 1000).toFixed(1)} s`)
    const last = text.lastIndexOf('HTTP/1.1 ')
    const allowed = unread ? /^HTTP\/1.1 (200|401)/ : /^HTTP\/1.1 (4|503)/
    t.ok(text === '' || allowed.test(text.slice(last)), `${what}: ${text.slice(last, last + 30)}`)
  })
  const client = new Client(server.address, `demo-${L2}`, 2)
  t.teardown(() => client.close())
  for (let i = 0; i < 30; i++) {
    const began = performance.now()
    if ((await client.post('/v1/quotes', stay(1_000_000))).status !== 200) t.fail('a quote failed')
    if (performance.now() - began > 2_000) t.fail('a quote was slow meanwhile')
    await sleep(100)
  }
  await Promise.all(cuts)
})

const ASKED = 100

/** Asks for more than the buffers between hold; reads only when it should have been cut. */
function readsNothing(socket: Socket, first: string, forMs: number): void {
  socket.pause()
  socket.write(first)
  socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(ASKED))
  setTimeout(() => socket.resume(), forMs)
}

t.test('what is no sound HTTP is refused at once, and books nothing', async (t) => {
  const before = bookedIn(folder)
  const settle = `${post}${bearer}`
  const broken: [string, string[]][] = [
    ['a length and chunks', [`${settle}${length}${chunked}\r\n${body}`]],
    ['chunks and a length', [`${settle}${chunked}${length}\r\n0\r\n\r\n${body}`]],
    ['two lengths', [`${settle}${length}content-length: 2\r\n\r\n${body}`]],
    ['the same length twice', [`${settle}${length}${length}\r\n${body}`]],
    ['a list of lengths', [`${settle}content-length: 2, 2\r\n\r\n{}`]],
    ['a negative length', [`${settle}content-length: -1\r\n\r\n${body}`]],
    ['a length with a sign', [`${settle}content-length: +2\r\n\r\n{}`]],
    ['a length beyond all', [`${settle}content-length: 99999999999999999999\r\n\r\n${body}`]],
    ['a blank before the colon', [`${settle}content-length : 2\r\n\r\n{}`]],
    ['an unknown coding', [`${settle}transfer-encoding: xchunked\r\n\r\n${body}`]],
    ['chunks that are not last', [`${settle}transfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n`]],
    ['bare line feeds', [`${settle.replaceAll('\r\n', '\n')}${length}\n${body}`]],
    ['a bare carriage return', [`${settle}x-a: b\rx-c: d\r\n${length}\r\n${body}`]],
    ['a folded header', [`${settle}x-a: b\r\n c\r\n${length}\r\n${body}`]],
    ['a NUL in a header', [`${settle}x-a: \0\r\n${length}\r\n${body}`]],
    ['a header without a name', [`${settle}: x\r\n\r\n`]],
    ['no request line', ['hello\r\n\r\n']],
    ['no version', [`POST /v1/settlements\r\n${bearer}\r\n`]],
    ['another protocol', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']],
    ['TLS', ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03']],
    ['a header over the limit', [`${settle}x-a: ${'b'.repeat(20_000)}\r\n\r\n`]],
    ['an address over the limit', [`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`]],
    ['very many headers', [`${settle}${'x-a: b\r\n'.repeat(8_000)}\r\n`]],
    ['much more after the limit', [post, `x-a: ${'b'.repeat(4_000_000)}\r\n\r\n`]],
    ['a bad chunk', [`${settle}${chunked}\r\nzz\r\n`]],
    ['a bad chunk after a good one', [`${settle}${chunked}\r\n1\r\n{\r\n`, 'zz\r\n']],
    ['a chunk beyond all', [`${settle}${chunked}\r\nfffffffffffffffff\r\n`]],
    ['an endless extension', [`${settle}${chunked}\r\n1;${'a'.repeat(20_000)}\r\n{\r\n`]],
  ]
  for (const [what, texts] of broken) {
    const { text, ms } = await say(...texts)
    refused(t, text, what)
    t.ok(ms < 3_000, `${what}: ${ms.toFixed(0)} ms`)
  }
  const nameless = await say(`${post.replace('host: x\r\n', '')}${bearer}${length}\r\n${body}`)
  t.match(nameless.text, /^HTTP\/1.1 400 /, 'no host')
  t.equal(bookedIn(folder), before, 'none of them booked')
})

t.test('whoever is owed an answer has it', async (t) => {
  const both = await say(`${whole}hello\r\n\r\n`)
  t.match(both.text, /^HTTP\/1.1 200 /, 'the whole request before a broken one')
  refused(t, both.text.slice(both.text.indexOf('HTTP/1.1 400')), 'and then the broken one')
  const gone = await hear((socket) => socket.end(whole))
  // It may have been answered by then, or not; whoever is still there asks again.
  t.match(gone.text, /^(HTTP\/1.1 200 |$)/, 'a client that has closed its half is let go')
  t.ok(gone.ms < 3_000, `after ${gone.ms.toFixed(0)} ms`)
  const kept = await hear((socket) => {
    socket.write(whole)
    setTimeout(() => socket.end(), 500)
  })
  // Longer than balancers keep idle connections, so that they are the ones who close.
  t.match(kept.text, /\r\nkeep-alive: timeout=65\r\n/i, 'idle between requests')
  const once = await say(`${post}${chunked}\r\n`, 'zz\r\n')
  t.match(once.text, /^HTTP\/1.1 401 /)
  t.equal(once.text.split('HTTP/1.1').length, 2, 'no second answer to the same request')
  const late = await Promise.all([say(post), say(`${post}${bearer}content-length: 9\r\n\r\n{`)])
  for (const { text } of late) refused(t, text, 'slow', 408)
})

t.test('a client that is told that it was late is believed to be', async (t) => {
  const before = bookedIn(folder)
  const request = `${post}${bearer}${length}\r\n${body}`
  for (const part of [40, request.length - body.length + 40]) {
    const { text } = await hear((socket) => {
      socket.write(request.slice(0, part))
      socket.once('data', () => socket.write(request.slice(part)))
    })
    refused(t, text, `the rest after the first ${part} bytes`, 408)
  }
  t.equal(bookedIn(folder), before, 'nothing of it is booked')
})

t.test('a connection that was never used is closed without a word', async (t) => {
  // A pool that opens connections ahead would read a 408 as the answer to its first request.
  const { text, ms } = await hear(() => {})
  // On a machine that is too busy the engine stands still, and cannot know whether it was used.
  t.match(text, /^$|^HTTP\/1.1 503 /)
  t.ok(ms < CUT_MS, `after ${ms.toFixed(0)} ms`)
})

t.test('when it was the engine that stood still, the client is asked to come again', async (t) => {
  const stopped = await startServer({ folder: join(folder, 'stopped') })
  t.teardown(() => stopped.kill('SIGKILL'))
  const answer = hear(
    (socket) => socket.write(`${post}${bearer}content-length: 9\r\n\r\n{`),
    stopped,
  )
  await sleep(300)
  stopped.kill('SIGSTOP')
  await sleep(6_500)
  stopped.kill('SIGCONT')
  t.match((await answer).text, /^HTTP\/1.1 503 .*\r\nretry-after: 1\r\n.*"code":"overloaded"/s)
})

t.test('a client that is still sending too large a body reads why', async (t) => {
  const large = Buffer.alloc(6 * 1024 * 1024, ' ')
  const headers = { authorization: `Bearer demo-${L2}`, 'content-type': 'application/json' }
  for (let i = 0; i < 10; i++) {
    const pieces = async function* () {
      for (let at = 0; at < large.length; at += 1 << 18) yield large.subarray(at, at + (1 << 18))
    }
    const sent = i % 2 === 0 ? { body: large } : { body: pieces(), duplex: 'half' as const }
    const init = { method: 'POST', headers, ...sent } as unknown as RequestInit
    const answer = await fetch(`${server.address}/v1/quotes`, init)
    t.match(await answer.json(), { status: 413, code: 'body-too-large' })
  }
})

/** It is one problem document, in the form of all others, and the connection is closed after it. */
function refused(t: Test, text: string, what: string, expected = 400): void {
  const [head = '', content = ''] = text.split('\r\n\r\n')
  // On a machine that stands still for a second and a half, that is told instead of 408.
  const stoodStill = expected === 408 && head.startsWith('HTTP/1.1 503 ')
  const status = stoodStill ? 503 : expected
  const code = stoodStill ? 'overloaded' : 'invalid-request'
  t.match(head, new RegExp(`^HTTP/1.1 ${status} `), what)
  t.match(head, /\r\ncontent-type: application\/problem\+json\r\n/, what)
  t.match(head, /\r\nserver-timing: parse;dur=\d+\.\d\d, work;dur=\d+\.\d\d\r\n/, what)
  t.match(head, /\r\nconnection: close/i, what)
  t.match(head, `\r\ncontent-length: ${Buffer.byteLength(content, 'latin1')}\r\n`, what)
  const type = `urn:yizhan:outcome:${code}`
  const problem = content === '' ? undefined : JSON.parse(content)
  t.match(problem, { type, status, code, detail: /\w/ }, what)
  const [, id] = /\r\nx-request-id: (\S+)\r\n/.exec(head) ?? []
  t.equal(problem?.instance, id, what)
}
