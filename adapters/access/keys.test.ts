import t from 'tap'
import { type Access, foldAct, loadAccess, nobody } from '../../engine/access/access.ts'
import type { Key } from '../../engine/access/keys.ts'
import { enrol } from '../../engine/access/staff-rules.ts'
import { isRefusal } from '../../engine/claim/outcomes.ts'
import { openMemoryLedger } from '../memory/inline-ledger.ts'
import { AccessDesk } from './access-desk.ts'
import type { DatedAhead } from './dated-ahead.ts'
import { issuedKeys } from './issued-keys.ts'
import { type HandedOut, KeyDesk } from './key-desk.ts'
import { NoncesSinceStart } from './nonces-since-start.ts'
import { SeenNonces } from './seen-nonces.ts'

const OPERATOR = { role: 'operator', id: 'ops' } as const
const H1 = { role: 'institution', id: 'H1' } as const
const serverKey = new Uint8Array(32).fill(1)
const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Keys over a ledger in memory, at a time that the test sets. */
function openDesk(access: Access = nobody(), ledger = openMemoryLedger()) {
  const clock = { now: 1_000_000 }
  const now = () => clock.now
  const acts = new AccessDesk({
    ledger,
    now,
    access: () => access,
    publish: async (act) => foldAct(access, act),
  })
  const desk = new KeyDesk(acts, { serverKey, now })
  const authenticate = issuedKeys({ access: () => access, serverKey, now })
  /** Who is let in, or why nobody is. */
  const shows = async (key: string) => {
    const found = await authenticate(key)
    return isRefusal(found) ? found.refused : found
  }
  return { clock, ledger, access, desk, acts, shows }
}

function given<T>(answer: T): Exclude<T, { refused: unknown }> {
  if (isRefusal(answer)) throw new Error(answer.detail)
  return answer as Exclude<T, { refused: unknown }>
}

async function codeOf(answer: Promise<unknown>): Promise<string | undefined> {
  const got = await answer
  return isRefusal(got) ? got.refused : undefined
}

t.test('a key lets its holder in, and nothing like it does', async (t) => {
  const { desk, shows } = openDesk()
  const { id, key } = given(await desk.issue({ role: 'institution', holder: 'H1' }, OPERATOR))
  const other = given(await desk.issue({ role: 'institution', holder: 'H2' }, OPERATOR))
  t.match(key, /^[0-9a-f]{16}\.[A-Za-z0-9_-]{43}$/)
  t.equal(Buffer.from(key.split('.')[1]!, 'base64url').length * 8, 256)
  for (const round of ['first', 'remembered']) {
    t.strictSame(await shows(key), H1, round)
    for (const wrong of [
      '',
      id,
      `${id}.`,
      `.${key}`,
      `${key}A`,
      key.slice(0, -1),
      key.toUpperCase(),
      // The last of 43 digits holds 4 bits: the text is what counts, not the bits.
      `${key.slice(0, -1)}${key.endsWith('B') ? 'C' : 'B'}`,
      `${other.id}.${key.split('.')[1]}`,
      `nobody.${key.split('.')[1]}`,
    ]) {
      t.equal(await shows(wrong), undefined, `${round}: ${wrong.slice(0, 5)}`)
    }
  }
})

/** What is done to a key, and who is let in with it and with the one in its place, at which time. */
t.test('until when a key is good', async (t) => {
  const { clock, desk, shows } = openDesk()
  const start = clock.now
  const issue = async (until?: number) =>
    given(await desk.issue({ ...ROLE, ...(until === undefined ? {} : { until }) }, OPERATOR))
  const ROLE = { role: 'institution', holder: 'H1' } as const
  const ending = await issue(start + DAY)
  const rotated = await issue()
  const atOnce = await issue()
  const endsFirst = await issue(start + HOUR)
  const revoked = await issue()
  const replacing = {
    rotated: given(await desk.rotate(rotated.id, {}, OPERATOR)),
    atOnce: given(await desk.rotate(atOnce.id, { overlapHours: 0, until: start + DAY }, OPERATOR)),
    endsFirst: given(await desk.rotate(endsFirst.id, { overlapHours: 2 }, OPERATOR)),
  }
  const cases: [string, HandedOut, number, unknown][] = [
    ['the last moment', ending, DAY - 1, H1],
    ['its end', ending, DAY, 'key-ended'],
    ['the overlap', rotated, 7 * DAY - 1, H1],
    ['the end of the overlap', rotated, 7 * DAY, 'key-ended'],
    ['what took its place, long after', replacing.rotated, 100 * DAY, H1],
    ['no overlap', atOnce, 0, 'key-ended'],
    ['its replacement at once', replacing.atOnce, 0, H1],
    ['its replacement has an end, too', replacing.atOnce, DAY, 'key-ended'],
    ['an overlap does not prolong', endsFirst, HOUR, 'key-ended'],
    ['its replacement', replacing.endsFirst, HOUR, H1],
    ['before it is revoked', revoked, 0, H1],
  ]
  for (const [name, { key }, after, expected] of cases) {
    clock.now = start + after
    t.strictSame(await shows(key), expected, name)
  }
  clock.now = start
  t.match(await desk.revoke(revoked.id, OPERATOR), { standing: 'revoked' })
  t.equal(await shows(revoked.key), 'key-revoked', 'although it was remembered')
  t.match(await desk.revoke(rotated.id, OPERATOR), { standing: 'revoked' })
  t.equal(await shows(rotated.key), 'key-revoked', 'within its overlap')
  t.strictSame(await shows(replacing.rotated.key), H1, 'what took its place is another key')
})

