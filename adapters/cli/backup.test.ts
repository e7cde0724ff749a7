import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { positionOf } from '../../engine/claim/ids.ts'
import { L2, messageId, stay, visit } from '../../fixtures/counter/bills.ts'
import { type Answer, Client } from '../../fixtures/torture/client.ts'
import { runCli, type ServerProcess, startServer } from '../../fixtures/torture/server-process.ts'
import { makeBackup, readManifest } from '../audit/backup.ts'
import { openPast } from '../audit/open-past.ts'
import { openReadOnlyLedger } from '../audit/read-only-ledger.ts'
import { isRegistered } from '../audit/registered-institution.ts'
import { restoreBackup } from '../audit/restore.ts'
import { exportHead } from './export-head.ts'
import { namedVersion } from './other-version.ts'
import { policyHistory } from './policy-history.ts'

/** A backup beside a server under load, and what comes of it. */
t.setTimeout(300_000)

const root = mkdtempSync(join(tmpdir(), 'yizhan-backup-'))
const at = (name: string) => join(root, name)
const running = new Set<ServerProcess>()
t.teardown(async () => {
  for (const server of running) server.kill('SIGKILL')
  await Promise.all([...running].map(({ ended }) => ended))
  rmSync(root, { recursive: true, force: true })
})

/** The keys of encryption stand where an operator names them, in the configuration. */
const CONFIG = { YIZHAN_CONFIG: at('yizhan.yaml') }
writeFileSync(at('keys'), `k1:${'0b'.repeat(16)}`)
writeFileSync(CONFIG.YIZHAN_CONFIG, `encryption: { keyFile: ${at('keys')} }`)
const run = (...args: string[]) => runCli(args, CONFIG)

async function start(folder: string): Promise<{ server: ServerProcess; client: Client }> {
  const server = await startServer({ folder: at(folder), env: CONFIG })
  running.add(server)
  server.ended.then(() => running.delete(server))
  return { server, client: new Client(server.address, `demo-${L2}`, 8) }
}

t.test('a backup under load has all that was acknowledged before it', async (t) => {
  const { server, client } = await start('live')
  const acked: Answer['body'][] = []
  let over = false
  const cashier = async () => {
    for (let n = 0; !over; n++) {
      const bill = n % 2 === 0 ? stay(1_000) : visit(1_000)
      const { status, body } = await client.post('/v1/settlements', {
        requestId: messageId(),
        ...bill,
      })
      if (status === 201) acked.push(body)
    }
  }
  const load = Promise.all(Array.from({ length: 8 }, cashier))
  while (acked.length < 60) await new Promise((resolve) => setTimeout(resolve, 10))
  const before = acked.length
  const killed = at('yizhan-trial-of-999999999-a')
  mkdirSync(killed)
  const made = await run('backup', '--to', at('backup'), '--scratch', root, '--data', at('live'))
  t.notOk(existsSync(killed), 'what one that was killed has left is removed')
  t.equal(made.end, 0, made.stderr)
  t.match(made.stdout, /a backup up to position \d+, .* its chain is whole/)
  const { position } = readManifest(at('backup'))
  const online = await run('verify', '--data', at('live'), '--scratch', root)
  t.equal(online.end, 0, online.stdout + online.stderr)
  const during = acked.length
  while (acked.length < during + 50) await new Promise((resolve) => setTimeout(resolve, 10))
  over = true
  await load
  client.close()
  server.kill('SIGKILL')
  await server.ended
  t.ok(during > before, 'it went on settling')
  const covered = acked.filter(({ settlementId }) => positionOf(settlementId)! <= position)
  t.ok(covered.length >= before && covered.length < acked.length)

  const restoring = ['restore', '--from', at('backup'), '--to', at('restored')]
  const keyless = await runCli(restoring)
  t.equal(keyless.end, 1)
  t.match(keyless.stderr, /was sealed with the key k1-[0-9a-f]{8}, which is not at hand/)
  const restored = await run(...restoring)
  t.equal(restored.end, 0, restored.stderr)
  t.match(restored.stdout, new RegExp(`restored up to position ${position}, booked at `))
  t.equal(statSync(join(at('restored'), 'secret.key')).mode & 0o777, 0o600)
  t.notOk(readdirSync(at('restored')).includes('owner.sqlite'))
  const again = await start('restored')
  for (const body of covered) {
    const found = await again.client.get(`/v1/settlements/${body.settlementId}`)
    if (JSON.stringify(found.body) !== JSON.stringify(body)) t.fail(`${body.settlementId} is lost`)
  }
  const late = acked.find(({ settlementId }) => positionOf(settlementId)! > position)!
  t.equal((await again.client.get(`/v1/settlements?requestId=${late.requestId}`)).status, 404)
  const { status } = await again.client.post('/v1/settlements', {
    requestId: late.requestId,
    ...stay(1_000),
  })
  t.equal(status, 201, 'what came later is sent again')
  again.client.close()
  again.server.kill('SIGTERM')
  await again.server.ended
  t.notMatch(again.server.stdout, /Found at the start/, 'a restored folder was closed in order')
  const verified = await run('verify', '--data', at('restored'), '--scratch', root)
  t.equal(verified.end, 0, verified.stdout + verified.stderr)

  const cut = await start('live')
  t.match(cut.server.stdout, /Found at the start: the engine before this one did not stop in order/)
  t.match(cut.server.stderr, /found at the start/)
  cut.client.close()
  cut.server.kill('SIGTERM')
  await cut.server.ended
})

