import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { DAY_MS } from '../../engine/calendar/civil-days.ts'
import { readyRegistry } from '../sqlite/registry-store.ts'
import { projectRoot } from './project-root.ts'
import { findingsAtStart, type StartAt } from './start-report.ts'

/** What a start says of the machine that it finds itself on. */

const folder = mkdtempSync(join(tmpdir(), 'yizhan-start-'))
t.teardown(() => rmSync(folder, { recursive: true }))
readyRegistry(folder)
const certificate = readFileSync(join(projectRoot(), 'fixtures', 'tls', 'localhost.crt'), 'utf8')
const ends = Date.parse(new X509Certificate(certificate).validTo)

const BOOKED_AT = ends - 100 * DAY_MS
const ledger = {
  startReport: { action: 'none', from: 1, to: 1 },
  endedInOrder: true,
  status: () => ({ head: 1 }),
  entry: () => ({ bookedAt: BOOKED_AT }),
} as unknown as Parameters<typeof findingsAtStart>[1]

const CASES: [string, StartAt, RegExp | undefined][] = [
  ['a clock that goes on', { now: BOOKED_AT + 1 }, undefined],
  ['a clock that NTP has moved', { now: BOOKED_AT - 4_000 }, undefined],
  ['a clock that was set back', { now: BOOKED_AT - 10_000 }, /^the clock of the machine says/],
  ['a certificate that is good for long', { now: ends - 31 * DAY_MS, certificate }, undefined],
  ['one that ends soon', { now: ends - 29 * DAY_MS, certificate }, /^the certificate ends at/],
  ['one that has ended', { now: ends, certificate }, /^the certificate ended at/],
]
for (const [name, at, said] of CASES) {
  t.test(`a start with ${name}`, async (t) => {
    const findings = findingsAtStart(folder, ledger, 0, at)
    t.equal(findings.length, said === undefined ? 0 : 1)
    if (said !== undefined) t.match(findings[0], said)
  })
}

t.test('a journal without an entry has no clock', async (t) => {
  const empty = {
    ...ledger,
    status: () => ({ head: 0, folded: 0, writable: true, busySince: 0 }),
    entry: () => undefined,
  }
  t.strictSame(findingsAtStart(folder, empty, 0, { now: 0 }), [])
})
