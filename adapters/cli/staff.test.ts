import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateSync } from 'otplib'
import t from 'tap'
import { makeBareFolder } from '../../fixtures/counter/bare-folder.ts'
import { Client } from '../../fixtures/torture/client.ts'
import { type CliProcess, runCli, startCli, told } from '../../fixtures/torture/server-process.ts'

/** The accounts of people, from an empty folder on, with commands alone; outside the demo. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-staff-'))
const running = new Set<CliProcess>()
t.teardown(async () => {
  for (const server of running) server.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
})

/** So many connections that every thread has some. */
const CONNECTIONS = 24
const PASSWORD = 'Ein-langer-Satz-7'

t.test('the first operator, one more person, and a suspension on every thread', async (t) => {
  const data = join(root, 'data')
  makeBareFolder(data)
  const env = {
    YIZHAN_DATA: data,
    YIZHAN_THREADS: '3',
    YIZHAN_POOL_THREADS: '1',
    YIZHAN_ADMINISTRATION_PORT: '0',
  }
  const seen: string[] = []
  const cli = async (args: string[], more: Record<string, string> = {}, input?: string) => {
    const done = await runCli(args, { ...env, ...more }, undefined, input)
    seen.push(done.stderr)
    return done
  }

  const first = handedOver((await cli(['staff', 'enrol', 'zhao', 'operator'])).stdout)
  const listed = await cli(['staff', 'list'])
  t.match(listed.stdout, /^zhao {2}operator {2}active, enrolled .* by cli, never signed in/)

  const server = startCli(['serve', '--port', '0'], env)
  running.add(server)
  const serving = /"address":"(http:[^"]+)","administration":"(http:[^"]+)".*"msg":"serving"/
  const [, address, administration] = await told(server, 'stderr', serving)
  t.notMatch(server.stderr, /nobody is let in/, 'zhao may sign in')
  const at = ['--server', administration!]
  const signIn = (name: string, ...lines: string[]) =>
    cli(['sign-in', name, ...at], {}, lines.map((line) => `${line}\n`).join(''))

  const wrong = await signIn('zhao', 'wrong', '000000')
  t.match(wrong, { end: 1, stdout: '', stderr: /sign-in-refused/ })
  const code = first.code()
  const session = await signIn('zhao', first.password, code, PASSWORD, PASSWORD)
  t.match(session, { end: 0, stderr: /Signed in as zhao, operator, until/ })
  const key = { YIZHAN_KEY: session.stdout.trim() }

  const second = handedOver((await cli(['staff', 'enrol', 'li', 'auditor', ...at], key)).stdout)
  const li = await signIn('li', second.password, second.code(), PASSWORD, PASSWORD)
  const token = li.stdout.trim()
  const clients = Array.from({ length: CONNECTIONS }, () => new Client(address!, token, 1))
  const operator = new Client(administration!, key.YIZHAN_KEY, 1)
  t.teardown(() => {
    for (const client of [operator, ...clients]) client.close()
  })
  const everywhere = async () => {
    const answers = await Promise.all(clients.map((client) => client.get('/v1/policy')))
    return [...new Set(answers.map(({ status, body }) => (status < 400 ? status : body.code)))]
  }
  t.strictSame(await everywhere(), [200])
  t.equal((await operator.post('/v1/staff/li/suspend', {})).status, 200)
  t.strictSame(await everywhere(), ['session-ended'], 'at once')
  t.equal((await operator.post('/v1/staff/zhao/suspend', {})).body.code, 'own-account')
  const reset = await cli(['staff', 'reset', 'li', ...at], key)
  t.match(reset, { end: 0, stdout: /^password.*\notpauth:/, stderr: /^li {2}auditor {2}suspended/ })
  t.match(await cli(['sign-out', ...at], key), { end: 0, stderr: /zhao is signed out/ })
  t.equal((await operator.get('/v1/staff')).body.code, 'session-ended')

  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  running.delete(server)
  const said = [server.stdout, server.stderr, ...seen].join('\n')
  for (const secret of [
    PASSWORD,
    first.password,
    first.secret,
    second.secret,
    code,
    key.YIZHAN_KEY,
  ]) {
    t.notOk(said.includes(secret), 'no secret in any log or message')
  }
})

/** What `enrol` hands over for the member. */
function handedOver(stdout: string) {
  const [, password, uri] = /^password[^:]*: (\S+)\n(otpauth:\S+)\n$/.exec(stdout) ?? []
  const secret = new URL(uri!).searchParams.get('secret')!
  return {
    password: password!,
    secret,
    code: () => generateSync({ secret, epoch: Math.floor(Date.now() / 1000) }),
  }
}
