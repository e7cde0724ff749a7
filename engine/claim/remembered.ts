const REMEMBERED_MAX = 1_000

/** `make` with its answers kept. Bounded: a full memory is dropped whole. */
export function remembered<Key, Made>(make: (key: Key) => Made): (key: Key) => Made {
  const known = new Map<Key, Made>()
  return (key) => {
    const before = known.get(key)
    if (before !== undefined) return before
    if (known.size >= REMEMBERED_MAX) known.clear()
    const made = make(key)
    known.set(key, made)
    return made
  }
}
