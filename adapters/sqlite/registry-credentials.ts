import type Database from 'better-sqlite3'
import type {
  Credential,
  CredentialHolder,
  CredentialKind,
  LiveImports,
  Registry,
} from '../../engine/counter/registry.ts'
import { type KeyRing, type Sealing, sealing } from '../codec/sealing.ts'
import {
  credentialHash,
  type KeptCredential,
  openCredential,
  sealCredential,
} from './kept-credential.ts'
import { rememberingUpTo } from './live-cache.ts'
import { hashKeys, hasTable } from './registry-keys.ts'

/**
 * Since format 6 a credential has the number of its import, and `credentials_of` names whose
 * credentials an import brought, which may be none. Those of import 0 are in no such row.
 */
export const CREDENTIALS = `CREATE TABLE credential (
    hash BLOB NOT NULL, person TEXT NOT NULL, sealed BLOB, import INTEGER NOT NULL DEFAULT 0
  ) STRICT;`
export const CREDENTIALS_OF = `CREATE TABLE credentials_of (
    person TEXT NOT NULL, import INTEGER NOT NULL, PRIMARY KEY (person, import)
  ) STRICT, WITHOUT ROWID;`
export const CREDENTIAL_HASHES = 'CREATE UNIQUE INDEX credential_hash ON credential (hash, import);'

/** Who has or had the credential: a row counts when no later live import brought others for its person. */
const HOLDER = `SELECT person, import = (
      SELECT coalesce(max(newest.import), 0) FROM credentials_of AS newest
        WHERE newest.person = credential.person AND newest.import <= $last
    ) AS isCurrent
  FROM credential WHERE hash = $hash AND import <= $last ORDER BY isCurrent DESC, import DESC LIMIT 1`
/** In a file of an earlier format, which may be a backup that nobody writes to. */
const HOLDER_BEFORE_IMPORTS =
  'SELECT person, 1 AS isCurrent FROM credential WHERE hash = $hash AND $last >= 0'

type Find = (kind: CredentialKind, value: string, last: number) => CredentialHolder | undefined

function holderFinder(db: Database.Database, ring: KeyRing): Find {
  const sql = hasTable(db, 'credentials_of') ? HOLDER : HOLDER_BEFORE_IMPORTS
  const holder = db.prepare<
    [{ hash: Buffer; last: number }],
    { person: string; isCurrent: number }
  >(sql)
  const keys = hashKeys(db, ring)
  return (kind, value, last) => {
    let before: CredentialHolder | undefined
    for (const { hash: key } of keys) {
      const found = holder.get({ hash: credentialHash(key, kind, value), last })
      if (found === undefined) continue
      if (found.isCurrent === 1) return { personId: found.person, isCurrent: true }
      before ??= { personId: found.person, isCurrent: false }
    }
    return before
  }
}

/** Who a credential belongs to; that nobody has it is remembered as well. */
export function holdersOfCredentials(
  db: Database.Database,
  ring: KeyRing,
  cached: number,
): Registry['holderOf'] {
  const find = holderFinder(db, ring)
  const knownUpTo = rememberingUpTo<string, { readonly holder: CredentialHolder | undefined }>(
    cached,
  )
  return (kind, value, { last }: LiveImports) => {
    const known = knownUpTo(last)
    const credential = `${kind} ${value}`
    const found = known.get(credential) ?? { holder: find(kind, value, last) }
    known.set(credential, found)
    return found.holder
  }
}

/** A credential that some import brought for a person. */
export interface ImportedCredential {
  /** 0 is what the file began with. */
  readonly importNumber: number
  /** Whether no later live import brought others. */
  readonly isCurrent: boolean
  readonly kept: KeptCredential
}

/** All credentials of a person that live imports up to `last` brought, opened, the first one first. */
export function openedCredentials(
  db: Database.Database,
  seals: Sealing,
  personId: string,
  last: number,
): readonly ImportedCredential[] {
  const sealed = hasTable(db, 'credential_key') ? 'sealed' : 'NULL'
  const numbers = hasTable(db, 'credentials_of')
    ? `import, import = (SELECT coalesce(max(import), 0) FROM credentials_of
         WHERE person = $person AND import <= $last)`
    : '0 AS import, 1'
  const rows = db
    .prepare<
      [{ person: string; last: number }],
      { sealed: Uint8Array | null; import: number; isCurrent: number }
    >(
      `SELECT sealed, import, isCurrent FROM (
         SELECT rowid, ${sealed} AS sealed, ${numbers} AS isCurrent FROM credential
           WHERE person = $person
       ) WHERE import <= $last ORDER BY import, rowid`,
    )
    .all({ person: personId, last })
  return rows.map(({ sealed, import: importNumber, isCurrent }) => ({
    importNumber,
    isCurrent: isCurrent === 1,
    kept: openCredential(seals, sealed, personId),
  }))
}

/** Ids of which an import brought nothing new. */
export interface LeftAsIs {
  /** False when it is there already. */
  add(id: string): boolean
  has(id: string): boolean
}

/** What import `number` brings of credentials. */
export interface StagedCredentials {
  /** How many the person shows until now. */
  count(personId: string): number
  /** Leaves what the person shows as it is; false when their credentials came already. */
  leave(personId: string): boolean
  /** From its import on the person has the credentials that follow; false when they came already. */
  begin(personId: string): boolean
  /** False when the import has brought this credential already, for whomever. */
  put(credential: Credential): boolean
  /** Whether the import brings the person's credentials. */
  has(personId: string): boolean
}

export function stagedCredentials(
  db: Database.Database,
  number: number,
  ring: KeyRing,
  left: LeftAsIs,
): StagedCredentials {
  const [key] = ring
  const seals = sealing(ring)
  const insertPerson = db.prepare('INSERT OR IGNORE INTO credentials_of VALUES (?, ?)')
  const insert = db.prepare(
    'INSERT OR IGNORE INTO credential (hash, person, sealed, import) VALUES (?, ?, ?, ?)',
  )
  const count = db
    .prepare<[{ person: string; number: number }], number>(
      `SELECT count(*) FROM credential WHERE person = $person AND import = (
         SELECT coalesce(max(import), 0) FROM credentials_of
           WHERE person = $person AND import < $number)`,
    )
    .pluck()
  const find = db.prepare('SELECT 1 FROM credentials_of WHERE person = ? AND import = ?')
  const has = (personId: string) => find.get(personId, number) !== undefined
  return {
    count: (personId) => count.get({ person: personId, number })!,
    leave: (personId) => !has(personId) && left.add(personId),
    begin: (personId) => !left.has(personId) && insertPerson.run(personId, number).changes === 1,
    put({ kind, value, personId }) {
      const hash = credentialHash(key.hash, kind, value)
      const sealed = sealCredential(seals, kind, value, personId)
      return insert.run(hash, personId, sealed, number).changes === 1
    },
    has,
  }
}
