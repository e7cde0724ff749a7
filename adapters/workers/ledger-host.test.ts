import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { Board } from '../../engine/ledger/board.ts'
import { Folder } from '../../engine/ledger/folder.ts'
import { verifyJournal } from '../../engine/ledger/verify.ts'
import { recompute, settlement } from '../../fixtures/ledger/entries.ts'
import { guardOn } from '../../fixtures/ledger/ledger-contract.ts'
import { sm3 } from '../codec/sm3.ts'
import { codecOf } from '../keys/folder-codec.ts'
import type { ReadyPolicy } from '../packs/policy-host.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { openFile } from '../sqlite/open.ts'
import { openRegistryFile, readyRegistry } from '../sqlite/registry-store.ts'
import { sealStates } from '../sqlite/state-seal.ts'
import { openStates } from '../sqlite/state-store.ts'
import { connectLedger } from './acceptor.ts'
import { assessInWorker } from './assess-pool.ts'
import { exportPerson } from './export-host.ts'
import { ledgerPaths, openLedger } from './ledger-host.ts'

// Ample, so that a busy machine is not taken for a fault.
t.setTimeout(180_000)

const root = mkdtempSync(join(tmpdir(), 'yizhan-threads-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))

const noFailure = (error: Error) => t.fail(error.message)
const settle = (id: string, person: string) =>
  settlement(id, 1, {
    subjects: [person],
    deltas: [{ subject: person, accumulator: 'paid', amount: 1 }],
  })

t.test('two acceptors, one writer, one fold', async (t) => {
  const folder = join(root, 'two', 'levels')
  const ledger = await openLedger({ folder, onFatal: noFailure })
  t.strictSame(ledger.startReport, { action: 'none', from: 0, to: 0 })
  t.match(ledger.status(), { head: 0, folded: 0, writable: true })
  await t.rejects(openLedger({ folder, onFatal: noFailure }), /is owned by process \d+/)

  const { ledger: other, close: closeOther } = connectLedger(ledger.connect())
  const results = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const from = index % 2 === 0 ? ledger : other
      const person = `person/${index % 7}`
      const entries = [settle(`R${index}`, person)]
      for (;;) {
        const guards = [await guardOn(from, person)]
        const result = await from.append({ entries, guards })
        if (result.outcome !== 'moved') return result.outcome
      }
    }),
  )
  t.strictSame(new Set(results), new Set(['appended']))
  for (const from of [ledger, other]) {
    t.equal((await from.load('person/0')).state.live.length, 29)
    t.equal((await from.bookings('H1', 0, Number.MAX_SAFE_INTEGER)).length, 200)
    t.ok(await from.findKey('H1/settlement/R7'))
    t.equal(await from.findKey('H1/settlement/R777'), undefined)
    t.equal(from.entry(200)?.kind, 'settlement')
  }
  t.match(ledger.status(), { head: 200, folded: 200 })
  t.equal(await ledger.inTurn(['person/0'], async () => 'done'), 'done')
  await closeOther()
  const last = ledger.append({ entries: [settle('last', 'person/0')], guards: [] })
  await ledger.close()
  t.match(await last, { outcome: 'appended' }, 'what was accepted is finished')
  t.match(await ledger.append({ entries: [settle('late', 'person/0')], guards: [] }), {
    outcome: 'shed',
    reason: 'stopping',
  })
  for (const path of Object.values(ledgerPaths(folder))) t.notOk(existsSync(`${path}-wal`))

  const again = await openLedger({ folder, onFatal: noFailure })
  t.strictSame(again.startReport, { action: 'none', from: 201, to: 201 })
  t.equal((await again.load('person/0')).state.live.length, 30)
  await again.close()

  const { statePath } = ledgerPaths(folder)
  const bytes = readFileSync(statePath)
  bytes[bytes.lastIndexOf('person/0')]! ^= 1
  writeFileSync(statePath, bytes)
  const healed = await openLedger({ folder, onFatal: noFailure })
  t.strictSame(healed.startReport, { action: 'rebuilt', from: 0, to: 201 }, 'one bit is another')
  t.equal((await healed.load('person/0')).state.live.length, 30)
  await healed.close()
})

t.test('a commit that does not come back is to be seen from the other threads', async (t) => {
  const folder = join(root, 'held-up')
  const ledger = await openLedger({ folder, onFatal: noFailure })
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await ledger.append({ entries: [settle('R1', 'person/0')], guards: [] })
  await until(() => ledger.status().folded === 1 && ledger.status().busySince === 0)
  // A lock of somebody else stands for the disk that does not answer.
  const db = openFile({ kind: 'journal', path: ledgerPaths(folder).journalPath })
  db.exec('BEGIN IMMEDIATE')
  const before = Math.floor(Date.now() / 1_000)
  const append = ledger.append({ entries: [settle('R2', 'person/0')], guards: [] })
  await until(() => ledger.status().busySince !== 0)
  t.ok(ledger.status().busySince >= before)
  t.match(ledger.status(), { head: 1, writable: true })
  db.exec('ROLLBACK')
  db.close()
  t.match(await append, { outcome: 'appended' })
  t.equal(ledger.status().head, 2)
  await until(() => ledger.status().busySince === 0)
  await ledger.close()
})

