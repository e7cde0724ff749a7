import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { L2, stay } from '../../fixtures/counter/bills.ts'
import { Client } from '../../fixtures/torture/client.ts'
import { runCli, type ServerProcess, startServer } from '../../fixtures/torture/server-process.ts'

/** The policy from the command line, beside a running server and without one. */
const root = mkdtempSync(join(tmpdir(), 'yizhan-policy-'))
const [data, rules] = [join(root, 'data'), join(root, 'rules')]
const RATE = join(rules, 'sample/resident/rate.yaml')
const CATALOGUE = join(data, 'catalogue/national.csv')
let server: ServerProcess | undefined
t.teardown(async () => {
  server?.kill('SIGKILL')
  await server?.ended
  rmSync(root, { recursive: true, force: true })
})

const env = { YIZHAN_RULES: rules, YIZHAN_DATA: data }
const cli = async (args: string[], key?: string) => {
  const { end, stdout, stderr } = await runCli(args, {
    ...env,
    ...(key === undefined ? {} : { YIZHAN_KEY: key }),
  })
  return { end, stdout, stderr }
}
const edit = (file: string, from: string | RegExp, to: string) => {
  const text = readFileSync(file, 'utf8')
  if (text.search(from) < 0) throw new Error(`${file} does not say ${from}`)
  writeFileSync(file, text.replace(from, to))
}

