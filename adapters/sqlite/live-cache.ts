import { LRUCache } from 'lru-cache'

/**
 * Remembers what was read as of the last live import, and forgets all of it when another became live.
 * Returns what is remembered as of `last`.
 */
export function rememberingUpTo<K extends {}, V extends {}>(
  max: number,
): (last: number) => LRUCache<K, V> {
  // Made when it is first used: it takes its whole room at once, which costs a millisecond for a
  // thousand, and most commands look nobody up.
  let known: LRUCache<K, V> | undefined
  let knownUpTo = 0
  return (last) => {
    if (last !== knownUpTo) {
      known?.clear()
      knownUpTo = last
    }
    known ??= new LRUCache<K, V>({ max })
    return known
  }
}
