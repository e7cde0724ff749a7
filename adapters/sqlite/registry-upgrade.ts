import type Database from 'better-sqlite3'
import { sealing } from '../codec/sealing.ts'
import { folderKeyOf, keyRingOf } from '../keys/key-ring.ts'
import { CREDENTIAL_HASHES, CREDENTIALS_OF } from './registry-credentials.ts'
import {
  APPROVALS_OF_PERSONS,
  accountSharing,
  IMPORTS,
  RECORD_TABLES,
  recordTable,
  SHARED_ACCOUNTS,
} from './registry-import.ts'
import {
  CREDENTIAL_KEYS,
  CREDENTIALS_OF_PERSONS,
  hasTable,
  noteKey,
  openRecord,
  pagesOfPersons,
} from './registry-keys.ts'
import {
  EARLIEST_READ_FORMAT,
  REGISTRY_FORMAT,
  unpackApproval,
  unpackPerson,
} from './registry-records.ts'

/** Brings a file of an earlier format to this one, all of it or nothing. */
export function raiseRegistry(db: Database.Database, folder: string, format: number): void {
  const raise = db.transaction(() => {
    if (format < EARLIEST_READ_FORMAT) numberImports(db)
    noteApprovals(db)
    noteCredentialKey(db, folder)
    numberCredentials(db)
    noteSharings(db, folder)
    db.pragma(`user_version = ${REGISTRY_FORMAT}`)
  })
  raise.immediate()
}

/** Format 1 had one record of an id and no imports: what it has is what the file began with. */
function numberImports(db: Database.Database): void {
  for (const table of RECORD_TABLES) {
    db.exec(`ALTER TABLE ${table} RENAME TO ${table}_1; ${recordTable(table)}
      INSERT INTO ${table} SELECT id, 0, record FROM ${table}_1; DROP TABLE ${table}_1;`)
  }
  db.exec(IMPORTS)
}

/** Before format 4 nobody noted whose an approval is but the approvals. */
function noteApprovals(db: Database.Database): void {
  if (hasTable(db, 'approval_of')) return
  db.exec(APPROVALS_OF_PERSONS)
  const insert = db.prepare('INSERT INTO approval_of VALUES (?, ?, ?)')
  const all = db.prepare<[], { id: string; import: number; record: Buffer }>(
    'SELECT id, import, record FROM approval',
  )
  for (const { id, import: number, record } of all.all()) {
    insert.run(unpackApproval(id, record).personId, id, number)
  }
}

/** Before format 5 the hash alone was kept of a credential, made with the key of the folder. */
function noteCredentialKey(db: Database.Database, folder: string): void {
  if (hasTable(db, 'credential_key')) return
  db.exec(
    `ALTER TABLE credential ADD COLUMN sealed BLOB; ${CREDENTIAL_KEYS} ${CREDENTIALS_OF_PERSONS}`,
  )
  if (db.prepare('SELECT 1 FROM credential LIMIT 1').get() === undefined) return
  noteKey(db, folderKeyOf(keyRingOf(folder, { make: true })))
}

/** Before format 6 a credential had no import. */
function numberCredentials(db: Database.Database): void {
  if (hasTable(db, 'credentials_of')) return
  db.exec(`DROP INDEX credential_hash;
    ALTER TABLE credential ADD COLUMN import INTEGER NOT NULL DEFAULT 0;
    ${CREDENTIAL_HASHES} ${CREDENTIALS_OF}`)
}

/** Before format 6 nobody noted with whom an account is shared but the records, which are sealed. */
function noteSharings(db: Database.Database, folder: string): void {
  if (hasTable(db, 'account_shared')) return
  db.exec(SHARED_ACCOUNTS)
  const seals = sealing(keyRingOf(folder, { make: true }))
  const note = accountSharing(db)
  for (const rows of pagesOfPersons(db)) {
    for (const { id, import: number, record } of rows) {
      note(unpackPerson(id, openRecord(seals, record)), number)
    }
  }
}
