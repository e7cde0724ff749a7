import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { LiveImports, Registered, Registry } from '../../engine/counter/registry.ts'
import type { PersonRecord } from '../../engine/registry/records.ts'
import { type KeyRing, sealing } from '../codec/sealing.ts'
import { keyRingOf } from '../keys/key-ring.ts'
import { type FileFormat, formatOf } from './file-format.ts'
import { rememberingUpTo } from './live-cache.ts'
import { namingFile } from './named-errors.ts'
import {
  holdersOfCredentials,
  type ImportedCredential,
  openedCredentials,
} from './registry-credentials.ts'
import {
  createRegistry,
  REGISTRY_APPLICATION_ID,
  REGISTRY_FILE,
  type RegistryGeneration,
} from './registry-import.ts'
import { hashKeys, hasTable, noteKey, openRecord } from './registry-keys.ts'
import {
  EARLIEST_READ_FORMAT,
  REGISTRY_FORMAT,
  unpackApproval,
  unpackInstitution,
  unpackPerson,
} from './registry-records.ts'
import { raiseRegistry } from './registry-upgrade.ts'

/** Records held decoded in front of the file, in all threads, by count: about 60 MB when full. */
const PERSONS_CACHED = 50_000
const INSTITUTIONS_CACHED = 10_000
const APPROVALS_CACHED = 20_000
/** Who shows a credential does so in every message of a visit. */
const CREDENTIALS_CACHED = 20_000
/** How long a read waits for the file, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000
/** How much of the file a connection keeps in memory, in KiB. */
const FILE_CACHE_KIB = 32 * 1024

export interface RegistryOptions {
  /** Those of the folder when absent. */
  readonly keys?: KeyRing
  /** How many threads of the process hold records; one when absent. */
  readonly threads?: number
}

/** A record as an import brought it; 0 is what the file began with. */
export interface ImportedPerson {
  readonly importNumber: number
  readonly record: PersonRecord
}

/** The registry port over the folder's `registry.sqlite`. */
export interface RegistryStore extends Registry {
  /** All credentials of a person that live imports up to `last` brought, opened, the first one first. */
  credentials(personId: string, last: number): readonly ImportedCredential[]
  /** All records of a person that live imports up to `last` brought, the first one first. */
  versions(personId: string, last: number): readonly ImportedPerson[]
  /** What the file began with. */
  generation(): RegistryGeneration
  /** What is read until the returned function is called shares one lock; to be held for moments only. */
  hold(): () => void
  close(): void
}

/** Opens the folder's registry for reading. Throws when there is none or it is of another format. */
export function openRegistry(
  folder: string,
  { keys, threads = 1 }: RegistryOptions = {},
): RegistryStore {
  const db = openRegistryFile(folder, true)
  try {
    return registryOf(db, keys ?? keyRingOf(folder), threads)
  } catch (error) {
    db.close()
    throw error
  }
}

function registryOf(db: Database.Database, keys: KeyRing, threads: number): RegistryStore {
  const seals = sealing(keys)
  const share = (records: number) => Math.ceil(records / threads)
  const persons = recordsOf(db, 'person', share(PERSONS_CACHED), (id, record) =>
    unpackPerson(id, openRecord(seals, record)),
  )
  const institutions = recordsOf(db, 'institution', share(INSTITUTIONS_CACHED), unpackInstitution)
  const approvals = recordsOf(db, 'approval', share(APPROVALS_CACHED), unpackApproval)
  const ids = db
    .prepare<[string, number, number], string>(
      'SELECT DISTINCT id FROM person WHERE id > ? AND import <= ? ORDER BY id LIMIT ?',
    )
    .pluck()
  const all = db.prepare<[string, number], { import: number; record: Buffer }>(
    'SELECT import, record FROM person WHERE id = ? AND import <= ? ORDER BY import',
  )
  return {
    person: persons,
    institution: institutions,
    approval: approvals,
    persons: (after, limit, { last }) => ids.all(after, last, limit),
    household: notedIn(db, 'household', 'person', 'id'),
    sharersOf: notedIn(db, 'account_shared', 'sharer', 'person'),
    approvalsOf: approvalsOfPersons(db, share(PERSONS_CACHED)),
    holderOf: holdersOfCredentials(db, keys, share(CREDENTIALS_CACHED)),
    credentials: (personId, last) => openedCredentials(db, seals, personId, last),
    versions: (personId, last) =>
      all.all(personId, last).map(({ import: importNumber, record }) => ({
        importNumber,
        record: unpackPerson(personId, openRecord(seals, record)),
      })),
    generation: () => db.prepare<[], RegistryGeneration>('SELECT * FROM generation').get()!,
    hold() {
      db.exec('BEGIN')
      return () => void db.exec('COMMIT')
    },
    close: () => void db.close(),
  }
}