t.test('a backup of an engine that stands starts as one that was closed in order', async (t) => {
  const made = await run('backup', '--to', at('standing'), '--scratch', root, '--data', at('live'))
  t.equal(made.end, 0, made.stderr)
  const manifest = readManifest(at('standing'))
  const seal = 'state.sqlite.seal'
  t.notOk(
    manifest.files.some(({ path }) => path === seal),
    'it is of another file',
  )
  // Earlier releases took it along.
  const text = '1 deadbeef\n'
  writeFileSync(join(at('standing'), seal), text)
  const sha256 = createHash('sha256').update(text).digest('hex')
  const files = [...manifest.files, { path: seal, sha256 }]
  writeFileSync(join(at('standing'), 'backup.json'), JSON.stringify({ ...manifest, files }))
  const restored = await run('restore', '--from', at('standing'), '--to', at('stood'))
  t.equal(restored.end, 0, restored.stderr)
  const { server, client } = await start('stood')
  client.close()
  server.kill('SIGTERM')
  await server.ended
  t.notMatch(server.stdout, /Found at the start/)
})

t.test('what is not written over, and what is no backup', async (t) => {
  const folder = at('backup')
  const refused: [string, () => unknown, RegExp][] = [
    ['a folder in use', () => restoreBackup(folder, at('restored')), /is not empty/],
    ['no backup', () => restoreBackup(at('live'), at('new')), /is no backup/],
  ]
  for (const [what, restore, why] of refused) t.throws(restore, why, what)
  const nothing = () => undefined
  await t.rejects(makeBackup(at('live'), folder, 0, nothing), /is not empty/)
  await t.rejects(makeBackup(at('nowhere'), at('other'), 0, nothing), /no ledger/)
  cpSync(at('stood'), at('spoiled'), { recursive: true })
  writeFileSync(join(at('spoiled'), 'journal.sqlite'), 'no journal')
  await t.rejects(makeBackup(at('spoiled'), at('other'), 0, nothing), /journal/)
  t.strictSame(readdirSync(at('other')), [], 'one that fails takes no room')
  for (const { path } of readManifest(folder).files) {
    const file = join(folder, path)
    const bytes = readFileSync(file)
    if (bytes.length === 0) continue
    const spoiled = Buffer.from(bytes)
    spoiled[bytes.length >> 1]! ^= 1
    writeFileSync(file, spoiled)
    t.throws(() => restoreBackup(folder, at('new')), /was damaged or changed/, path)
    writeFileSync(file, bytes)
  }
  const manifest = join(folder, 'backup.json')
  const text = readFileSync(manifest)
  writeFileSync(manifest, text.subarray(0, text.length >> 1))
  t.throws(() => restoreBackup(folder, at('new')), /backup\.json cannot be read .*another backup/)
  writeFileSync(manifest, text)
  t.notOk(
    readdirSync(root).some((name) => name.startsWith('new')),
    'nothing is left behind',
  )
})

t.test('what nobody may look into is not told as missing', async (t) => {
  // Tests may run as root, who may look everywhere; a link to itself keeps root out, too.
  const closed = at('closed')
  symlinkSync(closed, closed)
  const nothing = () => undefined
  const readers: [string, () => unknown][] = [
    ['backup', () => makeBackup(closed, at('copy'), 0, nothing)],
    ['restore', () => restoreBackup(closed, at('new'))],
    ['head', () => exportHead(closed, at('1.head'), at('head.key'))],
    ['replay, person-export', () => openPast(closed, { onProgress: nothing })],
    ['audit', () => openReadOnlyLedger(closed)],
    ['rules versions', () => policyHistory(closed)],
    ['rules diff live', () => namedVersion('live', closed)],
    ['keys issue', () => isRegistered(closed, 'H50011300002')],
  ]
  for (const [command, read] of readers) {
    await t.rejects(async () => read(), { code: 'ELOOP' }, command)
  }
})
