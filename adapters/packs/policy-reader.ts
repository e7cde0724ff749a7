import type { CatalogueRow } from '../../engine/policy/catalogue.ts'
import {
  type FoundCatalogue,
  type FoundPack,
  type PolicyRequest,
  readPolicy,
} from './read-policy.ts'
import type { ReadCalendar } from './read-rules.ts'

/** Reads and checks the policy, in this thread or in another. */
export type PolicyReader = (request: PolicyRequest) => Promise<PolicyReading>

/** What was found; the rows come a few at a time. */
export interface PolicyReading {
  /** With any, nothing was found. */
  readonly errors: readonly string[]
  readonly packs: readonly FoundPack[]
  readonly catalogues: readonly CatalogueReading[]
  readonly calendar?: ReadCalendar
  /** To be called when nothing more is wanted. */
  close(): Promise<void>
}

export interface CatalogueReading extends Omit<FoundCatalogue, 'rows'> {
  /** Absent when this version is in memory. The catalogues' rows have to be taken in order. */
  readonly rows?: AsyncIterable<readonly CatalogueRow[]>
}

/** So many rows are handed over at a time: about a millisecond's work for the taker. */
export const ROWS_AT_A_TIME = 500

/** Reads in the calling thread, which does nothing else meanwhile. */
export const readHere: PolicyReader = async (request) => {
  const found = readPolicy(request)
  const close = async () => {}
  if ('errors' in found) return { errors: found.errors, packs: [], catalogues: [], close }
  const catalogues = found.catalogues.map(({ rows, ...catalogue }) =>
    rows === undefined ? catalogue : { ...catalogue, rows: inPieces(rows) },
  )
  const { packs, calendar } = found
  return { errors: [], packs, catalogues, ...(calendar === undefined ? {} : { calendar }), close }
}

async function* inPieces(rows: readonly CatalogueRow[]): AsyncGenerator<readonly CatalogueRow[]> {
  for (let at = 0; at < rows.length; at += ROWS_AT_A_TIME) yield rows.slice(at, at + ROWS_AT_A_TIME)
}
