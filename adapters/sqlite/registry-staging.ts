import { join } from 'node:path'
import type Database from 'better-sqlite3'
import type { RecordKind, Records } from '../../engine/counter/record-entry.ts'
import type { PersonRecord } from '../../engine/registry/records.ts'
import { sealing } from '../codec/sealing.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { fileFormat } from './file-format.ts'
import { checkpoint } from './open.ts'
import { type LeftAsIs, type StagedCredentials, stagedCredentials } from './registry-credentials.ts'
import { accountSharing, RECORD_TABLES, REGISTRY_FILE } from './registry-import.ts'
import { openRecord } from './registry-keys.ts'
import {
  EARLIEST_READ_FORMAT,
  packApproval,
  packInstitution,
  packPerson,
  unpackPerson,
} from './registry-records.ts'
import { openRegistryFile } from './registry-store.ts'

/** A member of a household, and the row of the file that says so. */
export interface StagedMember {
  readonly householdId: string
  readonly personId: string
  readonly row: number
}

/**
 * Records of one import, written beside those that count. They count once the journal says that
 * their number is live; everything before `keep` is one transaction, so that a process which dies
 * leaves nothing behind.
 */
export interface Staging {
  /** The import that brought the last record of its id before this one, if it is the same record. */
  broughtBy<Kind extends RecordKind>(kind: Kind, record: Records[Kind]): number | undefined
  /** Leaves the record of this id as it is; false when the import has brought it already. */
  leave(kind: RecordKind, id: string): boolean
  /** False when the import has brought this record already. `row` is where the file has it. */
  put<Kind extends RecordKind>(kind: Kind, record: Records[Kind], row: number): boolean
  readonly credentials: StagedCredentials
  /** Whether the import brought this record, and it was not left as it is. */
  has(kind: RecordKind, id: string): boolean
  /** The members of households that the import brought, by household. */
  members(): Iterable<StagedMember>
  /** The person as the import has it. */
  person(personId: string): PersonRecord | undefined
  /** Puts a person in the place of the one that the import brought, also after `keep`. */
  replace(person: PersonRecord): void
  /** Brings everything to the disk. */
  keep(): void
  /** Forgets what was not kept. */
  close(): void
}

const WRITING_CACHE_KIB = 64 * 1024
const TRUNCATE_WAIT_MS = 1_000

/** Begins to stage import `number`; drops what an import that never became live has left. */
export function openStaging(folder: string, number: number): Staging {
  const ring = keyRingOf(folder, { make: true })
  const seals = sealing(ring)
  const db = openRegistryFile(folder, false)
  db.pragma('journal_mode = WAL')
  // In one great transaction a checkpoint would only be tried, over and over.
  db.pragma('wal_autocheckpoint = 0')
  db.pragma(`cache_size = -${WRITING_CACHE_KIB}`)
  db.exec(`CREATE TEMP TABLE staged_member (
    household TEXT NOT NULL, person TEXT NOT NULL, row INTEGER NOT NULL,
    PRIMARY KEY (household, person)
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE left_as_is (id TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;`)
  db.exec('BEGIN IMMEDIATE')
  dropUnactivated(db, number)
  db.prepare('INSERT INTO staged VALUES (?)').run(number)
  const insert = {
    person: inserter(db, 'person'),
    institution: inserter(db, 'institution'),
    approval: inserter(db, 'approval'),
  }
  const select = {
    person: selector(db, 'person'),
    institution: selector(db, 'institution'),
    approval: selector(db, 'approval'),
  }
  const last = {
    person: lastBefore(db, 'person'),
    institution: lastBefore(db, 'institution'),
    approval: lastBefore(db, 'approval'),
  }
  const left = leftAsIs(db)
  const update = db.prepare('UPDATE person SET record = ? WHERE id = ? AND import = ?')
  const insertHousehold = db.prepare('INSERT INTO household VALUES (?, ?, ?)')
  const noteSharing = accountSharing(db)
  const insertApproval = db.prepare('INSERT INTO approval_of VALUES (?, ?, ?)')
  const insertMember = db.prepare('INSERT INTO staged_member VALUES (?, ?, ?)')
  const put = (kind: RecordKind, id: string, packed: Uint8Array): boolean =>
    !left.has(id) && insert[kind].run(id, number, packed).changes === 1
  const has = (kind: RecordKind, id: string) => select[kind].get(id, number) !== undefined

  return {
    broughtBy(kind, record) {
      const { id, packed } = packedRecord(record)
      const before = last[kind].get(id, number)
      if (before === undefined) return undefined
      return packed.equals(openRecord(seals, before.record)) ? before.import : undefined
    },
    leave: (kind, id) => !has(kind, id) && left.add(id),
    put(kind, record, row) {
      const { id, packed } = packedRecord(record)
      if (!put(kind, id, kind === 'person' ? seals.seal(packed) : packed)) return false
      if ('sex' in record) {
        const { personId, householdId } = record
        noteSharing(record, number)
        if (householdId !== undefined) {
          insertHousehold.run(householdId, personId, number)
          insertMember.run(householdId, personId, row)
        }
      }
      if ('approvalId' in record) insertApproval.run(record.personId, id, number)
      return true
    },
    credentials: stagedCredentials(db, number, ring, left),
    has,
    person(personId) {
      const packed = select.person.get(personId, number)
      return packed === undefined ? undefined : unpackPerson(personId, openRecord(seals, packed))
    },
    replace: (person) => void update.run(seals.seal(packPerson(person)), person.personId, number),
    members: () =>
      db
        .prepare<[], StagedMember>(
          `SELECT household AS householdId, person AS personId, row FROM staged_member
             ORDER BY household, person`,
        )
        .iterate(),
    keep() {
      if (db.inTransaction) db.exec('COMMIT')
      checkpoint(db, 'TRUNCATE', TRUNCATE_WAIT_MS)
    },
    close() {
      if (db.inTransaction) db.exec('ROLLBACK')
      db.close()
    },
  }
}

