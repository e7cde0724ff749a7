import { statSync } from 'node:fs'

/**
 * Whether there is such a file. Unlike `existsSync` it throws where nobody may look: what another
 * user keeps to himself is not what nobody has.
 */
export function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
