import { createHash } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Chain, rowsOf, type Sound } from '../../engine/ledger/verify.ts'
import { sm3 } from '../codec/sm3.ts'
import { isThere } from '../files/is-there.ts'
import { syncNow, writeWhole } from '../files/write-whole.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { copyDatabase } from '../sqlite/copy-file.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { REGISTRY_FILE } from '../sqlite/registry-import.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'

/** What a backup holds; written last, so that a folder without it is no backup. */
export interface Manifest {
  readonly format: typeof FORMAT
  /** Where its journal ends, and the hash of the chain there, hexadecimal. */
  readonly position: number
  readonly hash: string
  /** When it was begun, ISO 8601. */
  readonly at: string
  readonly files: readonly { readonly path: string; readonly sha256: string }[]
}

const FORMAT = 'yizhan-backup-1'
const MANIFEST = 'backup.json'
/**
 * Of the process that owns the folder, of its last minutes, of files that are still being received or
 * written; and the checksum of the states, whose copy is of another moment.
 */
const LEFT_OUT =
  /^(owner\.sqlite|dated-ahead\.json|imports($|\/))|(-wal|-shm|\.seal|\.writing|\.importing)$/
const PIECE_BYTES = 1024 * 1024

/**
 * Copies a data folder beside the server that works in it. The states come first, so that the journal
 * covers them; registry and policy come after the journal, so that they have whatever it names: both
 * are written before the entry that puts them in force. What has been acknowledged before the call is
 * in the backup.
 */
export async function makeBackup(
  data: string,
  to: string,
  now: number,
  onProgress: (position: number, head: number) => void,
): Promise<Manifest> {
  refuseUsed(to)
  if (!isThere(ledgerPaths(data).journalPath)) throw new Error(`there is no ledger in ${data}`)
  mkdirSync(to, { recursive: true, mode: 0o700 })
  try {
    return await copyAll(data, to, now, onProgress)
  } catch (error) {
    // A disk that is full would stay so, and the folder is taken for no backup anyway.
    for (const name of readdirSync(to)) rmSync(join(to, name), { recursive: true, force: true })
    throw error
  }
}

async function copyAll(
  data: string,
  to: string,
  now: number,
  onProgress: (position: number, head: number) => void,
): Promise<Manifest> {
  const { journalPath, statePath } = ledgerPaths(data)
  const copies = ledgerPaths(to)
  await copyDatabase(statePath, copies.statePath)
  const { position, hash } = copyJournal(journalPath, copies.journalPath, onProgress)
  await copyDatabase(join(data, REGISTRY_FILE), join(to, REGISTRY_FILE))
  const apart = [journalPath, statePath, REGISTRY_FILE].map((path) => basename(path))
  for (const path of filesOf(data)) if (!apart.includes(path)) copyIfThere(data, to, path)
  const files = filesOf(to).map((path) => ({ path, sha256: sha256(join(to, path)) }))
  const manifest: Manifest = {
    format: FORMAT,
    position,
    hash: Buffer.from(hash).toString('hex'),
    at: new Date(now).toISOString(),
    files,
  }
  syncFolders(to)
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  writeWhole(join(to, MANIFEST), (writing) => writeFileSync(writing, text))
  return manifest
}

/** Throws when the folder holds anything. */
export function refuseUsed(folder: string): void {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return
  throw new Error(
    `${folder} is not empty; nothing is written over: name another folder, or remove this one first`,
  )
}

/** What the backup says that it holds; throws when a file is not as it was written. */
export function readManifest(from: string): Manifest {
  const file = join(from, MANIFEST)
  if (!isThere(file)) throw new Error(`${from} is no backup, or one that was not finished`)
  const manifest = manifestIn(file)
  if (manifest.format !== FORMAT) throw new Error(`${file} is of another format`)
  for (const { path, sha256: expected } of manifest.files) {
    const copy = join(from, path)
    if (!isThere(copy)) throw new Error(`the backup lacks ${path}`)
    if (sha256(copy) !== expected) throw new Error(`${path} of the backup was damaged or changed`)
  }
  return manifest
}

function manifestIn(file: string): Manifest {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Manifest
  } catch (error) {
    throw new Error(`${file} cannot be read (${(error as Error).message}): take another backup`)
  }
}

/**
 * Row by row into a new journal, up to the last one at the call, and each is held against its hash on
 * the way: so nobody waits for a long read, and a damaged row is not taken for a backup.
 */
function copyJournal(
  from: string,
  to: string,
  onProgress: (position: number, head: number) => void,
): Sound {
  const source = openJournal({ path: from, readonly: true })
  const copy = openJournal({ path: to })
  try {
    const head = source.head().position
    const chain = new Chain(codecOf(dirname(from)), sm3)
    let rows: Parameters<typeof copy.append>[0][number][] = []
    for (const row of rowsOf(source, head)) {
      const found = chain.follow(row)
      if (row === undefined || typeof found === 'string') {
        const at = chain.sound.position + 1
        throw new Error(`row ${at} of the journal is damaged (${found}); see \`yizhan verify\``)
      }
      rows.push(row)
      if (rows.length < ROWS_PER_COMMIT && row.position < head) continue
      copy.append(rows)
      rows = []
      onProgress(row.position, head)
    }
    copy.truncate()
    return chain.sound
  } finally {
    source.close()
    copy.close()
  }
}

const ROWS_PER_COMMIT = 2_000

/** All files of a folder that belong in a backup, from the folder, in order. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !LEFT_OUT.test(path) && path !== MANIFEST)
    .filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile() === true)
    .sort()
}

/** What institutions exchange is swept away beside the backup, when its time is over. */
function copyIfThere(from: string, to: string, path: string): void {
  try {
    copyInto(from, to, path)
  } catch (error) {
    if (existsSync(join(from, path))) throw error
    rmSync(join(to, path), { force: true })
  }
}

/** With its mode, brought to the disk. */
export function copyInto(from: string, to: string, path: string): void {
  const target = join(to, path)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(join(from, path), target)
  syncNow(target)
}

/** The folder, all that are in it, and that it is where it is. */
export function syncFolders(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isDirectory()) syncNow(join(entry.parentPath, entry.name))
  }
  syncNow(folder)
  syncNow(dirname(resolve(folder)))
}

function sha256(file: string): string {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  const handle = openSync(file, 'r')
  try {
    for (let read = readSync(handle, piece); read > 0; read = readSync(handle, piece)) {
      hash.update(piece.subarray(0, read))
    }
    return hash.digest('hex')
  } finally {
    closeSync(handle)
  }
}
