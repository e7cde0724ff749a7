import { parentPort, workerData } from 'node:worker_threads'
import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import { ROWS_AT_A_TIME } from '../packs/policy-reader.ts'
import { type PolicyRequest, readPolicy } from '../packs/read-policy.ts'
import type { PolicyNotice } from './policy-reader.ts'

/** Reads and checks the policy once, then hands the rows over, a piece for each request. */

const host = parentPort!
const found = readPolicy(workerData as PolicyRequest)

if ('errors' in found) {
  host.postMessage({
    kind: 'found',
    errors: found.errors,
    packs: [],
    catalogues: [],
  } satisfies PolicyNotice)
} else {
  const { packs, catalogues, calendar } = found
  host.postMessage({
    kind: 'found',
    errors: [],
    packs,
    catalogues: catalogues.map(({ id, hash, rows }) => ({ id, hash, fresh: rows !== undefined })),
    ...(calendar === undefined ? {} : { calendar }),
  } satisfies PolicyNotice)
  const pieces = piecesOf(catalogues.map(({ rows }) => rows ?? []))
  // The host ends this thread when it has had enough.
  host.on('message', () => {
    const { value: rows = [] } = pieces.next()
    host.postMessage({ kind: 'rows', rows } satisfies PolicyNotice)
  })
}

/** An empty piece ends the rows of each catalogue that has any. */
function* piecesOf(
  lists: readonly (readonly CatalogueRow[])[],
): Generator<readonly CatalogueRow[]> {
  for (const rows of lists.filter(({ length }) => length > 0)) {
    for (let at = 0; at < rows.length; at += ROWS_AT_A_TIME) {
      yield rows.slice(at, at + ROWS_AT_A_TIME)
    }
    yield []
  }
}
