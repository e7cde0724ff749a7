import { createHash, type Hash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Credential } from '../../engine/counter/registry.ts'
import type {
  ApprovalRecord,
  InstitutionRecord,
  PersonRecord,
} from '../../engine/registry/records.ts'
import { type DataKey, type KeyRing, type Sealing, sealing } from '../codec/sealing.ts'
import { syncNow } from '../files/write-whole.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { credentialHash, sealCredential } from './kept-credential.ts'
import { CREDENTIAL_HASHES, CREDENTIALS, CREDENTIALS_OF } from './registry-credentials.ts'
import { CREDENTIAL_KEYS, CREDENTIALS_OF_PERSONS, noteKey } from './registry-keys.ts'
import { packApproval, packInstitution, packPerson, REGISTRY_FORMAT } from './registry-records.ts'

/** The registry's file in the data folder. */
export const REGISTRY_FILE = 'registry.sqlite'

/** SQLite's `application_id` of the file ("YZRG"), so that no other file is taken for it. */
export const REGISTRY_APPLICATION_ID = 0x595a5247

/** Everything the registries hold, streamed; the fastest import has its ids in ascending order. */
export interface RegistrySource {
  readonly persons: Iterable<PersonRecord>
  readonly institutions: Iterable<InstitutionRecord>
  readonly approvals: Iterable<ApprovalRecord>
  readonly credentials: Iterable<Credential>
}

/** What an import made: for the ledger's `import-activation` entry. */
export interface RegistryGeneration {
  /** SHA-256, hexadecimal, of all records in the order in which they came. */
  readonly hash: string
  readonly persons: number
  readonly institutions: number
  readonly approvals: number
  readonly credentials: number
}

export interface ImportOptions {
  /** Those of the folder when absent; the first seals. */
  readonly keys?: KeyRing
  /** Told every ROWS_PER_REPORT rows, and at the end of each table. */
  readonly onProgress?: ((table: keyof RegistrySource, rows: number) => void) | undefined
}

const ROWS_PER_REPORT = 10_000

/** Since format 4. */
export const APPROVALS_OF_PERSONS = `CREATE TABLE approval_of (
    person TEXT NOT NULL, id TEXT NOT NULL, import INTEGER NOT NULL,
    PRIMARY KEY (person, id, import)
  ) STRICT, WITHOUT ROWID;`

/** Since format 6: with whom a person's account is shared. */
export const SHARED_ACCOUNTS = `CREATE TABLE account_shared (
    person TEXT NOT NULL, sharer TEXT NOT NULL, import INTEGER NOT NULL,
    PRIMARY KEY (person, sharer, import)
  ) STRICT, WITHOUT ROWID;`

/** Notes with whom a record shares the person's account. */
export function accountSharing(
  db: Database.Database,
): (person: PersonRecord, importNumber: number) => void {
  const insert = db.prepare('INSERT OR IGNORE INTO account_shared VALUES (?, ?, ?)')
  return ({ personId: sharer, accountSharedWith }, importNumber) => {
    for (const { personId } of accountSharedWith) insert.run(personId, sharer, importNumber)
  }
}

export const RECORD_TABLES = ['person', 'institution', 'approval'] as const

/** Since format 2; format 1 had no imports. */
export const recordTable = (table: (typeof RECORD_TABLES)[number]) => `CREATE TABLE ${table} (
    id TEXT NOT NULL, import INTEGER NOT NULL, record BLOB NOT NULL, PRIMARY KEY (id, import)
  ) STRICT, WITHOUT ROWID;`

/** Since format 2. */
export const IMPORTS = `CREATE TABLE household (
    id TEXT NOT NULL, person TEXT NOT NULL, import INTEGER NOT NULL,
    PRIMARY KEY (id, person, import)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE staged (import INTEGER PRIMARY KEY) STRICT;`

const SCHEMA = `
  ${RECORD_TABLES.map(recordTable).join('\n')}
  ${IMPORTS}
  ${APPROVALS_OF_PERSONS}
  ${SHARED_ACCOUNTS}
  ${CREDENTIALS}
  ${CREDENTIALS_OF}
  ${CREDENTIAL_KEYS}
  CREATE TABLE generation (
    hash TEXT NOT NULL, persons INTEGER NOT NULL, institutions INTEGER NOT NULL,
    approvals INTEGER NOT NULL, credentials INTEGER NOT NULL
  ) STRICT;
`

/** A registry without any record, for a folder that has none; imports and changes fill it. */
export function createRegistry(folder: string): void {
  if (existsSync(join(folder, REGISTRY_FILE))) return
  const nothing = { persons: [], institutions: [], approvals: [], credentials: [] }
  importRegistry(folder, nothing)
}

/**
 * Replaces what the folder's registry begins with by `source`, all of it or nothing: the new file is
 * built beside the old one, brought to the disk and renamed over it. Nobody may have it open, and
 * imports that the journal made live must not be in it. Throws when an id or a credential comes twice, or
 * when an approval or a credential names a person who is not in the source; the old file then
 * stays.
 */
export function importRegistry(
  folder: string,
  source: RegistrySource,
  options: ImportOptions = {},
): RegistryGeneration {
  mkdirSync(folder, { recursive: true })
  const target = join(folder, REGISTRY_FILE)
  const building = `${target}.importing`
  rmSync(building, { force: true })
  try {
    const { keys = keyRingOf(folder, { make: true }), ...rest } = options
    const generation = build(building, source, { ...rest, keys })
    syncNow(building)
    // A log left beside the file would be replayed into the new one.
    for (const log of ['-wal', '-shm']) rmSync(`${target}${log}`, { force: true })
    renameSync(building, target)
    syncNow(folder)
    return generation
  } catch (error) {
    rmSync(building, { force: true })
    throw error
  }
}

