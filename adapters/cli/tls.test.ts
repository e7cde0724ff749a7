import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import t from 'tap'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import { L2, messageId, stay } from '../../fixtures/counter/bills.ts'
import { runCli, SEVERAL_THREADS, startServer } from '../../fixtures/torture/server-process.ts'

/** The engine speaks TLS itself, on the port that all its threads share. */

const file = (name: string) => join(projectRoot(), 'fixtures', 'tls', name)
const ca = readFileSync(file('localhost.crt'))

/** Each over a connection of its own, so that all threads come to serve some. */
function post(address: string, path: string, body: unknown) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer demo-${L2}`, 'content-type': 'application/json' }
    const sent = request(`${address}${path}`, { method: 'POST', ca, agent: false, headers })
    sent.on('response', (answer) => {
      let text = ''
      answer.on('data', (part) => {
        text += part
      })
      answer.on('end', () => resolve({ status: answer.statusCode, body: text }))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

t.test('a server with a certificate', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'yizhan-tls-'))
  const env = {
    ...SEVERAL_THREADS,
    YIZHAN_POOL_THREADS: '0',
    YIZHAN_TLS_CERTIFICATE: file('localhost.crt'),
    YIZHAN_TLS_PRIVATE_KEY: file('localhost.key'),
  }
  const server = await startServer({ folder, env })
  t.teardown(async () => {
    server.kill('SIGKILL')
    await server.ended
    rmSync(folder, { recursive: true, force: true })
  })
  const { address } = server
  t.match(address, /^https:/)
  const { port, hostname } = new URL(address)

  const settled = await Promise.all(
    Array.from({ length: 12 }, () =>
      post(address, '/v1/settlements', { requestId: messageId(), ...stay(10_000) }),
    ),
  )
  t.strictSame(new Set(settled.map(({ status }) => status)), new Set([201]), 'settles')

  const plain = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    socket.on('data', (part) => {
      text += part
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n')
  })
  t.notMatch(plain, '200 OK', 'plain HTTP is not answered')

  const late = (first: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ port: Number(port), host: hostname, ca })
      let text = ''
      socket.on('data', (part) => {
        text += part
      })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
      if (first !== '') socket.write(first)
    })
  const [never, half] = await Promise.all([late(''), late('GET /health/live HT')])
  t.equal(never, '', 'a connection that was never used is closed without a word')
  t.match(half, /^HTTP\/1.1 (408|503) /, 'half a request is told that it is late')

  const old = await new Promise<string>((resolve) => {
    const options = { port: Number(port), host: hostname, ca, maxVersion: 'TLSv1.1' } as const
    const socket = connectTls({ ...options, minVersion: 'TLSv1' }, () => resolve('connected'))
    socket.on('error', ({ message }) => resolve(message))
  })
  t.not(old, 'connected', 'nothing older than TLS 1.2')

  const command = ['keys', 'list', '--data', folder, '--server', address]
  const NODE_EXTRA_CA_CERTS = file('localhost.crt')
  const commands: readonly (readonly [Record<string, string>, number, RegExp])[] = [
    [{ YIZHAN_KEY: 'demo-operator' }, 1, /certificate that is not believed.*NODE_EXTRA_CA_CERTS/],
    [{ YIZHAN_KEY: 'demo-operator', NODE_EXTRA_CA_CERTS }, 0, /^$/],
    [{ YIZHAN_KEY: '', NODE_EXTRA_CA_CERTS }, 1, /was named: set YIZHAN_KEY/],
  ]
  for (const [env, code, said] of commands) {
    const { end, stderr } = await runCli(command, env)
    t.equal(end, code)
    t.match(stderr, said)
  }

  server.kill('SIGTERM')
  t.equal(await server.ended, 0, 'stops in order')
})
