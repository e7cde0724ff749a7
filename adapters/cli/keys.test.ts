import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { makeBareFolder } from '../../fixtures/counter/bare-folder.ts'
import { L2, line, messageId, stay } from '../../fixtures/counter/bills.ts'
import { type Answer, Client } from '../../fixtures/torture/client.ts'
import {
  type CliProcess,
  runCli,
  SEVERAL_THREADS,
  startCli,
  startServer,
  told,
} from '../../fixtures/torture/server-process.ts'
import { signedHeader } from '../access/signatures.ts'

/** Keys as an operator handles them: with commands, on a folder and through a server. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-keys-'))
const running = new Set<CliProcess>()
t.setTimeout(300_000)
t.teardown(async () => {
  for (const server of running) server.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
})

/** So many connections that every thread has some. */
const CONNECTIONS = 24

t.test('from no key to the first, outside the demo', async (t) => {
  const data = join(root, 'bare')
  makeBareFolder(data)
  const env = { YIZHAN_DATA: data, YIZHAN_ADMINISTRATION_PORT: '0' }
  const serve = async (threads: number) => {
    const server = startCli(['serve', '--port', '0', '--threads', `${threads}`], env)
    running.add(server)
    const said = /"address":"(http:[^"]+)","administration":"(http:[^"]+)".*"msg":"serving"/
    const [, address, administration] = await told(server, 'stderr', said)
    const stop = async () => {
      server.kill('SIGTERM')
      t.equal(await server.ended, 0)
      running.delete(server)
    }
    return { server, address: address!, administration: administration!, stop }
  }
  const status = async (address: string, path: string, key: string) => {
    const client = new Client(address, key, 1)
    const answer = await client.get(path)
    client.close()
    return answer.status
  }

  const first = await serve(1)
  await told(first.server, 'stderr', /no key is good.*`yizhan keys issue operator <name>`/)
  t.equal(await status(first.address, '/health/ready', ''), 200, 'it is healthy')
  t.equal(await status(first.address, '/v1/policy', `demo-${L2}`), 401, 'no demo key outside it')
  const owned = await runCli(['keys', 'issue', 'operator', 'ops'], env)
  t.match(owned, { end: 1, stderr: /owned by a running server: set YIZHAN_KEY/ })
  await first.stop()

  const issued = await runCli(['keys', 'issue', 'operator', 'ops', '--until', '2999-01-01'], env)
  t.equal(issued.end, 0, issued.stderr)
  const key = issued.stdout.trim()
  const [id] = key.split('.')
  const second = await serve(2)
  t.notMatch(second.server.stderr, /no key is good/)
  t.equal(await status(second.address, '/v1/policy', key), 200)
  t.equal(await status(second.address, '/v1/policy', `${id}.${'A'.repeat(43)}`), 401)
  for (const path of ['/v1/keys', '/metrics', '/openapi.json', '/v1/persons/CQR1']) {
    for (let connection = 0; connection < 8; connection++) {
      t.equal(await status(second.address, path, key), 404, `${path} is not for cashiers`)
    }
  }
  for (const path of ['/v1/keys', '/metrics', '/openapi.json', '/v1/policy', '/health/live']) {
    t.equal(await status(second.administration, path, key), 200, `${path} of the administration`)
  }
  await second.stop()
  const list = await runCli(['keys', 'list'], env)
  t.match(list.stdout, new RegExp(`^${id}  operator ops  good, issued .* until 2999-01-01T00:00`))
  t.notMatch(list.stdout + issued.stderr, key)
  t.match(await runCli(['keys', 'revoke', id!], env), { end: 0, stdout: /^revoked: / })
  t.match(await runCli(['keys', 'rotate', id!], env), { end: 1, stderr: /key-not-good: .*revoked/ })
  t.match(await runCli(['keys', 'revoke', 'x'], env), { end: 1, stderr: /key-not-found/ })
  const early = await runCli(['keys', 'issue', 'institution', 'H1'], env)
  t.match(early, { end: 0, stdout: /^\S+\.\S+\n$/, stderr: /warning: no institution H1 is regist/ })
})

const OF_A_LEDGER: readonly (readonly string[])[] = [
  ['keys', 'list'],
  ['rules', 'versions'],
  ['staff', 'suspend', 'x'],
  ['rules', 'rollback'],
  ['accounts', 'credit', '--month', '2020-05'],
]
t.test('under a misspelt name no folder is made, and nothing said of it', async (t) => {
  const data = join(root, 'misspelt')
  for (const args of OF_A_LEDGER) {
    const { end, stdout, stderr } = await runCli([...args, '--data', data])
    t.match({ end, stderr }, { end: 1, stderr: /there is no ledger in .*misspelt/ }, args.join(' '))
    t.equal(stdout, '')
    t.notOk(existsSync(data), `${args.join(' ')}: nothing is made`)
  }
})

t.test('whoever still has a file of credentials is told what to do', async (t) => {
  const config = join(root, 'old.yaml')
  writeFileSync(config, 'credentials: keys.yaml\n')
  for (const { end, stderr } of [
    await runCli(['serve', '--config', config]),
    await runCli(['serve'], { YIZHAN_CREDENTIALS: 'keys.yaml' }),
  ]) {
    t.equal(end, 1)
    t.match(stderr, /no file of credentials any more.*`yizhan keys issue <role> <id>`/)
  }
})

