import type { Entry } from './entry.ts'

/** What may be left out: then it is the engine's own doing, without a key, about nobody. */
type Optional = 'source' | 'keys' | 'subjects' | 'deltas'

const HASH_BYTES = 32

/**
 * An entry that no client's message asks for. Its keys, if any, are the engine's own, under which it
 * books a thing once; no request stands behind them, so that their hash is all zeros.
 */
export function ownEntry({
  keys = [],
  source = 'engine',
  subjects = [],
  deltas = [],
  ...rest
}: Omit<Entry, Optional | 'requestHash'> & Partial<Pick<Entry, Optional>>): Entry {
  const requestHash = new Uint8Array(keys.length === 0 ? 0 : HASH_BYTES)
  return { source, keys, requestHash, subjects, deltas, ...rest }
}
