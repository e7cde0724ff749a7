import { types } from 'node:util'

/**
 * What SQLite throws is no error in the sense of threads: whoever started this one would get an
 * object without words, and nobody would be told why the engine has ended.
 */
export function saying<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw withWords(error)
  }
}

/** The same, as an error that keeps its words on the way to another thread. */
export function withWords(error: unknown): Error {
  if (types.isNativeError(error)) return error
  const { message, code } = error as { message?: string; code?: string }
  return new Error(`${message}${code === undefined ? '' : ` (${code})`}`)
}

/** What is left of an error of the thread `name` that was thrown as it was: its code at least. */
export function heardFrom(name: string, error: unknown): Error {
  if (error instanceof Error) return error
  return new Error(`${name}: ${(error as { code?: string } | undefined)?.code ?? String(error)}`)
}
