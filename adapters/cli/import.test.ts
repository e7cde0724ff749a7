import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { RecordBook } from '../../engine/counter/record-book.ts'
import { findRecord } from '../../engine/counter/records.ts'
import {
  builtProgram,
  runCli,
  startCli,
  startServer,
  told,
} from '../../fixtures/torture/server-process.ts'
import { openStaging } from '../sqlite/registry-staging.ts'
import { openRegistry } from '../sqlite/registry-store.ts'
import { openLedger } from '../workers/ledger-host.ts'

/** The import command as an operator runs it: alone, killed, and beside a running server. */

function writePeople(file: string, count: number): void {
  const [header] = readFileSync('docs/imports/people.csv', 'utf8').split('\n')
  const rows = [header]
  for (let i = 0; i < count; i++) {
    const id = `P${String(i).padStart(6, '0')}`
    rows.push(
      `${id},male,1970-03-15,,insurance,2010-01-01,,resident,1,,500113,paid-up,,,,,,,,,,,,,,,`,
    )
  }
  writeFileSync(file, `${rows.join('\n')}\n`)
}

async function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  const { end, stdout, stderr } = await runCli(args, env)
  return { code: end, text: stdout + stderr }
}

/** What the data folder says of a person, and how many entries its journal has. */
async function lookInto(folder: string, personId: string) {
  const ledger = await openLedger({ folder, onFatal: () => {} })
  const registry = openRegistry(folder)
  const records = new RecordBook(ledger, registry)
  const person = await findRecord({ ledger, records, now: Date.now }, 'person', personId)
  const { head } = ledger.status()
  registry.close()
  await ledger.close()
  return { person, head }
}

t.test('alone: killed on the way nothing is applied; run again it is, once', async (t) => {
  const folder = t.testdir()
  const data = join(folder, 'data')
  const file = join(folder, 'people.csv')
  // Enough to be killed in the middle.
  writePeople(file, 8_000)
  const killed = startCli(['import', 'people', file], { YIZHAN_DATA: data })
  await told(killed, 'stderr', /importing people: [1-8]0 %/)
  killed.kill('SIGKILL')
  t.equal(await killed.ended, 'SIGKILL')
  t.match(await lookInto(data, 'P000000'), { person: { refused: 'person-not-found' }, head: 0 })

  const again = await run(['import', 'people', file], { YIZHAN_DATA: data })
  t.match(again, { code: 0, text: /people: 8000 records of 8000 rows are live/ })
  t.match(await lookInto(data, 'P007999'), { person: { version: 1 }, head: 1 })
  const third = await run(['import', 'people', file], { YIZHAN_DATA: data })
  t.match(third, { code: 0, text: /applied before \(journal position 1\); nothing was changed/ })
  t.equal((await lookInto(data, 'P000000')).head, 1)
  const meant = await run(['import', 'people', file, '--again'], { YIZHAN_DATA: data })
  t.match(meant, { code: 0, text: /live \(journal position 2\), 8000 of them as they were/ })
  const balances = await run(['import', 'balances', file, '--again'], { YIZHAN_DATA: data })
  t.match(balances, { code: 1, text: /opening balances are booked once/ })
})

t.test(
  'killed before its entry: a person is not told to have what never became live',
  async (t) => {
    const folder = t.testdir()
    const env = { YIZHAN_DATA: join(folder, 'data') }
    const file = join(folder, 'people.csv')
    writePeople(file, 1)
    t.match(await run(['import', 'people', file], env), { code: 0 })
    const shown = join(folder, 'credentials.csv')
    writeFileSync(shown, 'personId,kind,value\nP000000,e-voucher,V1\n')
    t.match(await run(['import', 'credentials', shown], env), { code: 0 })
    const staging = openStaging(env.YIZHAN_DATA, 3)
    for (const personId of ['P000000', 'P000001']) {
      staging.credentials.begin(personId)
      staging.credentials.put({ kind: 'e-voucher', value: `staged ${personId}`, personId })
      const record = { personId, version: 0, sex: 'male', bornOn: '1970-03-15' } as const
      staging.put('person', { ...record, insurances: [], categories: [], accountSharedWith: [] }, 2)
    }
    staging.keep()
    staging.close()
    const told = await runCli(['person-export', '--person', 'P000000'], env)
    const { credentials, imported } = JSON.parse(told.stdout)
    const kept = { kind: 'e-voucher', value: 'V1', importNumber: 2, isCurrent: true }
    t.strictSame(credentials, [kept])
    t.match(imported, [{ importNumber: 1 }])
    t.equal(imported.length, 1)
    const nobody = await run(['person-export', '--person', 'P000001'], env)
    t.match(nobody, { code: 1, text: /nothing is kept about this person/ })
  },
)

