import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DEMO_CLAIM } from '../../fixtures/demo.ts'
import { runCli, startServer } from '../../fixtures/torture/server-process.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

// Ample: it starts many processes, and how fast they work is not what it is for.
t.setTimeout(280_000)

/** `yizhan bench` as an integrator runs it, against the demo server. */

async function run(...args: string[]) {
  const { end, stdout, stderr } = await runCli(['bench', ...args])
  return { code: end, stdout, stderr, text: stdout + stderr }
}

t.test('what cannot begin is said in plain words', async (t) => {
  const folder = t.testdir({ 'bad.ndjson': '{}\nnonsense\n', 'empty.ndjson': '\n' })
  const closed = ['--url', 'http://127.0.0.1:9']
  const cases: readonly (readonly [string[], RegExp])[] = [
    [closed, /nothing listens at http:\/\/127\.0\.0\.1:9/],
    [['--url', 'localhost'], /--url takes an address such as/],
    [[...closed, '--scenario', 'protocol'], /--scenario protocol books settlements .* say --yes/],
    [[...closed, '--scenario', 'protocol', '--yes'], /nothing listens at http:\/\/127\.0\.0\.1:9/],
    [[...closed, '--cancel-share', '101'], /A share is a number from 0 to 100/],
    [[...closed, '--settle'], /books settlements in the ledger of .* say --yes/],
    [[...closed, '--key', 'k'], /--key goes with --claims/],
    [[...closed, '--claims', join(folder, 'bad.ndjson')], /needs the institution's key/],
    [[...closed, '--key', 'k', '--claims', join(folder, 'bad.ndjson')], /line 2: not JSON/],
    [[...closed, '--key', 'k', '--claims', join(folder, 'empty.ndjson')], /holds no claim/],
    [[...closed, '--rate', '0'], /A rate is a number over 0/],
    [[...closed, '--duration', 'long'], /A duration is a number of seconds/],
  ]
  for (const [args, expected] of cases) {
    t.match(await run(...args), { code: 1, stderr: expected }, args.slice(2).join(' '))
  }
})

t.test('against a server: quotes, claims of a file, bookings', async (t) => {
  const folder = t.testdir()
  // As many people as the demo's claims are about.
  const env = { YIZHAN_PEOPLE: '1000' }
  const server = await startServer({ folder: join(folder, 'data'), env })
  t.teardown(() => server.kill('SIGKILL'))
  // What was shown to whom is kept as well, and is no booking.
  const booked = () => {
    const { journalPath: path } = ledgerPaths(join(folder, 'data'))
    const codec = codecOf(join(folder, 'data'))
    const journal = openJournal({ path, readonly: true })
    const rows = journal.readAfter(0, journal.head().position)
    journal.close()
    return rows.filter(({ body }) => codec.decodeEntry(body).kind !== 'data-read').length
  }
  const json = join(folder, 'result.json')
  const load = ['--url', server.address, '--rate', '40', '--duration', '2', '--json', json]
  const before = booked()
  const quoted = await run(...load, '--scenario', 'outpatient')
  t.match(quoted, { code: 0, stdout: /quotes, outpatient claims of the demo, 40\/s for 2 s/ })
  t.match(quoted.stdout, /failed {4}0\np50 +[\d.]+ ms\n/)
  const result = JSON.parse(readFileSync(json, 'utf8'))
  t.ok(result.sent > 40 && result.sent < 140, `${result.sent} sent`)
  t.match(result, { answered: result.sent, failed: {}, settle: false })
  t.equal(booked(), before, 'quotes book nothing')

  const begun = booked()
  const protocol = ['--scenario', 'protocol', '--cancel-share', '50', '--yes']
  const played = await run(...load, ...protocol)
  t.match(played.stdout, /books {5}balanced: \d+ settlements and cancellations/)
  const { transactions, unbalanced } = JSON.parse(readFileSync(json, 'utf8'))
  t.strictSame(unbalanced, [])
  const accepted = new Map<string, number>(
    transactions.map((one: { infno: string; byInfcode: Record<string, number> }) => [
      one.infno,
      one.byInfcode['0'] ?? 0,
    ]),
  )
  t.strictSame([...accepted.keys()], ['2201', '2204', '2206', '2207', '2208'])
  const settled = accepted.get('2207')!
  t.ok(settled > 10, `${settled} visits were settled`)
  t.ok(Math.abs(accepted.get('2208')! - settled / 2) < settled / 4, 'half of them were cancelled')
  const books = ['2201', '2204', '2207', '2208'].reduce((sum, no) => sum + accepted.get(no)!, 0)
  t.equal(booked() - begun, books, 'each is one entry')

  const claims = join(folder, 'claims.ndjson')
  const { institutionId } = DEMO_CLAIM
  writeFileSync(claims, `${JSON.stringify({ requestId: 'once', ...DEMO_CLAIM })}\n`)
  const own = [...load, '--claims', claims]
  const then = booked()
  const kept = await run(...own, '--key', `demo-${institutionId}`, '--settle', '--yes')
  t.match(kept, { code: 0, stderr: /booking settlements at/ })
  t.equal(booked() - then, JSON.parse(readFileSync(json, 'utf8')).sent, 'each booked once')

  const stranger = await run(...own, '--key', 'nobody')
  t.match(stranger, { code: 1, stderr: /does not accept the key: unauthorized/ })
  writeFileSync(claims, `${JSON.stringify({ ...DEMO_CLAIM, personId: 'NOBODY' })}\n`)
  const refused = await run(...own, '--key', `demo-${institutionId}`)
  t.match(refused, { code: 1, stderr: /1 of 1 claims are refused, .*422 person-unknown/ })
})
