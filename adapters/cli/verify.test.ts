import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Entry } from '../../engine/ledger/entry.ts'
import { verifyJournal } from '../../engine/ledger/verify.ts'
import { adding, change, editKept, SpoiledLedger } from '../../fixtures/audit/spoiled-ledger.ts'
import { runCli } from '../../fixtures/torture/server-process.ts'
import { readHead, signatureFault, signHead } from '../audit/signed-head.ts'
import { makeKeyPair } from '../codec/sm2.ts'
import { bytesOf, sm3 } from '../codec/sm3.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openStates } from '../sqlite/state-store.ts'
import decideShare from '../workers/audit-thread.ts'
import { type VerifyOptions, verifyFolder } from './verify-folder.ts'

/** A ledger with rows of most kinds, spoiled in one place after the other. */
t.setTimeout(300_000)

const root = mkdtempSync(join(tmpdir(), 'yizhan-verify-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))
const ledger = await SpoiledLedger.make(root)
const { sound, rows, kinds, head } = ledger
const SETTLEMENT = ledger.firstOf('settlement')
const entryAt = (position: number) => ledger.entryAt(position)
const firstOf = (kind: Entry['kind']) => ledger.firstOf(kind)
const copy = () => ledger.copy()

async function verify(folder: string, against: VerifyOptions['against'] = []) {
  const options = { data: folder, scratch: root, threads: 0, against, onProgress: () => {} }
  return verifyFolder(options)
}

t.test('a ledger that is sound', async (t) => {
  const verified = await verify(sound)
  t.strictSame(verified.faults, [])
  const settlements = kinds.filter((kind) => kind === 'settlement').length
  t.match(verified, {
    head,
    position: head,
    statesUpTo: head,
    decidedAgain: settlements,
    visits: 2,
  })
  t.equal(verified.entries.settlement, settlements)
  t.ok(verified.persons > 20 && settlements > 30)
  for (const kind of ['reversal', 'tombstone', 'registry-change', 'visit-event'] as const) {
    t.ok(verified.entries[kind], kind)
  }
})

t.test('a flipped byte of any column of any kind of row', async (t) => {
  const fresh = copy()
  const folder = copy()
  const path = join(folder, 'journal.sqlite')
  let flips = 0
  for (const kind of new Set(kinds)) {
    const position = firstOf(kind)
    const row = rows[position - 1]!
    for (const column of ['keys', 'subjects', 'body', 'hash'] as const) {
      const bytes = Buffer.from(row[column] as string)
      // The first byte, one in the middle or the last, in turn.
      const at = Math.floor(((bytes.length - 1) * (flips % 3)) / 2)
      if (bytes.length > 0) {
        const spoiled = Buffer.from(bytes)
        spoiled[at]! ^= 1 << (flips++ % 7)
        cpSync(join(fresh, 'journal.sqlite'), path)
        change(folder, 'journal.sqlite', (db) => {
          const value = typeof row[column] === 'string' ? 'CAST(? AS TEXT)' : '?'
          const update = `UPDATE entry SET ${column} = ${value} WHERE position = ?`
          db.prepare(update).run(spoiled, position)
        })
        const expected = column === 'keys' || column === 'subjects' ? 'columns' : 'hash'
        t.match(faultOf(path), { position, kind: expected }, `${kind} ${column} ${at}`)
      }
    }
  }
  t.ok(flips > 20, `${flips} flips`)
})

t.test('a flipped byte in the file itself', async (t) => {
  const folder = copy()
  const path = join(folder, 'journal.sqlite')
  const bytes = readFileSync(path)
  let flips = 0
  // Two rows of each kind and the last one: for each flip the chain is walked up to it.
  const some = rows.filter(({ position }) => {
    const kind = kinds[position - 1]
    const before = kinds.slice(0, position - 1).filter((other) => other === kind)
    return before.length < 2 || position === head
  })
  for (const { position, keys, subjects, body, hash } of some) {
    // What is short enough stands in one piece in the file: keys, subjects, body, hash.
    const whole = Buffer.concat([Buffer.from(keys), Buffer.from(subjects), body, hash])
    // A page that became the root of a tree still has what it handed down, and nobody reads that.
    const start = bytes.lastIndexOf(whole)
    if (start < 0) continue
    for (let at = start + (flips % 97); at < start + whole.length; at += 601) {
      const spoiled = Buffer.from(bytes)
      spoiled[at]! ^= 1 << (flips++ % 8)
      writeFileSync(path, spoiled)
      t.equal(faultOf(path)?.position, position, `byte ${at}`)
    }
  }
  t.ok(flips > 20, `${flips} flips`)
})

function faultOf(path: string) {
  const journal = openJournal({ path, readonly: true })
  try {
    return verifyJournal(journal, codecOf(dirname(path)), sm3).fault
  } finally {
    journal.close()
  }
}

/** A settlement of which something was paid from a fund, and that read sums of the year. */
const PAID = rows
  .map(({ position }) => position)
  .find((position) => {
    const { kind, sums, deltas } = entryAt(position)
    return kind === 'settlement' && sums!.fundFen > 0 && deltas.length > 0
  })!

/** A fen more from the fund, in every place of the row that says so. */
const PAYMENT_CHANGED = adding([[6, 6], 1], [[6, 8], -1], [[6, 10], -1], [[7, 0, 3], 1])

interface Expected {
  readonly kind: string
  readonly position?: number
  readonly what?: RegExp
}

const CASES: readonly [what: string, spoil: (folder: string) => void, expected: Expected[]][] = [
  [
    'a swapped pair',
    (folder) =>
      change(folder, 'journal.sqlite', (db) => {
        const [one, other] = [rows[SETTLEMENT - 1]!, rows[SETTLEMENT]!]
        const put = db.prepare(
          'UPDATE entry SET keys = ?, subjects = ?, body = ?, hash = ? WHERE position = ?',
        )
        put.run(one.keys, one.subjects, one.body, one.hash, other.position)
        put.run(other.keys, other.subjects, other.body, other.hash, one.position)
      }),
    [{ position: SETTLEMENT, kind: 'hash' }],
  ],
  [
    'a removed row',
    (folder) =>
      change(folder, 'journal.sqlite', (db) =>
        db.prepare('DELETE FROM entry WHERE position = ?').run(SETTLEMENT),
      ),
    [{ position: SETTLEMENT, kind: 'missing' }],
  ],
  [
    'a deleted tail that the states had folded',
    (folder) => ledger.cutTail(folder, 3),
    [{ position: head - 2, kind: 'truncated' }],
  ],
  [
    'a payment changed in all its places, with all hashes made anew',
    (folder) => ledger.forge(folder, PAID, PAYMENT_CHANGED),
    [{ position: PAID, kind: 'decision', what: /fundFen/ }],
  ],
  [
    'a sum of the year that was read, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, PAID, (entry) => {
        const reads = (entry.content as unknown[])[12] as [string, string, number][]
        reads[0]![2] += 100
        return entry
      }),
    [{ position: PAID, kind: 'reads' }],
  ],
  [
    'what a settlement adds to the year, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, PAID, (entry) => {
        const [first, ...others] = entry.deltas
        return { ...entry, deltas: [{ ...first!, amount: first!.amount + 1 }, ...others] }
      }),
    [
      { position: PAID, kind: 'decision' },
      { kind: 'state', what: /the entries make/ },
    ],
  ],
  [
    'what the day is to hold of a settlement, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, PAID, (entry) => ({
        ...entry,
        sums: { ...entry.sums!, fundFen: entry.sums!.fundFen - 1 },
      })),
    [
      { position: PAID, kind: 'decision', what: /sums\.fundFen/ },
      { position: PAID, kind: 'booking' },
    ],
  ],
  [
    'a reversal that takes back more, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, firstOf('reversal'), (entry) => ({
        ...entry,
        sums: { ...entry.sums!, totalFen: entry.sums!.totalFen - 1 },
      })),
    [{ position: firstOf('reversal'), kind: 'reversal' }],
  ],
  [
    'a visit that forgets an event, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, firstOf('visit-event') + 1, (entry) => {
        const [layout, opening, , event] = entry.content as unknown[]
        return { ...entry, content: [layout, opening, 1, event] }
      }),
    [{ position: firstOf('visit-event') + 1, kind: 'visit' }],
  ],
  [
    'reads that forget those before them, and are of another day, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, firstOf('data-read') + 1, (entry) => {
        const [layout, , [[role, by, way, what, [personId, id, at]]]] = entry.content as [
          number,
          number,
          [[string, string, string, string, [string, null, number]]],
        ]
        const rows = [personId, id, at + 86_400_000, 1]
        return { ...entry, content: [layout, 0, [[role, by, way, what, rows]]] }
      }),
    [
      { position: firstOf('data-read') + 1, kind: 'data-read', what: /does not follow/ },
      { position: firstOf('data-read') + 1, kind: 'data-read', what: /another day/ },
    ],
  ],
  [
    'a message booked twice, with all hashes made anew',
    (folder) =>
      ledger.forge(folder, head, (entry) => ({ ...entry, keys: entryAt(SETTLEMENT).keys })),
    [{ position: head, kind: 'fold' }],
  ],
  [
    "a person's year in the state file",
    (folder) =>
      change(folder, 'state.sqlite', (db) => {
        const subject = entryAt(PAID).subjects.find((each) => each.startsWith('person/'))!
        const { body } = db
          .prepare<[string], { body: Buffer }>('SELECT body FROM subject_state WHERE subject = ?')
          .get(subject)!
        const codec = codecOf(folder)
        const state = codec.decodeState(bytesOf(body))
        const [[name, amount]] = [...state.accumulators] as [[string, number]]
        const accumulators = new Map(state.accumulators).set(name, amount + 1)
        db.prepare('UPDATE subject_state SET body = ? WHERE subject = ?').run(
          codec.encodeState({ ...state, accumulators }),
          subject,
        )
      }),
    [{ kind: 'state', what: /the kept state of the person has \d+ in .*; the entries make \d+/ }],
  ],
  [
    'a state that is gone, one too many, one that is no state',
    (folder) =>
      change(folder, 'state.sqlite', (db) => {
        const some = 'SELECT subject FROM subject_state ORDER BY subject LIMIT 1'
        db.exec(`DELETE FROM subject_state WHERE subject = (${some})`)
        db.exec("INSERT INTO subject_state SELECT 'person/X', body FROM subject_state LIMIT 1")
        db.exec(`UPDATE subject_state SET body = x'c1' WHERE subject = (${some})`)
      }),
    [
      { kind: 'state', what: /is not there/ },
      { kind: 'state', what: /cannot be unpacked/ },
      { kind: 'state', what: /that no entry made/ },
    ],
  ],
  [
    'the index of message keys: one elsewhere, one gone, one that nobody sent',
    (folder) =>
      change(folder, 'state.sqlite', (db) => {
        const key = (at: number) => rows[at - 1]!.keys.split('\n')[0]
        db.prepare('UPDATE message_key SET position = 1 WHERE key = ?').run(key(SETTLEMENT))
        db.prepare('DELETE FROM message_key WHERE key = ?').run(key(SETTLEMENT + 1))
        db.exec("INSERT INTO message_key VALUES ('nobody', 7)")
      }),
    [
      { position: 7, kind: 'key' },
      { position: SETTLEMENT, kind: 'key' },
      { position: SETTLEMENT + 1, kind: 'key' },
    ],
  ],
  [
    "an institution's day",
    (folder) =>
      change(folder, 'state.sqlite', (db) =>
        db.prepare('UPDATE booking SET fund_fen = fund_fen + 1 WHERE position = ?').run(SETTLEMENT),
      ),
    [{ position: SETTLEMENT, kind: 'booking' }],
  ],
  [
    'states of another journal',
    (folder) =>
      change(folder, 'state.sqlite', (db) => db.exec('UPDATE folded SET hash = zeroblob(32)')),
    [{ position: head, kind: 'rewritten' }],
  ],
  [
    'a state file that is none',
    (folder) => writeFileSync(join(folder, 'state.sqlite'), 'no database'),
    [{ kind: 'state', what: /cannot be read/ }],
  ],
  [
    'a figure in a kept pack',
    (folder) => editKept(folder, 'packs', /"ratePermyriad":\d/, 'chongqing'),
    [
      { position: firstOf('policy-activation'), kind: 'policy', what: /the pack chongqing/ },
      { kind: 'not-decided', what: /the pack version/ },
    ],
  ],
  [
    'a row of a kept catalogue',
    (folder) => editKept(folder, 'catalogues', /\d/, ''),
    [
      { position: firstOf('policy-activation'), kind: 'policy', what: /the catalogue national/ },
      { kind: 'not-decided', what: /the catalogue national/ },
    ],
  ],
  [
    "a person's record in the registry",
    (folder) =>
      change(folder, 'registry.sqlite', (db) => {
        const [, , [[personId]]] = entryAt(PAID).content as [number, string, [[string]]]
        db.prepare('DELETE FROM person WHERE id = ?').run(personId)
      }),
    [{ kind: 'not-decided' }],
  ],
]