t.test(
  'a disk that takes no more: why is said, nothing is applied, and it can be run again',
  async (t) => {
    const folder = t.testdir()
    const data = join(folder, 'data')
    const [people, balances] = [join(folder, 'people.csv'), join(folder, 'balances.csv')]
    writePeople(people, 8_000)
    const ids = Array.from({ length: 8_000 }, (_, i) => `P${String(i).padStart(6, '0')}`)
    const rows = ids.map((id) => `${id},,balance,1000`)
    writeFileSync(balances, ['personId,year,accumulator,amount', ...rows].join('\n'))
    // The one fails in the registry, the other in the journal; blocks of 512 bytes.
    const kinds = [
      ['people', people, 600],
      ['balances', balances, 300],
    ] as const
    for (const [kind, file, blocks] of kinds) {
      const cli = join(builtProgram().root, 'dist', 'bundle', 'main.js')
      const limited = `ulimit -f ${blocks}; exec "$0" ${cli} import ${kind} ${file} --data ${data}`
      const { status, stderr } = spawnSync('sh', ['-c', limited, process.execPath])
      t.match(
        { status, text: String(stderr) },
        { status: 1, text: /yizhan: .*disk I\/O error/ },
        kind,
      )
      const again = await run(['import', kind, file], { YIZHAN_DATA: data })
      t.match(again, { code: 0, text: /8000 records of 8000 rows are live/ }, `${kind} again`)
    }
  },
)

t.test('faults: told, reported, and the exit code says so', async (t) => {
  const folder = t.testdir()
  const data = join(folder, 'data')
  const [file, report] = [join(folder, 'people.csv'), join(folder, 'report.csv')]
  const { text } = await run(['import', 'people', '--template'], {})
  t.equal(text, readFileSync('docs/imports/people.csv', 'utf8'))
  const rows = text.trim().split('\n')
  const faulty = rows.map((row, at) => (at === 0 ? row : row.replace('insurance', 'insured')))
  writeFileSync(file, faulty.join('\n'))
  const args = ['import', 'people', file, '--report', report]
  const refused = await run(args, { YIZHAN_DATA: data })
  t.match(refused, { code: 1, text: /row 2, stretch: expected insurance, grade-change/ })
  t.match(refused.text, /4 faults\. Nothing was applied\./)
  t.equal(readFileSync(report, 'utf8').trim().split('\n').length, 5)
  for (const over of [
    ['import', 'people'],
    ['catalogue', 'import'],
  ]) {
    const own = await run([...over, file, '--report', file], { YIZHAN_DATA: data })
    t.match(own, { code: 1, text: /is the file to be imported: it would be written over/ })
    t.equal(readFileSync(file, 'utf8'), faulty.join('\n'), over.join(' '))
  }
  writeFileSync(file, text)
  const dry = await run(['import', 'people', file, '--dry-run'], { YIZHAN_DATA: data })
  t.match(dry, { code: 0, text: /2 records of 10 rows are fine; nothing applied/ })
  if (existsSync('/dev/full')) {
    const full = await run(['import', 'people', file, '--report', '/dev/full'], {
      YIZHAN_DATA: data,
    })
    t.match(full, { code: 1, text: /no space left/ })
  }
  t.equal((await lookInto(data, 'P-0001')).head, 2, 'one was refused, one checked, none applied')
  t.match(await run(['import', 'people', 'people.txt'], {}), { code: 1, text: /\.csv or \.xlsx/ })
  const empty = join(t.testdir(), 'empty.csv')
  writeFileSync(empty, '')
  t.match(await run(['import', 'people', empty], {}), { code: 1, text: /empty\.csv is empty/ })
})