function build(
  file: string,
  source: RegistrySource,
  options: ImportOptions & { readonly keys: KeyRing },
): RegistryGeneration {
  const db = new Database(file)
  try {
    // Nobody reads this file before it is whole, so a rollback journal and syncs would be waste.
    db.pragma('journal_mode = OFF')
    db.pragma('synchronous = OFF')
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('cache_size = -65536')
    db.pragma(`application_id = ${REGISTRY_APPLICATION_ID}`)
    db.pragma(`user_version = ${REGISTRY_FORMAT}`)
    db.exec(SCHEMA)
    db.exec('BEGIN')
    const hash = createHash('sha256')
    const seals = sealing(options.keys)
    const [key] = options.keys
    const refuseStranger = strangerCheck(db)
    const report = (table: keyof RegistrySource) => (rows: number) =>
      options.onProgress?.(table, rows)
    const noteMember = db.prepare('INSERT INTO household VALUES (?, ?, 0)')
    const noteSharing = accountSharing(db)
    const persons = fill(
      rowsOf(source.persons, (person) => {
        if (person.householdId !== undefined) noteMember.run(person.householdId, person.personId)
        noteSharing(person, 0)
        return [person.personId, packPerson(person)]
      }),
      inserter(db, 'person', hash, (record) => seals.seal(record)),
      report('persons'),
    )
    const institutions = fill(
      rowsOf(source.institutions, (at) => [at.institutionId, packInstitution(at)]),
      inserter(db, 'institution', hash),
      report('institutions'),
    )
    const noteApproval = db.prepare('INSERT INTO approval_of VALUES (?, ?, 0)')
    const approvals = fill(
      rowsOf(source.approvals, (approval) => {
        refuseStranger(approval.personId, `approval ${approval.approvalId}`)
        noteApproval.run(approval.personId, approval.approvalId)
        return [approval.approvalId, packApproval(approval)]
      }),
      inserter(db, 'approval', hash),
      report('approvals'),
    )
    const credentials = fill(
      source.credentials,
      credentialInserter(db, hash, key, seals, refuseStranger),
      report('credentials'),
    )
    // Built last: sorting the random hashes once is ten times faster than inserting in their order.
    explainingDoubles('a credential', () => db.exec(CREDENTIAL_HASHES))
    db.exec(CREDENTIALS_OF_PERSONS)
    if (credentials > 0) noteKey(db, key)
    const generation = { hash: hash.digest('hex'), persons, institutions, approvals, credentials }
    db.prepare(
      'INSERT INTO generation VALUES (@hash, @persons, @institutions, @approvals, @credentials)',
    ).run(generation)
    db.exec('COMMIT')
    return generation
  } finally {
    db.close()
  }
}

type RecordRow = readonly [id: string, record: Buffer]
type StrangerCheck = (personId: string, where: string) => void

function* rowsOf<T>(records: Iterable<T>, pack: (record: T) => RecordRow): Generator<RecordRow> {
  for (const record of records) yield pack(record)
}

/** Inserts every row, and returns how many there were. */
function fill<T>(rows: Iterable<T>, insert: (row: T) => void, report: (n: number) => void): number {
  let count = 0
  for (const row of rows) {
    insert(row)
    if (++count % ROWS_PER_REPORT === 0) report(count)
  }
  report(count)
  return count
}

function inserter(
  db: Database.Database,
  table: string,
  hash: Hash,
  keep: (record: Uint8Array) => Uint8Array = (record) => record,
): (row: RecordRow) => void {
  const insert = db.prepare<[string, Uint8Array]>(`INSERT INTO ${table} VALUES (?, 0, ?)`)
  return ([id, record]) => {
    hash.update(`${table} ${id} ${record.byteLength}\n`).update(record)
    explainingDoubles(`${table} ${id}`, () => insert.run(id, keep(record)))
  }
}

function credentialInserter(
  db: Database.Database,
  hash: Hash,
  key: DataKey,
  seals: Sealing,
  refuseStranger: StrangerCheck,
): (credential: Credential) => void {
  const insert = db.prepare<[Buffer, string, Uint8Array]>(
    'INSERT INTO credential VALUES (?, ?, ?, 0)',
  )
  return ({ kind, value, personId }) => {
    refuseStranger(personId, 'a credential')
    const hashed = credentialHash(key.hash, kind, value)
    hash.update(`credential ${personId}\n`).update(hashed)
    insert.run(hashed, personId, sealCredential(seals, kind, value, personId))
  }
}

function strangerCheck(db: Database.Database): StrangerCheck {
  const find = db.prepare<[string], 1>('SELECT 1 FROM person WHERE id = ?').pluck()
  let known: string | undefined
  return (personId, where) => {
    if (personId === known) return
    if (find.get(personId) === undefined) {
      throw new Error(`${where} is for an unknown person: ${personId}`)
    }
    known = personId
  }
}

function explainingDoubles(what: string, insert: () => void): void {
  try {
    insert()
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === 'SQLITE_CONSTRAINT_UNIQUE') {
      throw new Error(`${what} comes twice`, { cause: error })
    }
    throw error
  }
}