t.test('what is found', async (t) => {
  for (const [what, spoil, expected] of CASES) {
    const folder = copy()
    spoil(folder)
    const { faults, faultCount } = await verify(folder)
    for (const { kind, position, what: says = /./ } of expected) {
      const found = faults.some(
        (at) => at.kind === kind && says.test(at.what) && (position ?? at.position) === at.position,
      )
      t.ok(found, `${what}: ${kind} ${says}`, { faults })
    }
    const positions = expected.flatMap(({ position }) => position ?? [])
    if (positions.length > 0) t.equal(faults[0]?.position, Math.min(...positions), what)
    t.ok(faultCount >= expected.length, what)
    const said = JSON.stringify(faults)
    const persons = new Set(
      rows.flatMap(({ subjects }) => subjects.match(/(?<=person\/)\S+/g) ?? []),
    )
    t.notOk(
      [...persons].find((person) => said.includes(person)),
      `${what}: no person is named`,
    )
    rmSync(folder, { recursive: true })
  }
})

t.test('after a break of the chain nothing is decided and nothing told', async (t) => {
  const folder = copy()
  ledger.forge(folder, PAID, PAYMENT_CHANGED)
  change(folder, 'journal.sqlite', (db) =>
    db.prepare('UPDATE entry SET hash = zeroblob(32) WHERE position = ?').run(PAID - 1),
  )
  const { faults, faultCount, position } = await verify(folder)
  t.match(faults, [{ position: PAID - 1, kind: 'hash' }])
  t.strictSame([faultCount, position], [1, PAID - 2])

  const [reached, end] = [new SharedArrayBuffer(4), new SharedArrayBuffer(4)]
  new Int32Array(end)[0] = SETTLEMENT
  const all = { folder: sound, until: head, share: 0, of: 1, reached, end }
  t.match(decideShare(all), { same: 1, differingCount: 0 }, 'only the first settlement')
})

