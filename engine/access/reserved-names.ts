/**
 * What the audit lists call those who are neither a member of staff nor the holder of a key: the
 * engine itself, edited files, the owner of the folder, the demo.
 */
const RESERVED: ReadonlySet<string> = new Set(['engine', 'files', 'cli', 'operator', 'demo'])

/** In whichever case: nobody tells them apart in a list. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name.toLowerCase())
}