t.test('what cannot be done to a key', async (t) => {
  const { clock, desk } = openDesk()
  const ROLE = { role: 'institution', holder: 'H1' } as const
  const { id } = given(await desk.issue({ ...ROLE, until: clock.now + DAY }, OPERATOR))
  t.equal(await codeOf(desk.issue({ ...ROLE, until: clock.now }, OPERATOR)), 'invalid-request')
  t.equal(await codeOf(desk.issue({ ...ROLE, holder: 'H 1' }, OPERATOR)), 'invalid-request')
  for (const holder of ['engine', 'files', 'cli', 'operator', 'demo', 'Engine']) {
    const asked = { role: 'operator', holder } as const
    t.equal(await codeOf(desk.issue(asked, OPERATOR)), 'invalid-request', holder)
  }
  t.equal(await codeOf(desk.rotate('nobody', {}, OPERATOR)), 'key-not-found')
  t.equal(await codeOf(desk.revoke('nobody', OPERATOR)), 'key-not-found')
  const next = given(await desk.rotate(id, {}, OPERATOR))
  t.equal(await codeOf(desk.rotate(id, {}, OPERATOR)), 'key-not-good', 'replaced already')
  clock.now += DAY
  t.equal(await codeOf(desk.rotate(id, {}, OPERATOR)), 'key-not-good', 'ended')
  given(await desk.revoke(next.id, OPERATOR))
  t.equal(await codeOf(desk.rotate(next.id, {}, OPERATOR)), 'key-not-good', 'revoked')
  const before = desk.list().length
  given(await desk.revoke(next.id, OPERATOR))
  t.equal(desk.list().length, before, 'revoked twice is revoked')
})

/** Lists of what was done name whoever did it by the name alone. */
t.test('no key is held by the name of a member of staff with another role', async (t) => {
  const { access, desk } = openDesk()
  const secrets = { passwordHash: '', codeSecret: '' }
  const on = { by: OPERATOR, now: 1, keys: access.keys }
  const enrolled = given(enrol(undefined, { name: 'wu', role: 'auditor', secrets }, on))
  foldAct(access, { ...enrolled, position: 1, at: 1, previous: 0, previousOfAll: 0 })
  for (const [role, holder, expected] of [
    ['agency', 'wu', 'invalid-request'],
    ['institution', 'wu', 'invalid-request'],
    ['operator', 'WU', 'invalid-request'],
    ['auditor', 'wu', undefined],
    ['agency', 'wu2', undefined],
  ] as const) {
    t.equal(await codeOf(desk.issue({ role, holder }, OPERATOR)), expected, `${role} ${holder}`)
  }
})

t.test('two at once are decided one after the other', async (t) => {
  const { desk } = openDesk()
  const { id } = given(await desk.issue({ role: 'registry', holder: 'r' }, OPERATOR))
  const both = await Promise.all([desk.rotate(id, {}, OPERATOR), desk.rotate(id, {}, OPERATOR)])
  t.strictSame(both.map((one) => isRefusal(one)).sort(), [false, true])
  const revoked = await Promise.all([desk.revoke(id, OPERATOR), desk.revoke(id, OPERATOR)])
  t.strictSame(
    revoked.map((one) => isRefusal(one)),
    [false, false],
  )
})