t.test('a failed commit is fatal, once, and nothing is claimed', async (t) => {
  const folder = join(root, 'failing')
  const failures: Error[] = []
  const ledger = await openLedger({ folder, onFatal: (error) => failures.push(error) })
  await ledger.append({ entries: [settle('R1', 'person/0')], guards: [] })
  // A trigger stands for the disk that refuses.
  const db = openFile({ kind: 'journal', path: ledgerPaths(folder).journalPath })
  db.exec("CREATE TRIGGER broken BEFORE INSERT ON entry BEGIN SELECT raise(ABORT, 'EIO'); END")
  db.close()
  const results = await Promise.allSettled(
    ['R2', 'R3'].map((id) => ledger.append({ entries: [settle(id, 'person/0')], guards: [] })),
  )
  for (const result of results) t.match(result, { reason: { name: 'UnknownOutcomeError' } })
  while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  t.equal(ledger.status().writable, false)
  t.match(await ledger.append({ entries: [settle('R4', 'person/0')], guards: [] }), {
    outcome: 'shed',
  })
  await ledger.close()
  t.match(
    failures.map(({ message }) => message),
    [/^the writer has failed: .*journal\.sqlite: EIO$/],
  )
})

t.test('what SQLite says when a thread opens a file reaches whoever started it', async (t) => {
  const folder = join(root, 'garbage')
  mkdirSync(folder)
  writeFileSync(join(folder, 'secret.key'), Buffer.alloc(32))
  writeFileSync(ledgerPaths(folder).journalPath, 'garbage'.repeat(1_000))
  const opening = openLedger({ folder, onFatal: noFailure })
  await t.rejects(opening, {
    message: /journal\.sqlite: file is not a database; `yizhan verify` .*\(SQLITE_NOTADB\)$/,
  })
})

t.test('and so does what it says in a thread beside the counter', async (t) => {
  const folder = mkdtempSync(join(root, 'beside-'))
  writeFileSync(join(folder, 'secret.key'), Buffer.alloc(32))
  writeFileSync(ledgerPaths(folder).journalPath, 'garbage'.repeat(1_000))
  readyRegistry(folder)
  const words = { message: /journal\.sqlite: file is not a database; `yizhan verify` .*NOTADB\)$/ }
  await t.rejects(exportPerson(folder, 'P1', true), words)
  const nothing = { packs: [], catalogues: [] }
  const proposed = { parts: { packs: [], catalogues: [] }, inForce: nothing, built: undefined }
  const assess = assessInWorker({ folder, settlements: 1, threads: 1 })
  await t.rejects(assess(proposed as unknown as ReadyPolicy, nothing).outcome, words)
})

/** A folder with so many entries that was closed in order, or, with a log, as after a crash. */
async function folderWith(entries: number, { crashed = false } = {}): Promise<string> {
  const folder = mkdtempSync(join(root, 'damaged-'))
  const ledger = await openLedger({ folder, onFatal: noFailure })
  for (let n = 1; n <= entries; n++) {
    await ledger.append({ entries: [settle(`R${n}`, 'person/0')], guards: [] })
  }
  const left = mkdtempSync(join(root, 'crashed-'))
  if (crashed)
    for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(left, name))
  await ledger.close()
  return crashed ? left : folder
}

/** Changes a byte of the row of that message. */
function damageRow(folder: string, message: string): void {
  const { journalPath } = ledgerPaths(folder)
  const db = openFile({ kind: 'journal', path: journalPath })
  db.exec('DROP TRIGGER entry_never_changes')
  const body = db
    .prepare<[string], Buffer>('SELECT body FROM entry WHERE keys = ?')
    .pluck()
    .get(`H1/settlement/${message}`)!
  body[body.length >> 1]! ^= 1
  db.prepare('UPDATE entry SET body = ? WHERE keys = ?').run(body, `H1/settlement/${message}`)
  db.close()
}

