import type Database from 'better-sqlite3'
import {
  type DataKey,
  isSealed,
  type KeyRing,
  type Sealing,
  sealedWith,
  sealing,
} from '../codec/sealing.ts'
import { bytesOf } from '../codec/sm3.ts'
import { folderKeyOf } from '../keys/key-ring.ts'
import { credentialHash, openCredential, sealCredential } from './kept-credential.ts'
import { checkpoint } from './open.ts'

/** Since format 5: credentials are kept sealed beside their hash, and which keys made the hashes. */
export const CREDENTIAL_KEYS = `CREATE TABLE credential_key (id TEXT PRIMARY KEY NOT NULL) STRICT;`
export const CREDENTIALS_OF_PERSONS = 'CREATE INDEX credential_person ON credential (person)'

/** From now on hashes may be made with the key, too. */
export function noteKey(db: Database.Database, { id }: DataKey): void {
  db.prepare('INSERT OR IGNORE INTO credential_key VALUES (?)').run(id)
}

export function hasNoted(db: Database.Database, { id }: DataKey): boolean {
  return db.prepare('SELECT 1 FROM credential_key WHERE id = ?').get(id) !== undefined
}

/** The keys that made the hashes of the file; throws when one is not in the ring. */
export function hashKeys(db: Database.Database, ring: KeyRing): readonly DataKey[] {
  if (!hasTable(db, 'credential_key')) return [folderKeyOf(ring)]
  const ids = db.prepare<[], string>('SELECT id FROM credential_key ORDER BY id').pluck().all()
  return ids.map((id) => {
    const key = ring.find((one) => one.id === id)
    if (key !== undefined) return key
    throw new Error(
      `the registry's credentials were hashed with the key ${id}, which is not at hand`,
    )
  })
}

/** What the counter reads of a record; rows from before there were keys are as they were packed. */
export function openRecord(seals: Sealing, record: Uint8Array): Uint8Array {
  return isSealed(record) ? seals.open(record) : record
}

export interface Resealed {
  /** Rows that were sealed anew. */
  readonly persons: number
  readonly credentials: number
  /** Credentials of which only a hash is kept: they need the key that made it. */
  readonly hashOnly: number
}

const ROWS_PER_COMMIT = 2_000
const TRUNCATE_WAIT_MS = 1_000

/**
 * Seals everything in the file with the first key that is not, and hashes the credentials with it.
 * Beside a server that has the key, too; whatever ends it, the next run goes on.
 */
export function resealRegistry(db: Database.Database, ring: KeyRing): Resealed {
  const seals = sealing(ring)
  refuseMissingKeys(db, ring)
  // What is overwritten is wiped, too, in the file and in its log.
  db.pragma('secure_delete = ON')
  noteKey(db, ring[0])
  const persons = resealPersons(db, seals)
  const credentials = resealCredentials(db, seals, ring[0])
  const hashOnly = db.prepare<[], number>('SELECT count(*) FROM credential WHERE sealed IS NULL')
  const left = hashOnly.pluck().get()!
  if (left === 0) db.prepare('DELETE FROM credential_key WHERE id <> ?').run(ring[0].id)
  checkpoint(db, 'TRUNCATE', TRUNCATE_WAIT_MS)
  return { persons, credentials, hashOnly: left }
}

/** How many rows each key has sealed; the empty id stands for those that are not sealed. */
export function sealedBy(db: Database.Database): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const heads = [
    'SELECT substr(record, 1, 64) FROM person',
    'SELECT substr(sealed, 1, 64) FROM credential',
  ]
  for (const head of heads) {
    for (const bytes of db.prepare<[], Uint8Array | null>(head).pluck().iterate()) {
      const id = bytes !== null && isSealed(bytes) ? sealedWith(bytes).keyId : ''
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
  }
  return counts
}

/** Before a key is noted: one that is wrong would be asked for ever after. */
function refuseMissingKeys(db: Database.Database, ring: KeyRing): void {
  const known = new Set(['', ...ring.map(({ id }) => id)])
  const missing = [...sealedBy(db).keys()].find((id) => !known.has(id))
  if (missing === undefined) return
  throw new Error(`the registry is sealed with the key ${missing}, which is not at hand`)
}

function resealPersons(db: Database.Database, seals: Sealing): number {
  const update = db.prepare('UPDATE person SET record = ? WHERE id = ? AND import = ?')
  const pageAfter = pageOfPersons(db)
  return resealPages(db, FIRST_PERSON, (last) => {
    const rows = pageAfter(last)
    let count = 0
    for (const { id, import: number, record } of rows) {
      if (isSealed(record) && sealedWith(record).keyId === seals.keyId) continue
      update.run(seals.seal(bytesOf(openRecord(seals, record))), id, number)
      count += 1
    }
    return { last: rows.at(-1), count }
  })
}

/**
 * One page after the other, each read in the transaction that writes it: an import beside it may put
 * others in the place of rows that it has not made live. Returns how many rows were sealed.
 */
function resealPages<Place>(
  db: Database.Database,
  first: Place,
  reseal: (after: Place) => { readonly last: Place | undefined; readonly count: number },
): number {
  const page = db.transaction(reseal)
  let sealed = 0
  for (let at: Place | undefined = first; at !== undefined; ) {
    const { last, count } = page.immediate(at)
    sealed += count
    at = last
  }
  return sealed
}

interface PersonRow {
  readonly id: string
  readonly import: number
  readonly record: Uint8Array
}

type PersonPlace = Pick<PersonRow, 'id' | 'import'>

const FIRST_PERSON: PersonPlace = { id: '', import: -1 }

/** All rows of persons, a page at a time. */
export function* pagesOfPersons(db: Database.Database): Generator<readonly PersonRow[]> {
  const pageAfter = pageOfPersons(db)
  for (let last: PersonPlace | undefined = FIRST_PERSON; last !== undefined; ) {
    const rows = pageAfter(last)
    yield rows
    last = rows.at(-1)
  }
}

function pageOfPersons(db: Database.Database): (last: PersonPlace) => readonly PersonRow[] {
  const after = db.prepare<[string, number, number], PersonRow>(
    'SELECT id, import, record FROM person WHERE (id, import) > (?, ?) ORDER BY id, import LIMIT ?',
  )
  return (last) => after.all(last.id, last.import, ROWS_PER_COMMIT)
}

function resealCredentials(db: Database.Database, seals: Sealing, key: DataKey): number {
  const after = db.prepare<[number, number], { rowid: number; person: string; sealed: Uint8Array }>(
    'SELECT rowid, person, sealed FROM credential WHERE rowid > ? AND sealed NOT NULL ORDER BY rowid LIMIT ?',
  )
  const update = db.prepare('UPDATE credential SET hash = ?, sealed = ? WHERE rowid = ?')
  return resealPages(db, 0, (last) => {
    const rows = after.all(last, ROWS_PER_COMMIT)
    let count = 0
    for (const { rowid, person, sealed } of rows) {
      if (sealedWith(sealed).keyId === seals.keyId) continue
      const kept = openCredential(seals, sealed, person)
      if (kept === 'hash-only') continue
      const { kind, value } = kept
      const hash = credentialHash(key.hash, kind, value)
      update.run(hash, sealCredential(seals, kind, value, person), rowid)
      count += 1
    }
    return { last: rows.at(-1)?.rowid, count }
  })
}

export function hasTable(db: Database.Database, name: string): boolean {
  const find = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?")
  return find.get(name) !== undefined
}