const NO_ENGINE: readonly (readonly [args: readonly string[], status: number, said: RegExp])[] = [
  [['keys', 'issue', 'operator', 'ops'], 200, /not answer as an engine does: 200 OK, text\/html/],
  [['keys', 'list'], 502, /not answer as an engine does: 502 Bad Gateway, text\/html/],
]
t.test('what is no engine is not taken for one', async (t) => {
  for (const [args, status, said] of NO_ENGINE) {
    const proxy = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<title>Welcome</title>')
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    const at = ['--server', `http://127.0.0.1:${port}`]
    const { end, stdout, stderr } = await runCli([...args, ...at], { YIZHAN_KEY: 'a.b' })
    t.match({ end, stderr }, { end: 1, stderr: said }, args.join(' '))
    t.equal(stdout, '', 'nothing that could pass for a key or a list')
    proxy.close()
  }
  const unaddressed = await runCli(['keys', 'list', '--server', 'localhost:8081'], {
    YIZHAN_KEY: 'a.b',
  })
  t.match(unaddressed, { end: 1, stderr: /--server takes an address such as http:/ })
})

t.test('through a server: a key is good, and then it is not, on every thread', async (t) => {
  const folder = join(root, 'several')
  const server = await startServer({ folder, env: { ...SEVERAL_THREADS, YIZHAN_THREADS: '3' } })
  running.add(server)
  const at = ['--server', server.address, '--data', folder]
  const operator = (...args: string[]) =>
    runCli(['keys', ...args, ...at], { YIZHAN_KEY: 'demo-operator' })

  const { stdout, stderr } = await operator('issue', 'institution', L2)
  t.notMatch(stderr, /warning/)
  t.match(await operator('issue', 'institution', 'H1'), {
    end: 0,
    stderr: /no institution H1 is registered; until it is .* is refused \(institution-unknown\)/,
  })
  const key = stdout.trim()
  const [id] = key.split('.')
  const clients = Array.from(
    { length: CONNECTIONS },
    () => new Client(server.address, key, 1, 120_000),
  )
  t.teardown(() => {
    for (const client of clients) client.close()
  })
  const everywhere = async (body: () => object, some = clients) => {
    const answers = await Promise.all(some.map((client) => client.post('/v1/settlements', body())))
    return [...new Set(answers.map(codeOf))]
  }
  const small = () => ({ ...stay(100_000), requestId: messageId() })
  const large = () => ({
    ...stay(1_000),
    requestId: messageId(),
    lines: Array.from({ length: 600 }, (_, n) => line(1_000, { lineId: `${n}` })),
  })
  t.ok(JSON.stringify(large()).length > 32 * 1024, 'large enough for the pool')
  t.strictSame(await everywhere(small), [201])
  const few = clients.slice(0, 6)
  t.strictSame(await everywhere(large, few), [201], 'and the threads for large claims')

  const rotated = await operator('rotate', id!, '--overlap-hours', '1')
  const next = rotated.stdout.trim()
  t.strictSame(await everywhere(small), [201], 'both are good')

  // Large claims that wait for the pool are in work: they end as they would have.
  const inWork = few.map((client) => client.post('/v1/settlements', large()))
  await Promise.race(inWork)
  const revoked = new Client(server.address, 'demo-operator', 1)
  t.teardown(() => revoked.close())
  t.match(await revoked.delete(`/v1/keys/${id}`), { status: 200, body: { standing: 'revoked' } })
  t.strictSame(await everywhere(small), ['key-revoked'], 'at once')
  t.strictSame(await everywhere(large, few), ['key-revoked'])
  t.strictSame([...new Set((await Promise.all(inWork)).map(codeOf))], [201])
  const after = new Client(server.address, next, 1)
  t.teardown(() => after.close())
  t.equal((await after.post('/v1/settlements', small())).status, 201)

  const signing = (await operator('issue', 'institution', L2, '--signed')).stdout.trim()
  for (const body of [small(), large()]) {
    const sent = JSON.stringify(body)
    const head = {
      algorithm: 'HMAC-SM3',
      method: 'POST',
      path: '/v1/settlements',
      timestamp: String(Math.floor(Date.now() / 1_000)),
      nonce: `${body.requestId}-once`,
    } as const
    const authorization = signedHeader(signing, head, sent)
    const answers = await Promise.all(
      clients.map((client) => client.post('/v1/settlements', body, { authorization })),
    )
    const codes = answers.map(codeOf)
    t.equal(codes.filter((code) => code === 201).length, 1, 'a nonce is good once in all threads')
    t.equal(codes.filter((code) => code === 'nonce-repeated').length, CONNECTIONS - 1)
  }
  const shown = new Client(server.address, signing, 1)
  t.teardown(() => shown.close())
  t.match(await shown.post('/v1/settlements', small()), { body: { code: 'key-must-sign' } })

  // Dated four minutes ahead: after a crash it is still to come, and its nonce is forgotten.
  const path = '/v1/policy'
  const head = { algorithm: 'HMAC-SM3', method: 'GET', path, nonce: 'before-the-crash' } as const
  const timestamp = String(Math.floor(Date.now() / 1_000) + 240)
  const authorization = signedHeader(signing, { ...head, timestamp })
  const ask = async (address: string) => {
    const reply = await fetch(`${address}${path}`, { headers: { authorization } })
    return reply.ok ? reply.status : ((await reply.json()) as { code: string }).code
  }
  t.equal(await ask(server.address), 200)
  server.kill('SIGKILL')
  await server.ended
  running.delete(server)
  const restarted = await startServer({ folder, env: {} })
  running.add(restarted)
  t.equal(await ask(restarted.address), 'request-stale')
  restarted.kill('SIGTERM')
  t.equal(await restarted.ended, 0)
  running.delete(restarted)
})

function codeOf({ status, body }: Answer): number | string {
  return status < 400 ? status : body.code
}