t.test('heads show what nothing else does', async (t) => {
  const pair = makeKeyPair()
  const headAt = (position: number) => {
    const { hash } = rows[position - 1]!
    const head = signHead({ position, hash: bytesOf(hash) }, pair.privateKey, 0)
    return { head, fault: signatureFault(head, pair.publicKey) }
  }
  const known = [headAt(SETTLEMENT), headAt(head)]
  t.match(await verify(sound, known), { headsHeld: 2, faultCount: 0 })

  const cut = copy()
  ledger.cutTail(cut, 3)
  rmSync(join(cut, 'state.sqlite'))
  t.match(await verify(cut), { faultCount: 0, head: head - 3 }, 'nothing in the folder shows it')
  const found = await verify(cut, known)
  t.match(found, { headsHeld: 1, faults: [{ position: head - 2, kind: 'truncated' }] })

  const forged = copy()
  // A time of booking decides nothing.
  ledger.forge(forged, SETTLEMENT, (entry) => ({ ...entry, bookedAt: entry.bookedAt + 0 }))
  t.match(await verify(forged, known), { faultCount: 0, headsHeld: 2 }, 'nothing was changed')
  ledger.forge(forged, SETTLEMENT + 1, (entry) => ({ ...entry, source: 'somebody' }))
  t.match(await verify(forged), { faultCount: 0 }, 'all hashes follow')
  t.match(await verify(forged, known), {
    headsHeld: 1,
    faults: [{ position: head, kind: 'rewritten' }],
  })

  const { head: good } = headAt(head)
  const other = makeKeyPair()
  const bad: [string, typeof good, string | undefined, RegExp][] = [
    ['another position', { ...good, position: 1 }, pair.publicKey, /signature/],
    ['another hash', { ...good, hash: '0'.repeat(64) }, undefined, /signature/],
    ['another time', { ...good, at: new Date(1).toISOString() }, undefined, /signature/],
    ['no signature', { ...good, signature: 'none' }, undefined, /signature/],
    ['no key', { ...good, publicKey: '04' }, undefined, /signature/],
    ['somebody else', signHead(rows[0]!, other.privateKey, 0), pair.publicKey, /another key/],
  ]
  for (const [what, head, trusted, fault] of bad) {
    t.match(signatureFault(head, trusted), fault, what)
  }
  const fault = signatureFault(bad[0]![1], undefined)
  t.match(await verify(sound, [{ head: bad[0]![1], fault }]), { faults: [{ kind: 'head' }] })
})

