import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { LRUCache } from 'lru-cache'
import type { Registry } from '../../engine/counter/registry.ts'
import type {
  ApprovalRecord,
  InstitutionRecord,
  PersonRecord,
} from '../../engine/registry/records.ts'
import { type Credential, credentialHash } from './credential-hash.ts'
import {
  REGISTRY_APPLICATION_ID,
  REGISTRY_FILE,
  type RegistryGeneration,
} from './registry-import.ts'
import {
  packApproval,
  packInstitution,
  packPerson,
  REGISTRY_FORMAT,
  unpackApproval,
  unpackInstitution,
  unpackPerson,
} from './registry-records.ts'

/** Records held decoded in front of the file, by count: about 60 MB when all are full. */
const PERSONS_CACHED = 50_000
const INSTITUTIONS_CACHED = 10_000
const APPROVALS_CACHED = 20_000
/** How long a read waits for a change that is being committed, in milliseconds. */
const BUSY_TIMEOUT_MS = 5_000
/** How much of the file a connection keeps in memory, in KiB. */
const FILE_CACHE_KIB = 32 * 1024

export interface RegistryOptions {
  /** A reader cannot change records; threads that only decide open it so. */
  readonly readonly: boolean
  /** The key under which the credentials were imported. */
  readonly credentialKey: Uint8Array
}

/** Single records as their registries report them between two imports. */
export interface RegistryChange {
  readonly persons?: readonly PersonRecord[]
  readonly institutions?: readonly InstitutionRecord[]
  readonly approvals?: readonly ApprovalRecord[]
  readonly credentials?: readonly Credential[]
}

/** The registry port over the folder's `registry.sqlite`. */
export interface RegistryStore extends Registry {
  /** The import that made the file. */
  generation(): RegistryGeneration
  /** Inserts or replaces records in one durable commit. Other threads see it after `refresh()`. */
  change(change: RegistryChange): void
  /**
   * Looks whether another thread or process changed the file or an import replaced it; if so drops
   * what is cached, opens the new file and returns true. About 10 µs when nothing happened.
   */
  refresh(): boolean
  close(): void
}

/**
 * Opens the folder's registry. Throws when there is none, or when it is of another format.
 *
 * The file keeps SQLite's rollback journal and not a WAL: an import replaces the whole file by a
 * rename, and a WAL that was left beside it would be replayed into the new one.
 */
export function openRegistry(folder: string, options: RegistryOptions): RegistryStore {
  const file = join(folder, REGISTRY_FILE)
  const persons = new LRUCache<string, PersonRecord>({ max: PERSONS_CACHED })
  const institutions = new LRUCache<string, InstitutionRecord>({ max: INSTITUTIONS_CACHED })
  const approvals = new LRUCache<string, ApprovalRecord>({ max: APPROVALS_CACHED })
  let reader = openFile(file, options.readonly)

  return {
    person: (personId) =>
      cached(persons, personId, () => reader.find('person', personId, unpackPerson)),
    institution: (institutionId) =>
      cached(institutions, institutionId, () =>
        reader.find('institution', institutionId, unpackInstitution),
      ),
    approval: (approvalId) =>
      cached(approvals, approvalId, () => reader.find('approval', approvalId, unpackApproval)),
    personByCredential: (kind, value) =>
      reader.personByCredential(credentialHash(options.credentialKey, kind, value)),
    generation: () => reader.generation(),
    change: (change) => {
      reader.change(change, options.credentialKey)
      for (const { personId } of change.persons ?? []) persons.delete(personId)
      for (const { institutionId } of change.institutions ?? []) institutions.delete(institutionId)
      for (const { approvalId } of change.approvals ?? []) approvals.delete(approvalId)
    },
    refresh: () => {
      if (reader.isCurrent()) return false
      const next = openFile(file, options.readonly)
      reader.close()
      reader = next
      persons.clear()
      institutions.clear()
      approvals.clear()
      return true
    },
    close: () => reader.close(),
  }
}

/** A record that is not there is not remembered, so that one registered later is found at once. */
function cached<T extends {}>(
  cache: LRUCache<string, T>,
  id: string,
  read: () => T | undefined,
): T | undefined {
  const known = cache.get(id)
  if (known !== undefined) return known
  const record = read()
  if (record !== undefined) cache.set(id, record)
  return record
}

type Table = 'person' | 'institution' | 'approval'

/** One open file and its statements. */
function openFile(file: string, readonly: boolean) {
  if (!existsSync(file)) throw new Error(`there is no registry at ${file}; import one first`)
  const inode = statSync(file).ino
  const db = new Database(file, { readonly, fileMustExist: true, timeout: BUSY_TIMEOUT_MS })
  try {
    const format = db.pragma('user_version', { simple: true })
    const application = db.pragma('application_id', { simple: true })
    if (application !== REGISTRY_APPLICATION_ID || format !== REGISTRY_FORMAT) {
      throw new Error(`${file} is not a registry of format ${REGISTRY_FORMAT}; import it anew`)
    }
    db.pragma('synchronous = FULL')
    db.pragma('mmap_size = 0')
    db.pragma(`cache_size = -${FILE_CACHE_KIB}`)
    db.pragma('trusted_schema = OFF')
  } catch (error) {
    db.close()
    throw error
  }
  const select = {
    person: selectRecord(db, 'person'),
    institution: selectRecord(db, 'institution'),
    approval: selectRecord(db, 'approval'),
  }
  const credential = db
    .prepare<[Buffer], string>('SELECT person FROM credential WHERE hash = ?')
    .pluck()
  const dataVersion = db.prepare<[], number>('PRAGMA data_version').pluck()
  const openedAt = dataVersion.get()

  return {
    find: <T>(table: Table, id: string, unpack: (id: string, bytes: Uint8Array) => T) => {
      const bytes = select[table].get(id)
      return bytes === undefined ? undefined : unpack(id, bytes)
    },
    personByCredential: (hash: Buffer) => credential.get(hash),
    generation: () =>
      db.prepare<[], RegistryGeneration>('SELECT * FROM generation').get() as RegistryGeneration,
    isCurrent: () => statSync(file).ino === inode && dataVersion.get() === openedAt,
    change: (change: RegistryChange, key: Uint8Array) => applyChange(db, change, key),
    close: () => db.close(),
  }
}

function selectRecord(db: Database.Database, table: Table): Database.Statement<[string], Buffer> {
  return db.prepare<[string], Buffer>(`SELECT record FROM ${table} WHERE id = ?`).pluck()
}

function applyChange(db: Database.Database, change: RegistryChange, key: Uint8Array): void {
  const put = (table: Table, id: string, record: Buffer) =>
    db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`).run(id, record)
  const commit = db.transaction(() => {
    for (const person of change.persons ?? []) put('person', person.personId, packPerson(person))
    for (const institution of change.institutions ?? []) {
      put('institution', institution.institutionId, packInstitution(institution))
    }
    for (const approval of change.approvals ?? []) {
      put('approval', approval.approvalId, packApproval(approval))
    }
    for (const { kind, value, personId } of change.credentials ?? []) {
      db.prepare('INSERT OR REPLACE INTO credential VALUES (?, ?)').run(
        credentialHash(key, kind, value),
        personId,
      )
    }
  })
  commit.immediate()
}