const NONE: readonly string[] = []

/** The ids that live imports noted under another id. */
function notedIn(
  db: Database.Database,
  table: 'household' | 'account_shared' | 'approval_of',
  id: string,
  of: string,
): (of: string, live: LiveImports) => readonly string[] {
  // A file of an earlier format that nobody may write to, such as a backup, decides no visits.
  if (!hasTable(db, table)) return () => NONE
  const ids = db
    .prepare<[string, number], string>(
      `SELECT DISTINCT ${id} FROM ${table} WHERE ${of} = ? AND import <= ?`,
    )
    .pluck()
  return (under, { last }) => ids.all(under, last)
}

/** Asked for at each step of a visit; most people have none, which is remembered as well. */
function approvalsOfPersons(db: Database.Database, max: number): Registry['approvalsOf'] {
  const noted = notedIn(db, 'approval_of', 'id', 'person')
  const knownUpTo = rememberingUpTo<string, readonly string[]>(max)
  return (personId, live) => {
    const known = knownUpTo(live.last)
    const before = known.get(personId)
    if (before !== undefined) return before
    const found = noted(personId, live)
    // A text of its own, as in `recordsOf`.
    known.set(Buffer.from(personId).toString(), found.length === 0 ? NONE : found)
    return found
  }
}

/** Opens the file, or throws with what is wrong with it. */
export function openRegistryFile(folder: string, readonly: boolean): Database.Database {
  const file = join(folder, REGISTRY_FILE)
  if (!existsSync(file)) throw new Error(`there is no registry at ${file}`)
  return namingFile('registry', file, () => open(folder, file, readonly))
}

function open(folder: string, file: string, readonly: boolean): Database.Database {
  const db = new Database(file, { readonly, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  try {
    const found = formatOf(db)
    refuseUnknownRegistry(file, found)
    const { version: format } = found
    if (readonly && format < EARLIEST_READ_FORMAT) {
      throw new Error(
        `${file} has format ${format}, of an earlier release: a start brings it to ${REGISTRY_FORMAT}`,
      )
    }
    if (!readonly && format < REGISTRY_FORMAT) raiseRegistry(db, folder, format)
    db.pragma('synchronous = FULL')
    db.pragma('mmap_size = 0')
    db.pragma(`cache_size = -${FILE_CACHE_KIB}`)
    db.pragma('trusted_schema = OFF')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** Throws when a file is no registry, or one of a later format. */
export function refuseUnknownRegistry(file: string, { application, version }: FileFormat): void {
  if (application !== REGISTRY_APPLICATION_ID) throw new Error(`${file} is not a registry`)
  if (version <= REGISTRY_FORMAT) return
  throw new Error(
    `${file} has format ${version}, of a later release; this one knows ${REGISTRY_FORMAT}`,
  )
}

/** A registry for the folder if it has none; one of an earlier format is brought to this one. */
export function readyRegistry(folder: string): void {
  createRegistry(folder)
  const db = openRegistryFile(folder, false)
  try {
    const ring = keyRingOf(folder, { make: true })
    // A wrong key that was noted would be asked for by every start with the right ones.
    hashKeys(db, ring)
    // Before anybody rotates: whoever opens the file from now on looks for hashes of this key, too.
    noteKey(db, ring[0])
  } finally {
    db.close()
  }
}

/** The newest record among the live imports, by id. */
function recordsOf<T extends { readonly version: number }>(
  db: Database.Database,
  table: 'person' | 'institution' | 'approval',
  max: number,
  unpack: (id: string, bytes: Uint8Array) => T,
): (id: string, live: LiveImports) => Registered<T> | undefined {
  const newest = db.prepare<[string, number], { id: string; import: number; record: Buffer }>(
    `SELECT id, import, record FROM ${table} WHERE id = ? AND import <= ? ORDER BY import DESC LIMIT 1`,
  )
  const knownUpTo = rememberingUpTo<string, Registered<T>>(max)
  return (id, live) => {
    const known = knownUpTo(live.last)
    const before = known.get(id)
    if (before !== undefined) return before
    const row = newest.get(id, live.last)
    // Not remembered when it is not there, so that one that comes later is found at once.
    if (row === undefined) return undefined
    const since = live.activatedAt(row.import)
    // The asker's text may be a piece of a whole row of the journal, and would keep all of it in memory.
    const { id: own } = row
    const record = unpack(own, row.record)
    // What came with an import has the import's position as its version.
    const registered = { since, record: row.import === 0 ? record : { ...record, version: since } }
    known.set(own, registered)
    return registered
  }
}
