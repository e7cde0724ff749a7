import { createHash } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { InForce, PackInForce } from '../../engine/counter/activations.ts'
import { compilePack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { PackLibrary } from './pack-library.ts'
import { type ReadCalendar, readRules, sharedDistricts } from './read-rules.ts'
import { rulesKey } from './rules-snapshot.ts'
import type { SnapshotFault } from './snapshot.ts'

/** What is to be read. Plain data, because another thread may do it. */
export interface PolicyRequest {
  readonly rulesFolder: string
  /** Holds `catalogue/<id>.csv` and the library of versions. */
  readonly dataFolder: string
  /** Catalogue → hash of the version in memory, which is not read again. */
  readonly inMemory: Readonly<Record<string, string>>
  /** After a rollback: `hash` decides for as long as the rules folder holds `overrules`. */
  readonly held: readonly PackInForce[]
  /** Kept versions, to be restored instead of reading the rules folder. */
  readonly restore?: InForce
}

/** A pack without faults, to be compiled by whoever needs it. */
export interface FoundPack {
  readonly source: PackSource
  readonly hash: string
  readonly overrules?: string
}

export interface FoundCatalogue {
  readonly id: string
  readonly hash: string
  /** Absent when this version is in memory. */
  readonly image?: SharedArrayBuffer
  /** Why the image had to be built from the rows; absent when a kept one could be used. */
  readonly built?: SnapshotFault
}

/** Packs and catalogues that belong together, checked. Plain data, as the request is. */
export interface FoundPolicy {
  readonly packs: readonly FoundPack[]
  readonly catalogues: readonly FoundCatalogue[]
  readonly calendar?: ReadCalendar
  /** Why the rules folder had to be read; absent when what was kept of it could be used. */
  readonly built?: SnapshotFault
}

/** Otherwise every error. */
export type PolicyFound = FoundPolicy | { readonly errors: readonly string[] }

/** Files that change while they are read are read again, so often. */
const READINGS_MAX = 5

/**
 * Reads and checks all rules and catalogues, and keeps every version of them in the library when
 * there is no error. `giveWay` is called between small steps, and may pause.
 */
export function readPolicy(request: PolicyRequest, giveWay: () => void = () => {}): PolicyFound {
  const library = new PackLibrary(request.dataFolder)
  const { packs, catalogueIds, calendar, errors, checked } =
    request.restore === undefined
      ? readFolder(request, library, giveWay)
      : readKept(request.restore, library)
  const problems = [...errors]
  const catalogues: FoundCatalogue[] = []
  const fresh: (FoundCatalogue & { file: string })[] = []
  for (const id of catalogueIds) {
    const found = readCatalogue(id, request, library, giveWay)
    if ('errors' in found) {
      problems.push(...found.errors)
      continue
    }
    const { file, ...catalogue } = found
    catalogues.push(catalogue)
    if (file !== undefined) fresh.push({ ...catalogue, file })
  }
  if (problems.length > 0) return { errors: problems }
  for (const { hash, file, image, built } of fresh) {
    if (!library.keepCatalogue(hash, file)) problems.push(`${file}: changed while it was read`)
    else if (built !== undefined) library.keepImage(hash, image!)
  }
  if (problems.length > 0) return { errors: problems }
  for (const { source, hash } of packs) library.keepPack(source, hash)
  if (calendar !== undefined) library.keepCalendar(calendar)
  return {
    packs,
    catalogues,
    ...(calendar === undefined ? {} : { calendar }),
    ...(checked === undefined ? {} : { built: checked }),
  }
}

interface Choice {
  readonly packs: readonly FoundPack[]
  readonly catalogueIds: readonly string[]
  readonly calendar?: ReadCalendar
  readonly errors: readonly string[]
  readonly checked?: SnapshotFault
}

/** The rules folder, with the packs that a rollback holds in the place of its own. */
function readFolder(
  { rulesFolder, held }: PolicyRequest,
  library: PackLibrary,
  giveWay: () => void,
): Choice {
  const folder = readSteadily(rulesFolder, library, giveWay)
  const holds = held.filter(({ id, overrules }) =>
    folder.packs.some(({ source, hash }) => source.id === id && hash === overrules),
  )
  if (holds.length === 0) return folder
  const kept = readKept({ packs: holds, catalogues: [] }, library)
  const packs = folder.packs.map(
    (read) => kept.packs.find(({ source }) => source.id === read.source.id) ?? read,
  )
  return {
    ...folder,
    packs,
    catalogueIds: [...new Set([...folder.catalogueIds, ...kept.catalogueIds])],
    errors: [...folder.errors, ...kept.errors, ...clashesOf(packs, library)],
  }
}

function clashesOf(packs: readonly FoundPack[], library: PackLibrary): string[] {
  return sharedDistricts(packs.map(({ source, hash }) => library.compile(source, hash)))
}

/** Whoever edits several files at once must not be caught in the middle. */
function readSteadily(folder: string, library: PackLibrary, giveWay: () => void): Choice {
  let before = fingerprint(folder)
  for (let reading = 1; reading <= READINGS_MAX; reading++) {
    const key = rulesKey(folder)
    const snapshot = library.rules(key)
    if ('kept' in snapshot) return { ...snapshot.kept, errors: [] }
    const { packs, ...rules } = readRules(folder, giveWay)
    const after = fingerprint(folder)
    if (after === before) {
      const found = packs.map(({ source, pack: { hash } }) => ({ source, hash }))
      if (rules.errors.length === 0) library.keepRules(key, { ...rules, packs: found })
      return { ...rules, packs: found, checked: snapshot.fault }
    }
    before = after
  }
  return {
    packs: [],
    catalogueIds: [],
    errors: [`${folder}: the files change while they are read`],
  }
}

function fingerprint(folder: string): string {
  if (!existsSync(folder)) return ''
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((path) => {
      const stats = statSync(join(folder, path), { bigint: true, throwIfNoEntry: false })
      return `${path} ${stats?.ino} ${stats?.size} ${stats?.mtimeNs} ${stats?.ctimeNs}`
    })
    .join('\n')
}

/** Versions from the library; an engine that has changed since may find fault with them. */
function readKept({ packs, calendar: calendarHash }: InForce, library: PackLibrary): Choice {
  const errors: string[] = []
  const found = <T>(read: () => T): T | 'damaged' => {
    try {
      return read()
    } catch (error) {
      errors.push((error as Error).message)
      return 'damaged'
    }
  }
  const chosen = packs.flatMap(({ id, hash, overrules }): FoundPack[] => {
    const source = found(() => library.source(hash))
    if (source === undefined) {
      errors.push(`the version ${hash} of the pack ${id} is not in the library`)
    }
    if (source === undefined || source === 'damaged') return []
    for (const { table, from, message } of compilePack(source, hash).faults) {
      const when = from === undefined ? '' : `, from ${from}`
      errors.push(`version ${hash}: table ${id}/${table}${when}: ${message}`)
    }
    return [{ source, hash, ...(overrules === undefined ? {} : { overrules }) }]
  })
  errors.push(...clashesOf(chosen, library))
  const named = chosen.map(({ source }) => source.catalogue)
  const calendar =
    calendarHash === undefined ? undefined : found(() => library.calendar(calendarHash))
  if (calendarHash !== undefined && calendar === undefined) {
    errors.push(`the version ${calendarHash} of the calendar is not in the library`)
  }
  return {
    packs: chosen,
    catalogueIds: [...new Set(named)],
    ...(calendar === undefined || calendar === 'damaged' ? {} : { calendar }),
    errors,
  }
}

function readCatalogue(
  id: string,
  { dataFolder, inMemory, restore }: PolicyRequest,
  library: PackLibrary,
  giveWay: () => void,
): (FoundCatalogue & { file?: string }) | { errors: string[] } {
  const kept = restore?.catalogues.find((catalogue) => catalogue.id === id)
  if (kept !== undefined && kept.hash === inMemory[id]) return kept
  const file = kept === undefined ? catalogueFile(dataFolder, id) : library.catalogueFile(kept.hash)
  const hash = kept?.hash ?? sha256(file)
  // A catalogue whose bytes have not changed is not built again.
  if (hash !== undefined && hash === inMemory[id]) return { id, hash }
  const snapshot = library.image(hash ?? '')
  if ('image' in snapshot) return { id, hash: hash!, image: snapshot.image, file }
  const outcome = loadCatalogue(id, [file], giveWay)
  if ('catalogue' in outcome) {
    const { hash, image } = outcome.catalogue
    if (kept !== undefined && hash !== kept.hash) {
      return { errors: [`${file} is not as it was kept: put it back, every backup since has it`] }
    }
    return { id, hash, image, file, built: snapshot.fault }
  }
  return {
    errors: outcome.problems.map(
      ({ line, column, expected, found }) =>
        `${file}:${line}: ${column === '' ? '' : `${column}: `}expected ${expected}, found ${found}`,
    ),
  }
}

/** The catalogue to be loaded. */
export function catalogueFile(dataFolder: string, id: string): string {
  return join(dataFolder, 'catalogue', `${id}.csv`)
}

/** The hash of the file's content, read in small pieces; nothing when it cannot be read. */
function sha256(file: string): string | undefined {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch {
    return undefined
  }
  try {
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(PIECE_BYTES)
    for (let read = readSync(handle, piece); read > 0; read = readSync(handle, piece)) {
      hash.update(piece.subarray(0, read))
    }
    return hash.digest('hex')
  } catch {
    return undefined
  } finally {
    closeSync(handle)
  }
}

const PIECE_BYTES = 256 * 1024