t.test('the journal alone says who is let in, and lets nobody in by itself', async (t) => {
  const one = openDesk()
  const asked = { role: 'institution', holder: 'H1' } as const
  const kept = given(await one.desk.issue(asked, OPERATOR))
  const old = given(await one.desk.issue({ ...asked, until: one.clock.now + DAY }, OPERATOR))
  const next = given(await one.desk.rotate(old.id, { overlapHours: 1 }, OPERATOR))
  given(await one.desk.revoke(kept.id, OPERATOR))

  const access = await loadAccess(one.ledger)
  const plain = ({ keys }: Access): Key[] => [...keys.values()]
  t.strictSame(plain(access), plain(one.access))
  const again = openDesk(access, one.ledger)
  t.equal(await again.shows(kept.key), 'key-revoked')
  t.strictSame(await again.shows(next.key), H1)

  const entries = Array.from({ length: one.ledger.status().head }, (_, index) =>
    JSON.stringify(one.ledger.entry(index + 1)),
  ).join('\n')
  for (const { id, key } of [kept, old, next]) {
    t.match(entries, id)
    t.notMatch(entries, key.split('.')[1]!)
  }
  const elsewhere = issuedKeys({
    access: () => access,
    serverKey: new Uint8Array(32),
    now: Date.now,
  })
  t.equal(await elsewhere(next.key), undefined, 'without the secret of the server the hash is none')
})

t.test(
  'while the ledger takes no entries, nothing is done and the keys stay as they are',
  async (t) => {
    const { desk, ledger, shows } = openDesk()
    const { id, key } = given(await desk.issue({ role: 'institution', holder: 'H1' }, OPERATOR))
    ledger.append = async () => ({ outcome: 'shed', reason: 'fold-lag' })
    t.equal(await codeOf(desk.revoke(id, OPERATOR)), 'overloaded')
    t.equal(await codeOf(desk.issue({ role: 'agency', holder: 'A' }, OPERATOR)), 'overloaded')
    t.strictSame(await shows(key), H1)
    t.equal(desk.list().length, 1)
  },
)

t.test(
  'a nonce is remembered until it runs out, and one signer does not fill the memory',
  async (t) => {
    const MINUTE = 60_000
    type Case = [who: string, nonce: string, minute: number, noted: string, size: number]
    const cases: [most: number, Case[]][] = [
      [
        20,
        [
          ['a', '1', 0, 'new', 1],
          ['a', '1', 0, 'repeated', 1],
          ['b', '1', 4, 'new', 2],
          ['a', '2', 4, 'new', 3],
          ['a', '3', 4, 'full', 3],
          ['a', '1', 5, 'repeated', 3],
          ['a', '3', 6, 'new', 3],
          ['a', '4', 6, 'full', 3],
          ['a', '4', 12, 'new', 1],
        ],
      ],
      [
        20,
        [
          ['a', '1', 0.5, 'new', 1],
          ['a', '1', 5.4, 'repeated', 1],
          ['a', '1', 6, 'new', 1],
        ],
      ],
      [
        3,
        [
          ['a', '1', 0, 'new', 1],
          ['b', '1', 0, 'new', 2],
          ['c', '1', 0, 'new', 3],
          ['d', '1', 0, 'full', 3],
          ['d', '1', 6, 'new', 1],
        ],
      ],
    ]
    for (const [most, notes] of cases) {
      const seen = new SeenNonces(most)
      for (const [who, nonce, minute, noted, size] of notes) {
        const now = minute * MINUTE
        const what = `${who} ${nonce} in minute ${minute} of ${most}`
        t.equal(seen.note(who, nonce, { now, until: now + 5 * MINUTE }), noted, what)
        t.equal(seen.size, size, what)
      }
    }
  },
)

t.test('what may have been let in before the start is not let in again', async (t) => {
  const letIn: string[] = []
  const ahead = {
    before: (who: string) => (who === 'fast' ? 20_000 : 0),
    note: async (who: string) => void letIn.push(who),
  } as unknown as DatedAhead
  const nonces = new NoncesSinceStart(new SeenNonces(), ahead, 9_001)
  const cases: [who: string, signedAt: number, noted: string][] = [
    ['slow', 9_999, 'earlier'],
    ['slow', 10_000, 'new'],
    ['slow', 10_000, 'repeated'],
    ['fast', 20_000, 'earlier'],
    ['fast', 20_001, 'new'],
  ]
  for (const [who, signedAt, noted] of cases) {
    const times = { signedAt, now: 10_000, until: 400_000 }
    t.equal(await nonces.note(who, 'nonce', times), noted, `${who} at ${signedAt}`)
  }
  t.strictSame(letIn, ['slow', 'fast'])
})
