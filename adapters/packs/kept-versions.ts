import { LRUCache } from 'lru-cache'
import { compileCalendar } from '../../engine/calendar/calendar.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import { openCatalogue } from '../../engine/policy/open-catalogue.ts'
import type { ReplayPorts } from '../../engine/replay/ports.ts'
import { loadCatalogue } from './load-catalogue.ts'
import type { PackLibrary } from './pack-library.ts'

/** A national catalogue takes 20 MB; settlements of one time share it. */
const CATALOGUES_MAX = 2

/** The versions that the library keeps, as a replay asks for them. */
export function keptVersions(
  library: PackLibrary,
): Pick<ReplayPorts, 'packByHash' | 'catalogue' | 'calendar'> {
  const catalogues = new LRUCache<string, Catalogue>({ max: CATALOGUES_MAX })
  return {
    packByHash: (hash) => library.pack(hash),
    catalogue(id, hash) {
      const known = catalogues.get(hash)
      if (known !== undefined) return known
      const catalogue = openKept(library, id, hash)
      if (catalogue !== undefined) catalogues.set(hash, catalogue)
      return catalogue
    },
    calendar(hash) {
      const kept = library.calendar(hash)
      return kept === undefined ? undefined : compileCalendar(kept.source, kept.hash)
    },
  }
}

function openKept(library: PackLibrary, id: string, hash: string): Catalogue | undefined {
  const snapshot = library.image(hash)
  if ('image' in snapshot) return openCatalogue(id, hash, snapshot.image)
  const outcome = loadCatalogue(id, [library.catalogueFile(hash)])
  return 'catalogue' in outcome && outcome.catalogue.hash === hash ? outcome.catalogue : undefined
}
