import { createHash } from 'node:crypto'
import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PackSource } from '../../engine/policy/pack.ts'
import type { ReadCalendar } from './read-rules.ts'
import { readSnapshot, type SnapshotFault, writeSnapshot } from './snapshot.ts'

/** A rules folder without errors, as `readRules` read it. */
export interface CheckedRules {
  readonly packs: readonly { readonly source: PackSource; readonly hash: string }[]
  readonly calendar: ReadCalendar
  readonly catalogueIds: readonly string[]
}

export function writeRulesSnapshot(file: string, key: string, rules: CheckedRules): void {
  const { packs, calendar, catalogueIds } = rules
  const plain = {
    packs: packs.map(({ source, hash }) => ({ source, hash })),
    calendar,
    catalogueIds,
  }
  writeSnapshot(file, key, Buffer.from(JSON.stringify(plain)))
}

export function readRulesSnapshot(
  file: string,
  key: string,
): { readonly kept: CheckedRules } | { readonly fault: SnapshotFault } {
  const snapshot = readSnapshot(file, key)
  if (!('kept' in snapshot)) return snapshot
  return { kept: JSON.parse(Buffer.from(snapshot.kept).toString()) as CheckedRules }
}

/** The code that reads and checks: what another version of it passed has to be checked again. */
const CHECKING_CODE = ['./', '../../engine/policy/', '../../engine/calendar/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** Of the code that runs, which is what stood there when it was loaded; made when first asked for. */
let codeHash: Buffer | undefined

/** SHA-256 of all that the checked rules depend on: each file of the folder, and the code. */
export function rulesKey(rulesFolder: string): string {
  codeHash ??= hashOf(CHECKING_CODE)
  return createHash('sha256')
    .update(hashOf([rulesFolder]))
    .update(codeHash)
    .digest('hex')
}

/** Of the names and contents of all files of some folders. */
function hashOf(folders: readonly string[]): Buffer {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const file of filesOf(folder)) {
      const bytes = readFileSync(join(folder, file))
      hash.update(`${file}\n${bytes.length}\n`).update(bytes)
    }
    hash.update('\n')
  }
  return hash.digest()
}

function filesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || isLinkedFile(entry))
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length))
    .sort()
}

/** What is read through a link can change, too. */
function isLinkedFile(entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false
  const target = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
  return target?.isFile() === true
}
