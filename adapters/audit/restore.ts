import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Board } from '../../engine/ledger/board.ts'
import { Folder } from '../../engine/ledger/folder.ts'
import { verifyJournal } from '../../engine/ledger/verify.ts'
import { sm3 } from '../codec/sm3.ts'
import { syncNow } from '../files/write-whole.ts'
import { codecOf } from '../keys/folder-codec.ts'
import { openJournal } from '../sqlite/journal-store.ts'
import { breakSeal } from '../sqlite/state-seal.ts'
import { openStates } from '../sqlite/state-store.ts'
import { ledgerPaths } from '../workers/ledger-host.ts'
import { copyInto, type Manifest, readManifest, refuseUsed, syncFolders } from './backup.ts'

export interface Restored extends Pick<Manifest, 'position' | 'hash' | 'at'> {
  /** When the last entry that it holds was booked, ms since 1970; nothing of an empty journal. */
  readonly lastBookedAt?: number
  readonly files: number
}

/**
 * Makes a data folder of a backup: every file as it was written, the chain walked from the first row
 * to the end that the backup names, the states brought up to it. The folder is there when all of that
 * was found in order, and not before; one that holds anything is never written over.
 */
export function restoreBackup(from: string, to: string): Restored {
  refuseUsed(to)
  const manifest = readManifest(from)
  const building = `${resolve(to)}.restoring`
  rmSync(building, { recursive: true, force: true })
  try {
    mkdirSync(building, { recursive: true, mode: 0o700 })
    for (const { path } of manifest.files) copyInto(from, building, path)
    const lastBookedAt = bringUp(building, manifest)
    syncFolders(building)
    if (existsSync(to)) rmdirSync(to)
    renameSync(building, to)
    syncNow(dirname(resolve(to)))
    const { position, hash, at, files } = manifest
    return {
      position,
      hash,
      at,
      files: files.length,
      ...(lastBookedAt === undefined ? {} : { lastBookedAt }),
    }
  } catch (error) {
    rmSync(building, { recursive: true, force: true })
    throw error
  }
}

/** Walks the chain and folds what the states lack; returns when the last entry was booked. */
function bringUp(folder: string, { position, hash }: Manifest): number | undefined {
  const { journalPath, statePath } = ledgerPaths(folder)
  const journal = openJournal({ path: journalPath })
  const codec = codecOf(folder)
  // Earlier backups of an engine that stood have the checksum of its file, and not of the copy.
  breakSeal(statePath)
  const states = openStates({ path: statePath, codec })
  try {
    const { sound, fault } = verifyJournal(journal, codec, sm3)
    if (fault !== undefined) {
      throw new Error(`row ${fault.position} of the backup's journal is damaged: ${fault.kind}`)
    }
    if (sound.position !== position || Buffer.from(sound.hash).toString('hex') !== hash) {
      throw new Error(
        `the backup's journal ends at ${sound.position}, not as it says at ${position}`,
      )
    }
    new Folder({ journal, states, codec, board: new Board() }).start()
    states.truncate()
    const last = journal.read(position)
    return last === undefined ? undefined : codec.decodeEntry(last.body).bookedAt
  } finally {
    states.close()
    journal.close()
  }
}
