import { LRUCache } from 'lru-cache'

/**
 * Remembers what was read as of the last live import, and forgets all of it when another became live.
 * Returns what is remembered as of `last`.
 */
export function rememberingUpTo<K extends {}, V extends {}>(
  max: number,
): (last: number) => LRUCache<K, V> {
  const known = new LRUCache<K, V>({ max })
  let knownUpTo = 0
  return (last) => {
    if (last !== knownUpTo) {
      known.clear()
      knownUpTo = last
    }
    return known
  }
}