t.test('the commands', async (t) => {
  const at = (name: string) => join(root, name)
  const yizhan = (...args: string[]) => runCli([...args, '--data', sound])
  const decidedInOneThread = ['--threads', '1']
  const signed = await yizhan(
    'verify',
    '--export-head',
    at('1.head'),
    '--key',
    at('k'),
    '--json',
    at('j'),
    ...decidedInOneThread,
  )
  t.equal(signed.end, 0, signed.stderr)
  t.match(signed.stdout, /everything is in order/)
  t.notMatch(signed.stdout + signed.stderr, readFileSync(at('k'), 'utf8').trim())
  t.match(JSON.parse(readFileSync(at('j'), 'utf8')), { sound: true, head, position: head })
  const later = await yizhan('head', '--out', at('2.head'), '--key', at('k'))
  t.equal(later.end, 0, later.stderr)
  t.equal(readHead(at('2.head')).hash, readHead(at('1.head')).hash)
  for (const args of [
    ['head', '--out'],
    ['verify', '--export-head'],
  ]) {
    const again = await yizhan(...args, at('1.head'), '--key', at('other'))
    t.match(again, {
      end: 1,
      stdout: '',
      stderr: /1\.head exists already; nothing is written over/,
    })
  }
  t.notOk(existsSync(at('other')), 'nor is a key made')
  const unwritten = await yizhan('verify', '--json', at('none/j'), ...decidedInOneThread)
  t.match(unwritten, { end: 1, stdout: /everything is in order/, stderr: /ENOENT.*none\/j/ })
  writeFileSync(at('half.head'), '{ "format":')
  const half = await yizhan('verify', '--against', at('1.head'), at('half.head'))
  t.match(half, { end: 1, stderr: /half\.head holds no head of a journal/ })
  const cut = copy()
  ledger.cutTail(cut, 1)
  const heads = ['--against', at('1.head'), at('2.head'), '--public-key', at('k.pub')]
  const found = await runCli(['verify', '--data', cut, ...heads, ...decidedInOneThread])
  t.equal(found.end, 1)
  t.match(found.stdout, new RegExp(`FIRST DIFFERENCE: row ${head}, truncated`))
})

t.test('beside a fold that is behind', async (t) => {
  const folder = copy()
  const states = openStates({ path: join(folder, 'state.sqlite'), codec: codecOf(folder) })
  states.reset()
  states.close()
  t.match(await verify(folder), { faultCount: 0, statesUpTo: 0 })
})