t.test('edits, versions, rollbacks and imports', async (t) => {
  cpSync('fixtures/bad-packs/base/sample', join(rules, 'sample'), { recursive: true })
  for (const file of ['pack', 'resident/participation', 'resident/clearing']) {
    const path = join(rules, `sample/${file}.yaml`)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('990101', '500113'))
  }
  t.match(await cli(['rules', 'rollback']), { end: 1, stderr: /there is no ledger in/ })

  server = await startServer({ folder: data, env })
  let officer = new Client(server.address, 'demo-policy')
  const live = async () => (await officer.get('/v1/policy')).body
  const becomes = async (isSo: (answer: Awaited<ReturnType<typeof live>>) => boolean) => {
    // A reload goes behind everything else, the other tests on this machine included.
    for (let tries = 0; tries < 2_000; tries++) {
      const answer = await live()
      if (isSo(answer)) return answer
      await sleep(50)
    }
    throw new Error('it never became so')
  }
  const first = (await live()).packs[0].hash
  const quoted = async (code: string, at: Client) => {
    const line = { lineId: '1', code, quantity: '1', unitPriceFen: '1000000', amountFen: 1_000_000 }
    return (await at.post('/v1/quotes', stay(0, { lines: [line] }))).body
  }
  const hospital = new Client(server.address, `demo-${L2}`)
  // (10,000 - 300) yuan at 60 %.
  const settled = await hospital.post('/v1/settlements', { requestId: 'R1', ...stay(1_000_000) })
  t.equal(settled.status, 201)
  const plain = { end: 0, stdout: /^1 settlements checked: 1 the same, 0 differing\n$/ }

  edit(RATE, 'ratePermyriad: 6000', 'ratePermyriad: 60000')
  const { rejected } = await becomes((answer) => answer.rejected !== undefined)
  t.match(rejected, { by: 'files', problems: [/rate\.yaml:14.*period from 2012-01-01, row 1/] })
  edit(RATE, 'ratePermyriad: 60000', 'ratePermyriad: 7000')
  const second = (await becomes(({ packs }) => packs[0].hash !== first)).packs[0].hash
  t.equal((await quoted('DEMO-A', hospital)).amounts.fundFen, 679_000)
  t.match(server.stderr, /"by":"files".*rate\.yaml.*the rules were refused/)

  t.match(await cli(['replay']), plain, 'as it was decided')
  const table = join(root, 'replay.csv')
  const printed = await cli(['replay', '--with', 'live', '--csv', table])
  t.match(printed, { end: 0, stdout: /1 of them on another version: 1 would differ/ })
  t.match(printed.stdout, /fund resident-pool: booked 5820.00, would be 6790.00, \+970.00\n/)
  t.match(
    printed.stdout,
    /1 persons differ:\n {2}CQR1: 1 settlements, funds \+970.00, patient -970.00\n/,
  )
  const [header, row] = readFileSync(table, 'utf8').split('\n')
  t.match(
    header,
    /^settlement,person,.*,outcome,patient booked,patient would be,patient difference,/,
  )
  t.match(row, /^S\d+,CQR1,.*,differs,4180.00,3210.00,-970.00,.*,5820.00,6790.00,970.00$/)
  const asJson = await cli(['replay', '--with', rules, '--json', '--person', 'CQR1'])
  t.match(JSON.parse(asJson.stdout), { patient: { differenceFen: -97_000 }, differing: 1 })

  const versions = await cli(['rules', 'versions'])
  t.match(versions.stdout, new RegExp(`^sample ${first} known since .*, in force from .* until`))
  t.match(versions.stdout, new RegExp(`^sample ${second} known since .*, in force since`, 'm'))
  t.match(versions.stdout, /^catalogue national [0-9a-f]{64} known since .*, in force since/m)

  const changed = /care ended until 2013-01-01, contribution tier 1: rate 60 % → 70 %; seed, /
  for (const named of [
    [first.slice(0, 12), 'live'],
    [first, second],
    [first, rules],
  ]) {
    const said = await cli(['rules', 'diff', ...named])
    t.match(said, { end: 0, stdout: changed }, `diff ${named}`)
  }
  t.match(await cli(['rules', 'diff', 'live', rules]), { end: 0, stdout: /^no difference\n$/ })

  const address = ['--server', server.address]
  t.match(await cli(['rules', 'rollback', ...address]), { end: 1, stderr: /YIZHAN_KEY/ })
  t.match(await cli(['rules', 'rollback', ...address], `demo-${L2}`), { end: 1, stderr: /403/ })
  t.match(await cli(['rules', 'rollback', ...address], 'demo-policy'), {
    end: 0,
    stdout: `in force: sample ${first}`,
  })
  t.match((await live()).packs[0], { hash: first, overruled: second })
  const { stdout: reigns } = await cli(['rules', 'versions'])
  t.match(
    reigns.split('\n').filter((line) => line.startsWith('sample')),
    [
      new RegExp(`^sample ${first} .*, in force from .* until`),
      new RegExp(`^sample ${second} .*, in force from .* until`),
      new RegExp(`^sample ${first} .*, in force since .*, instead of ${second} in the files`),
    ],
    'what was restored was in force twice',
  )

  const [file, report] = [join(root, 'new.csv'), join(root, 'report.csv')]
  cpSync(CATALOGUE, file)
  edit(file, /^DEMO-A,.*\n/m, 'DEMO-A,名,drug,=1+1,,2005-02-30,,,,,,,,,,,,,,,,,\n')
  const importing = ['catalogue', 'import', file, '--report', report, ...address]
  const faulty = await cli(importing, 'demo-policy')
  t.match(faulty, { end: 1, stdout: /2 problems in .*; nothing was changed/ })
  t.match(
    readFileSync(report, 'utf8'),
    /^row,column,expected,found\n\d+,class,"one of A, B, C",'=1\+1\n/,
    'what a spreadsheet would compute is a text',
  )
  edit(
    file,
    /^DEMO-A,.*\n/m,
    'DEMO-A,名,drug,C,,2005-01-01,,,,,,,,,,,,,,,,,\nNEW,新,drug,A,,2005-01-01,,,,,,,,,,,,,,,,,\n',
  )
  const trial = await cli([...importing, '--dry-run'], 'demo-policy')
  t.match(trial, { end: 0, stdout: /1 added, 0 removed, 1 changed/ })
  t.match(trial.stdout, /changed: DEMO-A from 2005-01-01: .*class A → C/)
  t.equal((await quoted('NEW', hospital)).code, 'unknown-item', 'a trial changes nothing')
  t.match(await cli(importing, 'demo-auditor'), {
    end: 1,
    stderr: /written, and not taken up by a server\. http.* refused: 403/,
  })
  t.match(await cli(importing, 'demo-policy'), { end: 0, stdout: /in force on http/ })
  t.match((await quoted('NEW', hospital)).amounts, { fundFen: 582_000 })
  const { catalogueHash } = (await live()).packs[0]

  officer.close()
  hospital.close()
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  t.match(await cli(['rules', 'rollback', '--to', second.slice(0, 12)]), {
    end: 0,
    stdout: `in force: sample ${second}`,
  })
  t.match(await cli(['rules', 'rollback', '--pack', 'sample', '--to', first]), { end: 0 })

  server = await startServer({ folder: data, env })
  officer = new Client(server.address, 'demo-policy')
  t.match((await live()).packs[0], { hash: first, overruled: second, catalogueHash }, 'kept')
  edit(RATE, 'ratePermyriad: 7000', 'ratePermyriad: 8000')
  const third = (await becomes(({ packs }) => packs[0].hash !== first)).packs[0]
  t.not(third.hash, second)
  t.notOk(third.overruled)
  officer.close()
})
