import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { LRUCache } from 'lru-cache'
import { compileCalendar } from '../../engine/calendar/calendar.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import type { keptVersions } from './kept-versions.ts'
import { loadCatalogue } from './load-catalogue.ts'
import type { PackLibrary } from './pack-library.ts'

/** More than are in force at a time, or the cities of one day would push each other out. */
const PACKS_MAX = 256
const CATALOGUES_MAX = 4

/**
 * The versions that the library keeps, as an audit asks for them: from the files themselves, never
 * from what was derived of them, and only those whose content has the hash that names them.
 */
export function checkedVersions(library: PackLibrary): ReturnType<typeof keptVersions> {
  const packs = new LRUCache<string, { readonly pack: Pack | undefined }>({ max: PACKS_MAX })
  const catalogues = new LRUCache<string, Catalogue>({ max: CATALOGUES_MAX })
  return {
    packByHash(hash) {
      const known = packs.get(hash)
      if (known !== undefined) return known.pack
      const source = packSource(library, hash)
      const pack = source === undefined ? undefined : library.compile(source, hash)
      packs.set(hash, { pack })
      return pack
    },
    catalogue(id, hash) {
      const known = catalogues.get(hash)
      if (known !== undefined) return known
      const outcome = loadCatalogue(id, [library.catalogueFile(hash)])
      if (!('catalogue' in outcome) || outcome.catalogue.hash !== hash) return undefined
      catalogues.set(hash, outcome.catalogue)
      return outcome.catalogue
    },
    calendar(hash) {
      const source = calendarSource(library, hash)
      return source === undefined ? undefined : compileCalendar(source, hash)
    },
  }
}

/** Whether the library has a version as it was, by its hash alone: nothing is compiled for it. */
export function keepsWhole(
  library: PackLibrary,
  kind: 'pack' | 'catalogue' | 'calendar',
  hash: string,
): boolean {
  if (kind === 'pack') return packSource(library, hash) !== undefined
  if (kind === 'calendar') return calendarSource(library, hash) !== undefined
  const file = library.catalogueFile(hash)
  return existsSync(file) && createHash('sha256').update(readFileSync(file)).digest('hex') === hash
}

function packSource(library: PackLibrary, hash: string): PackSource | undefined {
  return readable(() => library.source(hash))
}

function calendarSource(library: PackLibrary, hash: string) {
  return readable(() => library.calendar(hash))?.source
}

/** A file that is not as it was kept is not the version. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