/** What the import has brought and left as it is. */
function leftAsIs(db: Database.Database): LeftAsIs {
  const insert = db.prepare('INSERT OR IGNORE INTO left_as_is VALUES (?)')
  const select = db.prepare('SELECT 1 FROM left_as_is WHERE id = ?')
  return {
    add: (id) => insert.run(id).changes === 1,
    has: (id) => select.get(id) !== undefined,
  }
}

/** Whether the file holds all imports up to `last`: false when it is not the journal's own. */
export function holdsImports(folder: string, last: number): boolean {
  const db = openRegistryFile(folder, true)
  try {
    const count = db.prepare<[number], number>('SELECT count(*) FROM staged WHERE import <= ?')
    return count.pluck().get(last) === last
  } finally {
    db.close()
  }
}

/** Whether there is a registry in the folder that holds any import; the first format had none. */
export function hasImports(folder: string): boolean {
  const format = fileFormat(join(folder, REGISTRY_FILE))
  return format !== undefined && format.version >= EARLIEST_READ_FORMAT && stagedAfter(folder, 0)
}

/** Whether an import after the last live one was staged and never became live. */
export function stagedAfter(folder: string, last: number): boolean {
  const db = openRegistryFile(folder, true)
  try {
    return db.prepare<[number]>('SELECT 1 FROM staged WHERE import > ?').get(last) !== undefined
  } finally {
    db.close()
  }
}

const NUMBERED_TABLES = [
  ...RECORD_TABLES,
  'household',
  'approval_of',
  'account_shared',
  'credential',
  'credentials_of',
  'staged',
]

/** Numbers are given in order, so that whatever has this one or a later was never made live. */
function dropUnactivated(db: Database.Database, number: number): void {
  const left = db.prepare<[number], number>('SELECT 1 FROM staged WHERE import >= ?').pluck()
  if (left.get(number) === undefined) return
  for (const table of NUMBERED_TABLES) {
    db.prepare(`DELETE FROM ${table} WHERE import >= ?`).run(number)
  }
}

function inserter(db: Database.Database, table: RecordKind): Database.Statement {
  return db.prepare(`INSERT OR IGNORE INTO ${table} VALUES (?, ?, ?)`)
}

function selector(
  db: Database.Database,
  table: RecordKind,
): Database.Statement<[string, number], Buffer> {
  return db
    .prepare<[string, number], Buffer>(`SELECT record FROM ${table} WHERE id = ? AND import = ?`)
    .pluck()
}

function lastBefore(
  db: Database.Database,
  table: RecordKind,
): Database.Statement<[string, number], { import: number; record: Buffer }> {
  return db.prepare<[string, number], { import: number; record: Buffer }>(
    `SELECT import, record FROM ${table} WHERE id = ? AND import < ? ORDER BY import DESC LIMIT 1`,
  )
}

function packedRecord(record: Records[RecordKind]): { id: string; packed: Buffer } {
  if ('sex' in record) return { id: record.personId, packed: packPerson(record) }
  if ('approvalId' in record) return { id: record.approvalId, packed: packApproval(record) }
  return { id: record.institutionId, packed: packInstitution(record) }
}
