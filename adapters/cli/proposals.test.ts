import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { L2, stay } from '../../fixtures/counter/bills.ts'
import { Client } from '../../fixtures/torture/client.ts'
import { runCli, type ServerProcess, startServer } from '../../fixtures/torture/server-process.ts'

/** Publishing with four eyes on a server of several threads, from its command line. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-proposals-'))
const [data, rules] = [join(root, 'data'), join(root, 'rules')]
const RATE = join(rules, 'sample/resident/rate.yaml')
let server: ServerProcess | undefined
t.teardown(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  rmSync(root, { recursive: true, force: true })
})

const env = {
  YIZHAN_RULES: rules,
  YIZHAN_DATA: data,
  YIZHAN_PUBLISHING: 'four-eyes',
  YIZHAN_THREADS: '2',
}
const start = async () => {
  server = await startServer({ folder: data, env })
  return server.address
}
const writeRate = (from: number, to: number) => {
  const text = readFileSync(RATE, 'utf8')
  writeFileSync(RATE, text.replaceAll(`ratePermyriad: ${from}`, `ratePermyriad: ${to}`))
}

t.test('one proposes, another approves, every thread follows', async (t) => {
  cpSync('fixtures/bad-packs/base/sample', join(rules, 'sample'), { recursive: true })
  for (const file of ['pack', 'resident/participation', 'resident/clearing']) {
    const path = join(rules, `sample/${file}.yaml`)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('990101', '500113'))
  }
  let address = await start()
  const cli = async (who: string, ...args: string[]) => {
    const key = { YIZHAN_KEY: `demo-${who}` }
    return await runCli(['rules', ...args, '--server', address], { ...env, ...key })
  }
  /** What several connections, some on each thread, are told at once. */
  const funds = async () => {
    const clients = Array.from({ length: 8 }, () => new Client(address, `demo-${L2}`))
    const answers = await Promise.all(clients.map((one) => one.post('/v1/quotes', stay(1_000_000))))
    for (const client of clients) client.close()
    return [...new Set(answers.map(({ body }) => body.amounts.fundFen))]
  }
  const becomes = async (id: string, isSo: (proposal: { status: string }) => boolean) => {
    const auditor = new Client(address, 'demo-auditor')
    for (let tries = 0; tries < 2_000; tries++) {
      const { body } = await auditor.get(`/v1/policy/proposals/${id}`)
      if (body.status !== 404 && isSo(body)) break
      if (tries === 1_999) throw new Error(`proposal ${id} is still ${JSON.stringify(body)}`)
      await sleep(50)
    }
    auditor.close()
  }
  const isAssessed = (proposal: object) => 'assessment' in proposal

  const hospital = new Client(address, `demo-${L2}`)
  const settled = await hospital.post('/v1/settlements', { requestId: 'R1', ...stay(1_000_000) })
  t.equal(settled.status, 201)
  hospital.close()

  // The watcher notices; nobody has put their name to it.
  writeFileSync(
    RATE,
    readFileSync(RATE, 'utf8')
      .replace('title: 报销比例', 'title: "报销\\e[2K比例"')
      .replaceAll('ratePermyriad: 6000', 'ratePermyriad: 7000'),
  )
  await becomes('1', isAssessed)
  t.match(await cli('policy-checker', 'approve', '1'), { end: 1, stderr: /proposal-unclaimed/ })
  // What a terminal would obey is shown: it could hide from the checker what they approve.
  const taken = await cli('policy-maker', 'propose', '--note', 'notice 7\u001b[2K\r\nproposal 9')
  t.match(taken, {
    end: 0,
    stdout:
      /^proposal 1 \(reload\): open, proposed by demo-policy-maker at.*, note: notice 7\\u\{1b\}\[2K\\u\{d\}\\u\{a\}proposal 9\n$/,
  })
  const { stdout } = await cli('auditor', 'proposals', '1')
  for (const told of [
    /resident\/rate 报销\\u\{1b\}\[2K比例/,
    /contribution tier 1: rate 60 % → 70 %/,
    /^sample .* rows in/m,
    /the last 1 settlements decided again, 1 of them on another version: 1 would differ/,
    /fund resident-pool: booked 5820.00, would be 6790.00, \+970.00/,
  ]) {
    t.match(stdout, told)
  }
  t.match(await cli('policy-maker', 'approve', '1'), { end: 1, stderr: /role-not-allowed/ })
  t.same(await funds(), [582_000])
  t.match(await cli('policy-checker', 'approve', '1'), { end: 0, stdout: /in force since/ })
  // The answer is there, so every thread has switched.
  t.same(await funds(), [679_000])
  const versions = await runCli(['rules', 'versions'], env)
  t.match(
    versions.stdout,
    /proposal 1: proposed by demo-policy-maker, approved by demo-policy-checker\n/,
  )

  const [yesterday, overmorrow] = [-1, 2].map((days) =>
    new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10),
  )
  for (const [args, told] of [
    [['proposals', 'two'], /a proposal is named by its number/i],
    [['rollback', '--to', '17a0'], /by 12 digits of its hash or more/],
  ] as const) {
    t.match(await cli('policy-maker', ...args), { end: 1, stderr: told })
  }
  const acts = await runCli(['audit', 'acts', '--from', yesterday!, '--until', overmorrow!], env)
  const [activated] = acts.stdout
    .split('\n')
    .filter((line) => line.includes('"policy-activated"'))
    .map((line) => JSON.parse(line))
  t.match(activated, { by: { id: 'demo-policy-checker' }, details: { proposal: '1' } })

  // At its time by itself, although the server was killed meanwhile.
  writeRate(7_000, 8_000)
  await becomes('2', isAssessed)
  const day = new Date(Date.now() + 40 * DAY_MS).toISOString().slice(0, 10)
  const later = await cli('policy-maker', 'propose', '--at', day, '--note', 'notice 7')
  t.match(later, { end: 0, stdout: new RegExp(`in force from ${day}T00:00:00.*note: notice 7`) })
  const [maker, checker] = ['maker', 'checker'].map(
    (who) => new Client(address, `demo-policy-${who}`),
  )
  const soon = { effectiveAt: new Date(Date.now() + 8_000).toISOString() }
  t.match(await maker!.post('/v1/policy/proposals', soon), {
    status: 202,
    body: { proposalId: '3' },
  })
  await becomes('3', isAssessed)
  const approved = await checker!.post('/v1/policy/proposals/3/approval', {})
  t.match(approved, { status: 200, body: { status: /^(approved|in-force)$/ } })
  for (const client of [maker!, checker!]) client.close()
  server!.kill('SIGKILL')
  await server!.ended
  address = await start()
  await becomes('3', ({ status }) => status === 'in-force')
  t.same(await funds(), [776_000])

  const back = await cli('policy-maker', 'rollback')
  t.match(back, { end: 0, stdout: /^proposal 4 \(rollback\): open/ })
  t.match(await cli('policy-checker', 'reject', '4', '--reason', 'no need'), { end: 0 })
  server!.kill('SIGTERM')
  t.equal(await server!.ended, 0)
  // Without a server that is named: on the folder, which nobody owns now.
  t.match(await runCli(['rules', 'rollback'], env), { end: 1, stderr: /four eyes/ })
})

t.test('a time that there is not', async (t) => {
  for (const at of ['2027-02-29', '2027-04-31T08:00', '2027-13-01', '2027-01-01T25:00', 'soon']) {
    const { end, stderr } = await runCli(['rules', 'propose', '--at', at])
    t.match({ end, stderr }, { end: 1, stderr: /A time is written YYYY-MM-DD/ }, at)
  }
})
