import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LRUCache } from 'lru-cache'
import type { CalendarSource } from '../../engine/calendar/calendar.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import { isCatalogueImage } from '../../engine/policy/open-catalogue.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { writeWhole } from '../files/write-whole.ts'
import { contentHash } from './content-hash.ts'
import { hashOf } from './load-pack.ts'
import type { ReadCalendar } from './read-rules.ts'
import { type CheckedRules, readRulesSnapshot, writeRulesSnapshot } from './rules-snapshot.ts'
import { readSnapshot, type SnapshotFault, writeSnapshot } from './snapshot.ts'

/** So many compiled versions are kept in memory; the others are compiled again when asked for. */
const COMPILED_MAX = 64

/**
 * Every version of a pack and of a catalogue that a settlement may name, kept in the data folder
 * by content hash, so that the settlement can be read and replayed years later. What was kept is on
 * the disk when the call returns.
 */
export class PackLibrary {
  readonly #folder: string
  readonly #compiled = new LRUCache<string, Pack>({ max: COMPILED_MAX })

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'policy')
    mkdirSync(join(this.#folder, 'packs'), { recursive: true })
    mkdirSync(join(this.#folder, 'catalogues'), { recursive: true })
    mkdirSync(join(this.#folder, 'calendars'), { recursive: true })
  }

  /** Keeps a pack that compiled without faults; what is there already and is not it is mended. */
  keepPack(source: PackSource, hash: string): void {
    keep(this.#packFile(hash), Buffer.from(JSON.stringify(source)))
  }

  keepCalendar({ source, hash }: ReadCalendar): void {
    keep(this.#calendarFile(hash), Buffer.from(JSON.stringify(source)))
  }

  /**
   * The version of the calendar of working days; nothing when it was never kept here. Throws, as
   * `source` does, when it is not as it was kept.
   */
  calendar(hash: string): ReadCalendar | undefined {
    const source = kept<CalendarSource>(this.#calendarFile(hash), hash, contentHash)
    return source === undefined ? undefined : { source, hash }
  }

  /** Keeps a copy of `file`; false when that is not, or no longer, the version `hash`. */
  keepCatalogue(hash: string, file: string): boolean {
    const kept = this.catalogueFile(hash)
    if (kept === file) return true
    const bytes = readFileSync(file)
    if (createHash('sha256').update(bytes).digest('hex') !== hash) return false
    keep(kept, bytes)
    return true
  }

  /** Where the version of a catalogue is kept, or would be. */
  catalogueFile(hash: string): string {
    return join(this.#folder, 'catalogues', `${hash}.csv`)
  }

  /** Keeps what `loadCatalogue` made of the version, so that nobody has to read its rows again. */
  keepImage(hash: string, image: SharedArrayBuffer): void {
    writeSnapshot(this.#imageFile(hash), hash, new Uint8Array(image))
  }

  /** What `keepImage` kept of the version, or why it has to be built again. */
  image(hash: string): { readonly image: SharedArrayBuffer } | { readonly fault: SnapshotFault } {
    const snapshot = readSnapshot(this.#imageFile(hash), hash)
    if (!('kept' in snapshot)) return snapshot
    const image = snapshot.kept
    return isCatalogueImage(image) ? { image } : { fault: 'of another format' }
  }

  /** Keeps the rules folder as it was last read without errors; see rulesKey. */
  keepRules(key: string, rules: CheckedRules): void {
    writeRulesSnapshot(this.#rulesFile, key, rules)
  }

  /** What `keepRules` kept last, if it was under this key, or why the folder has to be read. */
  rules(key: string): ReturnType<typeof readRulesSnapshot> {
    return readRulesSnapshot(this.#rulesFile, key)
  }

  /** The version as it was written; nothing when it was never kept here. Throws when it is another. */
  source(hash: string): PackSource | undefined {
    return kept<PackSource>(this.#packFile(hash), hash, hashOf)
  }

  /** The version, compiled; nothing when it was never kept here. */
  pack(hash: string): Pack | undefined {
    const compiled = this.#compiled.get(hash)
    if (compiled !== undefined) return compiled
    const source = this.source(hash)
    return source === undefined ? undefined : this.compile(source, hash)
  }

  /** Compiles a version that is known to be without faults. */
  compile(source: PackSource, hash: string): Pack {
    const compiled = this.#compiled.get(hash)
    if (compiled !== undefined) return compiled
    const { pack } = compilePack(source, hash)
    this.#compiled.set(hash, pack)
    return pack
  }

  get #rulesFile(): string {
    return join(this.#folder, 'rules.snapshot')
  }

  #imageFile(hash: string): string {
    return join(this.#folder, 'catalogues', `${hash}.image`)
  }

  #calendarFile(hash: string): string {
    return join(this.#folder, 'calendars', `${hash}.json`)
  }

  #packFile(hash: string): string {
    return join(this.#folder, 'packs', `${hash}.json`)
  }
}

/** Nothing happens when the file holds these very bytes. */
function keep(file: string, bytes: Buffer): void {
  if (existsSync(file) && readFileSync(file).equals(bytes)) return
  writeWhole(file, (writing) => writeFileSync(writing, bytes))
}

/** A disk forgets a bit: whoever decides or explains by a version must have that very one. */
function kept<T>(file: string, hash: string, hashOf: (source: T) => string): T | undefined {
  if (!existsSync(file)) return undefined
  const source = parsed<T>(readFileSync(file, 'utf8'))
  if (source !== undefined && hashOf(source) === hash) return source
  throw new Error(`${file} is not as it was kept: put it back, every backup since has it`)
}

function parsed<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}
