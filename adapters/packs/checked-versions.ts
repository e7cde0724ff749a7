import { LRUCache } from 'lru-cache'
import { compileCalendar } from '../../engine/calendar/calendar.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import { contentHash } from './content-hash.ts'
import type { keptVersions } from './kept-versions.ts'
import { loadCatalogue } from './load-catalogue.ts'
import { hashOf } from './load-pack.ts'
import type { PackLibrary } from './pack-library.ts'

const CATALOGUES_MAX = 4

/**
 * The versions that the library keeps, as an audit asks for them: from the files themselves, never
 * from what was derived of them, and only those whose content has the hash that names them.
 */
export function checkedVersions(library: PackLibrary): ReturnType<typeof keptVersions> {
  const packs = new Map<string, Pack | undefined>()
  const catalogues = new LRUCache<string, Catalogue>({ max: CATALOGUES_MAX })
  return {
    packByHash(hash) {
      if (!packs.has(hash)) packs.set(hash, packOf(library, hash))
      return packs.get(hash)
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
      const kept = readable(() => library.calendar(hash))
      if (kept === undefined || contentHash(kept.source) !== hash) return undefined
      return compileCalendar(kept.source, hash)
    },
  }
}

function packOf(library: PackLibrary, hash: string): Pack | undefined {
  const source = readable(() => library.source(hash))
  return source !== undefined && hashOf(source) === hash ? library.compile(source, hash) : undefined
}

/** A file that is no JSON any more is not the version. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
