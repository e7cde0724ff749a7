import { randomBytes } from 'node:crypto'
import fs, { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t from 'tap'
import { DEMO_APPROVALS, DEMO_PERSONS } from '../../fixtures/demo.ts'
import { settlement } from '../../fixtures/ledger/entries.ts'
import { ledgerContract } from '../../fixtures/ledger/ledger-contract.ts'
import { simulate } from '../../fixtures/ledger/simulation.ts'
import { rowsOf, type StorePlace, storeContract } from '../../fixtures/ledger/store-contract.ts'
import { entryCodec } from '../codec/entry-codec.ts'
import { openJournal } from './journal-store.ts'
import { openFile } from './open.ts'
import { ownFolder } from './owner-lock.ts'
import { importRegistry } from './registry-import.ts'
import { openRegistry, readyRegistry } from './registry-store.ts'
import { rewriteLog } from './rewrite-log.ts'
import { openStates } from './state-store.ts'

// Ample, so that a busy machine is not taken for a fault.
t.setTimeout(180_000)

const root = mkdtempSync(join(tmpdir(), 'yizhan-ledger-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

function newFolder(): string {
  folders += 1
  return mkdtempSync(join(root, `${folders}-`))
}

function place(): StorePlace {
  const folder = newFolder()
  return {
    open: () => ({
      journal: openJournal({ path: join(folder, 'journal.sqlite') }),
      states: openStates({ path: join(folder, 'state.sqlite'), codec: entryCodec }),
    }),
  }
}

t.test('stores', (t) => storeContract(t, place))
t.test('ledger', (t) => ledgerContract(t, place))
t.test('simulation', async (t) => {
  for (let seed = 1; seed <= 1; seed++) await simulate(t, seed, place().open())
})

t.test('every open sets what makes a commit durable, also when the file exists', async (t) => {
  const path = join(newFolder(), 'journal.sqlite')
  for (const readonly of [false, false, true]) {
    const db = openFile({ kind: 'journal', path, readonly })
    t.equal(db.pragma('synchronous', { simple: true }), 2)
    t.equal(db.pragma('journal_mode', { simple: true }), 'wal')
    t.equal(db.pragma('foreign_keys', { simple: true }), 1)
    t.equal(db.pragma('trusted_schema', { simple: true }), 0)
    if (!readonly) {
      t.equal(db.pragma('wal_autocheckpoint', { simple: true }), 0)
      db.pragma('writable_schema = ON')
      t.throws(() => db.exec("UPDATE sqlite_schema SET sql = ''"), /may not be modified/)
    }
    db.close()
  }
})

t.test('files of another kind or a newer version are refused', async (t) => {
  const path = join(newFolder(), 'file.sqlite')
  t.throws(() => openFile({ kind: 'journal', path, readonly: true }), 'nothing there to read')
  openFile({ kind: 'journal', path }).close()
  t.throws(() => openFile({ kind: 'state', path }), /is not a state file/)
  const db = new Database(path)
  const version = () => db.pragma('user_version', { simple: true })
  t.equal(version(), 3)
  db.pragma('user_version = 1')
  openFile({ kind: 'journal', path, readonly: true }).close()
  t.equal(version(), 1, 'rows of older layouts are read as they are')
  openFile({ kind: 'journal', path }).close()
  t.equal(version(), 3, 'newer ones may follow, which the program before is to refuse')
  db.pragma('user_version = 99')
  db.close()
  t.throws(
    () => openFile({ kind: 'journal', path }),
    /file\.sqlite is a journal file of version 99; this program knows up to 3/,
  )
  const foreign = join(newFolder(), 'foreign.sqlite')
  const other = new Database(foreign)
  other.pragma('user_version = 1')
  other.close()
  t.throws(() => openFile({ kind: 'journal', path: foreign }), /is not a journal file/)
  const empty = join(newFolder(), 'empty.sqlite')
  new Database(empty).exec('VACUUM').close()
  t.throws(
    () => openFile({ kind: 'journal', path: empty, readonly: true }),
    /owner must open it first/,
  )
})

t.test('the journal cannot be changed, only appended to', async (t) => {
  const path = join(newFolder(), 'journal.sqlite')
  const journal = openJournal({ path })
  journal.append(rowsOf(journal, [settlement('R1', 1)]))
  const db = openFile({ kind: 'journal', path })
  t.throws(() => db.exec("UPDATE entry SET keys = ''"), /append-only/)
  t.throws(() => db.exec('DELETE FROM entry'), /append-only/)
  db.close()
  journal.close()
})

t.test('the WAL is cut back, by checkpoints and by the writer itself', async (t) => {
  const path = join(newFolder(), 'journal.sqlite')
  const journal = openJournal({ path, walBytesMax: 200_000 })
  const reader = openJournal({ path, readonly: true })
  const append = (commit: number) =>
    journal.append(rowsOf(journal, [settlement(`R${commit}`, commit)]))
  for (let commit = 1; commit <= 128; commit++) append(commit)
  t.ok(journal.walBytes() < 200_000)
  t.equal(reader.head().position, 128)
  for (let commit = 129; commit <= 160; commit++) append(commit)
  const { size } = statSync(path)
  journal.checkpoint()
  t.ok(statSync(path).size > size, 'without waiting for anybody')
  t.ok(journal.truncate())
  t.equal(journal.walBytes(), 0)
  t.equal(reader.head().position, 160)
  reader.close()
  journal.close()
})

t.test('a log is written once more, byte for byte, and synced', async (t) => {
  const path = join(newFolder(), 'journal.sqlite')
  const bytes = randomBytes(2_500_000)
  writeFileSync(`${path}-wal`, bytes)
  const calls = diskCalls(() => rewriteLog(path))
  t.ok(readFileSync(`${path}-wal`).equals(bytes))
  t.ok(Buffer.concat(calls.slice(0, -1) as Buffer[]).equals(bytes))
  t.equal(calls.at(-1), 'sync')
  t.throws(() => rewriteLog(join(newFolder(), 'journal.sqlite')), /journal\.sqlite-wal/)
})

t.test('a folder has one owner, and readers do not mind', async (t) => {
  const folder = newFolder()
  const lock = ownFolder(folder, 4711)
  t.throws(() => ownFolder(folder, 4712), new RegExp(`${folder} is owned by process 4711`))
  lock.release()
  ownFolder(folder, 4713).release()
  t.throws(() => ownFolder(join(folder, 'missing'), 1), /directory does not exist/)
})

t.test(
  'a registry of an earlier format learns whose the approvals and shared accounts are',
  async (t) => {
    const folder = newFolder()
    const sharing = DEMO_PERSONS.find(({ accountSharedWith }) => accountSharedWith.length > 0)!
    const { personId: family } = sharing.accountSharedWith[0]!
    const learnt = () => {
      const registry = openRegistry(folder)
      const live = { last: 0, activatedAt: () => 0 }
      const found = DEMO_APPROVALS.map(({ personId }) => registry.approvalsOf(personId, live))
      const sharers = registry.sharersOf(family, live)
      registry.close()
      return [...found, sharers]
    }
    const expected = [...DEMO_APPROVALS.map(({ approvalId }) => [approvalId]), [sharing.personId]]
    const source = { persons: DEMO_PERSONS, institutions: [], approvals: DEMO_APPROVALS }
    importRegistry(folder, { ...source, credentials: [] })
    t.same(learnt(), expected)
    const db = new Database(join(folder, 'registry.sqlite'))
    db.exec('DROP TABLE approval_of; DROP TABLE account_shared; PRAGMA user_version = 3')
    db.close()
    t.same(learnt(), [[], [], []], 'it can be read as it is')
    readyRegistry(folder)
    t.same(learnt(), expected)
  },
)

/** What is written while `work` runs, in order, and when it is synced. */
function diskCalls(work: () => void): (Buffer | 'sync')[] {
  const calls: (Buffer | 'sync')[] = []
  const { writeSync, fsyncSync } = fs
  const replace = (functions: Pick<typeof fs, 'writeSync' | 'fsyncSync'>) => {
    Object.assign(fs, functions)
    syncBuiltinESMExports()
  }
  replace({
    writeSync: ((file: number, bytes: Buffer, from: number, length: number, at: number) => {
      calls.push(Buffer.from(bytes.subarray(from, from + length)))
      return writeSync(file, bytes, from, length, at)
    }) as typeof writeSync,
    fsyncSync(file) {
      calls.push('sync')
      fsyncSync(file)
    },
  })
  try {
    work()
  } finally {
    replace({ writeSync, fsyncSync })
  }
  return calls
}