const INCOMPLETE: [
  string,
  (paths: ReturnType<typeof ledgerPaths>, folder: string) => void,
  RegExp,
][] = [
  [
    'no journal',
    ({ journalPath }) => rmSync(journalPath),
    /journal\.sqlite is missing or empty, and .*state\.sqlite shows/,
  ],
  [
    'an empty journal',
    ({ journalPath }) => writeFileSync(journalPath, ''),
    /journal\.sqlite is missing or empty/,
  ],
  [
    'the log of a journal alone',
    ({ journalPath, statePath }) => {
      rmSync(statePath)
      rmSync(journalPath)
      writeFileSync(`${journalPath}-wal`, 'log')
    },
    /journal\.sqlite is missing or empty, and .*-wal shows/,
  ],
  [
    'a journal without entries',
    ({ journalPath }) => {
      rmSync(journalPath)
      openJournal({ path: journalPath }).close()
    },
    /the journal ends at 0, and the states were made of 3 entries/,
  ],
  [
    'no secret',
    (_, folder) => rmSync(join(folder, 'secret.key')),
    /secret\.key is missing: put it back/,
  ],
  [
    'a piece of a secret',
    (_, folder) => writeFileSync(join(folder, 'secret.key'), 'piece'),
    /secret\.key is not a secret of this program: put back/,
  ],
  [
    'another file in the place of the lock',
    (_, folder) => writeFileSync(join(folder, 'owner.sqlite'), 'garbage'.repeat(1_000)),
    /owner\.sqlite: file is not a database; it holds nothing: remove it/,
  ],
]
for (const [what, change, message] of INCOMPLETE) {
  t.test(`a folder with ${what} is refused, and nothing is made anew`, async (t) => {
    const folder = await folderWith(3)
    change(ledgerPaths(folder), folder)
    await t.rejects(openLedger({ folder, onFatal: noFailure }), { message })
    await t.rejects(openLedger({ folder, onFatal: noFailure }), { message }, 'again')
  })
}

t.test('states that cannot be read after a crash are made again', async (t) => {
  const folder = await folderWith(50, { crashed: true })
  const { statePath } = ledgerPaths(folder)
  const log = readFileSync(`${statePath}-wal`)
  const spoils: [what: string, spoil: (whole: Buffer) => Buffer, log: boolean][] = [
    ['garbage', () => Buffer.from('garbage'.repeat(3_000)), false],
    ['a piece', (whole) => whole.subarray(0, 8_192), false],
    ['garbage beside a log', () => Buffer.from('garbage'.repeat(3_000)), true],
    ['an empty file beside a log', () => Buffer.alloc(0), true],
  ]
  for (const [what, spoil, hasLog] of spoils) {
    writeFileSync(statePath, spoil(readFileSync(statePath)))
    if (hasLog) writeFileSync(`${statePath}-wal`, log)
    else rmSync(`${statePath}-wal`, { force: true })
    const ledger = await openLedger({ folder, onFatal: noFailure })
    // A log may hold all of the states, if the fold was done before the copy was made.
    const action = hasLog ? /none|rebuilt|replayed/ : /rebuilt|replayed/
    t.match(ledger.startReport, { action, to: 50 }, what)
    t.equal((await ledger.load('person/0')).state.live.length, 50)
    await ledger.close()
    rmSync(`${statePath}.seal`)
  }
})

t.test('a row that is another one is neither answered from nor folded', async (t) => {
  const folder = await folderWith(5)
  damageRow(folder, 'R3')
  const ledger = await openLedger({ folder, onFatal: noFailure })
  t.ok(ledger.entry(2))
  t.throws(() => ledger.entry(3), /journal\.sqlite: row 3 is not as it was written/)
  t.ok(ledger.entry(4), 'the others are')
  await ledger.close()
  rmSync(ledgerPaths(folder).statePath)
  const message = /entry 3 of the journal is not as it was written/
  await t.rejects(openLedger({ folder, onFatal: noFailure }), { message })
})

for (const which of ['journal.sqlite', 'journal.sqlite-wal']) {
  t.test(`nothing is acknowledged when ${which} was moved away`, async (t) => {
    const folder = join(root, `moved-${which}`)
    const failures: Error[] = []
    const ledger = await openLedger({ folder, onFatal: (error) => failures.push(error) })
    await ledger.append({ entries: [settle('R1', 'person/0')], guards: [] })
    renameSync(join(folder, which), join(folder, 'elsewhere'))
    const booking = ledger.append({ entries: [settle('R2', 'person/0')], guards: [] })
    await t.rejects(booking, { name: 'UnknownOutcomeError' })
    while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    t.match(failures, [{ message: /journal\.sqlite, or the log beside it, was moved or deleted/ }])
    await ledger.close()
  })
}

/** Everything in a folder but who owns it, and where SQLite has found what in a log. */
function contentOf(folder: string): [string, string][] {
  const files = readdirSync(folder).filter((name) => !/^owner\.sqlite|-shm$/.test(name))
  return files.sort().map((name) => [name, readFileSync(join(folder, name), 'hex')])
}

/** As a later release would have left the file. */
function asOfVersion(version: number, db: ReturnType<typeof openFile>) {
  db.pragma(`user_version = ${version}`)
  return db
}