t.test('beside a server: through it, and it counts at once', async (t) => {
  const folder = t.testdir()
  const data = join(folder, 'data')
  const file = join(folder, 'people.csv')
  writePeople(file, 3_000)
  const server = await startServer({ folder: data })
  t.teardown(() => server.kill('SIGKILL'))
  const args = ['import', 'people', file, '--server', server.address]
  const env = { YIZHAN_DATA: data }
  const keyless = await run(args, env)
  t.match(keyless, { code: 1, text: /set YIZHAN_KEY to a key of the role registry/ })
  const report = join(folder, 'report.csv')
  writeFileSync(report, 'row,column,expected\n2,grade,"of the try before"\n')
  const reported = [...args, '--report', report]
  const imported = await run(reported, { ...env, YIZHAN_KEY: 'demo-registry' })
  t.match(imported, { code: 0, text: /3000 records of 3000 rows are live/ })
  t.equal(readFileSync(report, 'utf8'), 'row,column,expected\n', 'no faults of before')
  const headers = { authorization: 'Bearer demo-registry' }
  const answer = await fetch(`${server.address}/v1/persons/P002999`, { headers })
  t.match(await answer.json(), { personId: 'P002999', insurances: [{ grade: 1 }] })
  const again = await run(args, { ...env, YIZHAN_KEY: 'demo-registry' })
  t.match(again, { code: 0, text: /applied before .*; --again applies it once more/ })
  const meant = await run([...args, '--again'], { ...env, YIZHAN_KEY: 'demo-registry' })
  t.match(meant, {
    code: 0,
    text: /3000 records of 3000 rows are live .* 3000 of them as they were/,
  })
  server.kill('SIGKILL')
  await server.ended
  // What was acknowledged is there after a kill.
  t.match((await lookInto(data, 'P002999')).person, { insurances: [{ grade: 1 }] })
})

t.test('a server that is named is asked, and no data folder here is made or written', async (t) => {
  const folder = t.testdir()
  const file = join(folder, 'people.csv')
  writePeople(file, 3)
  const server = await startServer({ folder: join(folder, 'served') })
  t.teardown(() => server.kill('SIGKILL'))
  const here = join(folder, 'here')
  const env = { YIZHAN_DATA: here, YIZHAN_KEY: 'demo-operator' }
  const commands: readonly [args: readonly string[], key: string, said: RegExp][] = [
    [['import', 'people', file], 'demo-registry', /3 records of 3 rows are live/],
    [['accounts', 'credit', '--month', '2020-05', '--dry-run'], 'demo-agency', /would be credited/],
    [['keys', 'issue', 'institution', 'H50011300002'], 'demo-operator', /The key, shown this once/],
    [['keys', 'list'], 'demo-operator', /H50011300002/],
    [['staff', 'list'], 'demo-operator', /nobody was enrolled yet/],
    [['rules', 'rollback'], 'demo-policy', /refused: \d+ policy-version-unknown/],
  ]
  for (const [args, key, said] of commands) {
    const { text } = await run([...args, '--server', server.address], { ...env, YIZHAN_KEY: key })
    t.match(text, said, args.join(' '))
    t.notOk(existsSync(here), `${args.join(' ')}: nothing here`)
  }
  const keyless = await run(['import', 'people', file, '--server', server.address], {
    YIZHAN_DATA: here,
  })
  t.match(keyless, { code: 1, text: /was named: set YIZHAN_KEY to a key of the role registry/ })
  t.notOk(existsSync(here))
  server.kill('SIGKILL')
  await server.ended
  t.match((await lookInto(join(folder, 'served'), 'P000002')).person, { personId: 'P000002' })
})
