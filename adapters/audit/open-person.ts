import { openRegistry } from '../sqlite/registry-store.ts'
import { openPast } from './open-past.ts'
import { type PersonKept, personDocument } from './person-document.ts'

/** The document of a person out of a data folder, beside whoever owns it; see `personDocument`. */
export function* documentOf(
  folder: string,
  personId: string,
  opensCredentials: boolean,
): Generator<string, PersonKept> {
  const past = openPast(folder, { onProgress: () => {} })
  const registry = openRegistry(folder)
  try {
    const { ports: journal, head } = past
    const { credentials, versions } = registry
    const sources = { journal, head, credentials, versions }
    return yield* personDocument(personId, sources, opensCredentials)
  } finally {
    past.close()
    registry.close()
  }
}
