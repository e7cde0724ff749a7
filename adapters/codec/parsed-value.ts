/** The deepest nesting of objects and arrays a body may have; a claim needs 3, a rebill 4. */
export const MAX_DEPTH = 16

/**
 * How many object members a parsed body holds at all depths, or NaN when it holds something that
 * no body may: a `__proto__` key, or a number beyond the safe integers.
 *
 * A reader that knows how many members were *written* compares the two. Every own key of the
 * result comes from a member of its own, and a member goes missing only when a later one of the
 * same object takes its key; so the counts are equal exactly when no key was repeated. NaN equals
 * no count, so both rare refusals ride on that one comparison.
 *
 * Recurses: the caller has bounded the nesting.
 */
export function countMembers(value: unknown): number {
  if (typeof value === 'number') return isSafe(value) ? 0 : Number.NaN
  if (typeof value !== 'object' || value === null) return 0
  let count = 0
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) count += countMembers(value[i])
    return count
  }
  const record = value as Record<string, unknown>
  // for-in takes half the time of Object.keys. It would count inherited keys, too: should anything
  // ever have given Object.prototype one, then bodies are refused, which is the safe way to fail.
  for (const key in record) {
    if (key === '__proto__') return Number.NaN
    const member = record[key]
    count += typeof member === 'string' ? 1 : 1 + countMembers(member)
  }
  return count
}

/**
 * Whether a number stands for the digits the sender wrote. Beyond 2^53 - 1 neighbouring integers
 * read as the same double; infinities (1e400) are out, too.
 */
export function isSafe(value: number): boolean {
  return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
}

/** One step of a JSON pointer (RFC 6901), slash included. */
export function pointerStep(key: string | number): string {
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
