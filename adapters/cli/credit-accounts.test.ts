import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { BALANCE } from '../../engine/adjudicate/accumulators.ts'
import { accountSubject } from '../../engine/adjudicate/snapshot.ts'
import { accumulated } from '../../engine/ledger/entry.ts'
import { verifyJournal } from '../../engine/ledger/verify.ts'
import { runCli, startServer } from '../../fixtures/torture/server-process.ts'
import type { CreditStatus } from '../accounts/credit-desk.ts'
import { sm3 } from '../codec/sm3.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { ledgerPaths, openLedger } from '../workers/ledger-host.ts'

/** A month's credits as an operator books them: beside a server, killed on the way, and alone. */
const PEOPLE = 4_000
/** 5,000 yuan at 3.3 %: born in 1970. */
const CREDIT_FEN = 16_500
const idOf = (index: number) => `P${String(index).padStart(6, '0')}`

function writePeople(file: string): void {
  const [header] = readFileSync('docs/imports/people.csv', 'utf8').split('\n')
  const columns = header!.split(',')
  const row = (values: Readonly<Record<string, string>>) =>
    columns.map((column) => values[column] ?? '').join(',')
  const rows = [header]
  for (let index = 0; index < PEOPLE; index++) {
    const person = { personId: idOf(index), sex: 'male', bornOn: '1970-03-15', from: '2010-01-01' }
    const insured = {
      stretch: 'insurance',
      scheme: 'employee',
      grade: '2',
      employment: 'active',
      homeDistrict: '991131',
      status: 'paid-up',
    }
    rows.push(row({ ...person, ...insured }))
    rows.push(
      row({ ...person, stretch: 'attribute', attribute: 'contributionBase', value: '500000' }),
    )
  }
  writeFileSync(file, `${rows.join('\n')}\n`)
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { end, stdout, stderr } = await runCli(args, env)
  return { code: end, text: stdout + stderr }
}

/** How many of the people have which balance. */
async function balancesIn(folder: string): Promise<Record<number, number>> {
  const ledger = await openLedger({ folder, onFatal: () => {} })
  const found: Record<number, number> = {}
  for (let index = 0; index < PEOPLE; index++) {
    const { state } = await ledger.load(accountSubject(idOf(index)))
    const balance = accumulated(state, BALANCE)
    found[balance] = (found[balance] ?? 0) + 1
  }
  await ledger.close()
  return found
}

t.test('killed in the middle of a month, run again, everybody has it once', async (t) => {
  t.setTimeout(240_000)
  const folder = t.testdir()
  const [data, rules] = [join(folder, 'data'), join(folder, 'rules')]
  cpSync('rules', rules, { recursive: true })
  cpSync('fixtures/packs/monthly-credits', join(rules, 'monthly-credits'), { recursive: true })
  const file = join(folder, 'people.csv')
  writePeople(file)
  const env = { YIZHAN_DATA: data, YIZHAN_RULES: rules }
  const month = ['accounts', 'credit', '--month', '2020-05']
  const without = await run(month, { ...env, YIZHAN_DATA: join(folder, 'empty') })
  t.match(without, { code: 1, text: /there is no ledger in/ })
  const server = await startServer({ folder: data, env })
  t.teardown(() => server.kill('SIGKILL'))
  const imported = await run(['import', 'people', file, '--server', server.address], {
    ...env,
    YIZHAN_KEY: 'demo-registry',
  })
  t.match(imported, { code: 0, text: /4000 records/ })

  const there = [...month, '--server', server.address]
  t.match(await run(there, env), { code: 1, text: /set YIZHAN_KEY to a key of the role agency/ })
  const agency = { ...env, YIZHAN_KEY: 'demo-agency' }
  const dry = await run([...there, '--dry-run'], agency)
  t.match(dry, { code: 0, text: /4000 with 660000\.00 yuan would be credited; nothing was/ })

  const headers = { authorization: 'Bearer demo-agency', 'content-type': 'application/json' }
  const url = `${server.address}/v1/account-credits`
  const asked = fetch(url, { method: 'POST', headers, body: JSON.stringify({ month: '2020-05' }) })
  asked.catch(() => {})
  let credited = 0
  for (let ended = false; credited === 0 && !ended; ) {
    await sleep(5)
    const status = (await (await fetch(`${url}/2020-05`, { headers })).json()) as CreditStatus
    if (status.dryRun) continue
    credited = status.credited
    ended = status.state !== 'running'
  }
  server.kill('SIGKILL')
  await server.ended
  t.ok(credited > 0 && credited < PEOPLE, `killed after ${credited} of ${PEOPLE}`)

  const rest = await run(month, env)
  const [, now = 0, before = 0] = /, (\d+) with .*\n {2}(\d+) credited before/.exec(rest.text) ?? []
  t.equal(Number(now) + Number(before), PEOPLE, rest.text)
  t.ok(Number(before) >= credited, 'what was told as credited is')
  const again = await run(month, env)
  t.match(again, { code: 0, text: /, 0 with 0\.00 yuan credited\n {2}4000 credited before/ })
  t.strictSame(await balancesIn(data), { [CREDIT_FEN]: PEOPLE }, 'each exactly once')
  const journal = openJournal({ path: ledgerPaths(data).journalPath, readonly: true })
  t.equal(verifyJournal(journal, codecOf(data), sm3).fault, undefined)
  journal.close()
})

t.test('what is no month', async (t) => {
  const credit = (month: string) => run(['accounts', 'credit', '--month', month], {})
  t.match(await credit('2020-13'), { code: 1, text: /A month is written YYYY-MM/ })
  t.match(await credit('2999-01'), { code: 1, text: /has not begun/ })
})