const LATER: [string, (folder: string) => void, RegExp][] = [
  [
    'the journal',
    (folder) => {
      const { journalPath: path } = ledgerPaths(folder)
      asOfVersion(9, openFile({ kind: 'journal', path })).close()
    },
    /journal\.sqlite is a journal file of version 9; this program knows up to 3/,
  ],
  [
    'the journal, by its log alone',
    (folder) => {
      const { journalPath } = ledgerPaths(folder)
      const copy = join(folder, 'copy.sqlite')
      copyFileSync(journalPath, copy)
      const db = asOfVersion(9, openFile({ kind: 'journal', path: copy }))
      copyFileSync(`${copy}-wal`, `${journalPath}-wal`)
      db.close()
      rmSync(copy)
    },
    /journal\.sqlite is a journal file of version 9/,
  ],
  [
    'the registry',
    (folder) => asOfVersion(99, openRegistryFile(folder, false)).close(),
    /registry\.sqlite has format 99, of a later release/,
  ],
  [
    'the states',
    (folder) => {
      const { statePath } = ledgerPaths(folder)
      asOfVersion(9, openFile({ kind: 'state', path: statePath })).close()
      sealStates(statePath)
    },
    /state\.sqlite is a state file of version 9/,
  ],
]
for (const [what, change, message] of LATER) {
  t.test(`of a later release: ${what}; it is refused, and all is as it was`, async (t) => {
    const folder = mkdtempSync(join(root, 'later-'))
    await openLedger({ folder, onFatal: noFailure }).then((ledger) => ledger.close())
    readyRegistry(folder)
    change(folder)
    const before = contentOf(folder)
    await t.rejects(openLedger({ folder, onFatal: noFailure }), { message })
    t.strictSame(contentOf(folder), before)
  })
}

t.test('a seal that cannot be written is named', async (t) => {
  const folder = t.testdir({ 'state.sqlite': 'states', 'state.sqlite.seal': {} })
  const message = /state\.sqlite\.seal: EISDIR/
  t.throws(() => sealStates(join(folder, 'state.sqlite')), { message })
})

t.test('a state file whose version is a flipped bit is made again', async (t) => {
  const folder = join(root, 'flipped')
  await openLedger({ folder, onFatal: noFailure }).then((ledger) => ledger.close())
  const { statePath } = ledgerPaths(folder)
  const bytes = readFileSync(statePath)
  // The user_version stands there.
  bytes[60]! ^= 1
  writeFileSync(statePath, bytes)
  const healed = await openLedger({ folder, onFatal: noFailure })
  t.equal(healed.startReport.action, 'rebuilt')
  await healed.close()
})

t.test('what was acknowledged outlives kill -9, once', async (t) => {
  const folder = join(root, 'killed')
  const acknowledged = new Map<string, number>()
  for (let round = 1; round <= 5; round++) {
    await appendUntilKilled(folder, round, 200 + 100 * round, acknowledged)
    const { journalPath, statePath } = ledgerPaths(folder)
    const journal = openJournal({ path: journalPath })
    const codec = codecOf(folder)
    const states = openStates({ path: statePath, codec })
    new Folder({ journal, states, codec, board: new Board() }).start()

    const problems: string[] = []
    const keys = new Map<string, number>()
    t.notOk(verifyJournal(journal, codec, sm3).fault)
    for (const row of journal.readAfter(0, 1_000_000)) {
      for (const key of codec.decodeEntry(row.body).keys) {
        if (keys.has(key)) problems.push(`${key} twice`)
        if (states.key(key) !== row.position) problems.push(`${key} not indexed`)
        keys.set(key, row.position)
      }
    }
    for (const [key, position] of acknowledged) {
      if (keys.get(key) !== position) problems.push(`${key} lost`)
    }
    t.strictSame(problems, [], `round ${round}: ${acknowledged.size} of ${keys.size} acknowledged`)
    for (let person = 0; person < 5; person++) {
      const subject = `person/${person}`
      t.strictSame(states.state(subject).state, recompute(journal, codec, subject))
    }
    journal.close()
    states.close()
  }
})

/** Collects what the child acknowledges and kills it in the middle of its work. */
async function appendUntilKilled(
  folder: string,
  round: number,
  enough: number,
  acknowledged: Map<string, number>,
): Promise<void> {
  const script = fileURLToPath(new URL('../../fixtures/ledger/appending-child.js', import.meta.url))
  const child = spawn(process.execPath, [script, folder, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const before = acknowledged.size
  let killed = false
  for await (const line of createInterface({ input: child.stdout })) {
    const [position, key] = line.split(' ')
    if (key !== undefined) acknowledged.set(key, Number(position))
    if (acknowledged.size - before >= enough) killed = child.kill('SIGKILL') || killed
  }
  if (!killed) throw new Error('the child ended by itself')
}
