import { keyLiesWithData, keyRingOf } from '../keys/key-ring.ts'
import { ownFolder } from '../sqlite/owner-lock.ts'
import { hasNoted, resealRegistry, sealedBy } from '../sqlite/registry-keys.ts'
import { openRegistryFile } from '../sqlite/registry-store.ts'

/** What an earlier key has sealed of the journal stays sealed with it, and nobody counts it. */
const KEEP = 'keep it, entries of the journal may be sealed with it'

/** The keys of a data folder and what they have sealed in the registry, as text. */
export function encryptionStatus(folder: string): string {
  const ring = keyRingOf(folder)
  const db = openRegistryFile(folder, true)
  try {
    const counts = sealedBy(db)
    const known = new Set(ring.map(({ id }) => id))
    const lines = ring.map(({ id }, index) => {
      const rows = `rows of the registry: ${counts.get(id) ?? 0}`
      return index === 0 ? `${id}: seals and opens; ${rows}` : `${id}: opens; ${rows}; ${KEEP}`
    })
    for (const [id, count] of counts) {
      if (id === '') lines.push(`not sealed: rows of the registry: ${count}`)
      else if (!known.has(id)) lines.push(`${id}: MISSING; rows of the registry: ${count}`)
    }
    if (keyLiesWithData(ring)) lines.push('The key lies in the data folder, with what it seals.')
    return `${lines.join('\n')}\n`
  } finally {
    db.close()
  }
}

/** Seals the registry with the first key; says what was done. */
export function rotateEncryption(folder: string): string {
  const ring = keyRingOf(folder)
  const db = openRegistryFile(folder, false)
  try {
    // Whoever serves looks for hashes of the keys that were noted when it started.
    const lock = hasNoted(db, ring[0]) ? undefined : ownFolder(folder, process.pid)
    try {
      const { persons, credentials, hashOnly } = resealRegistry(db, ring)
      const done = `sealed with ${ring[0].id}: persons ${persons}, credentials ${credentials}\n`
      const left = `only a hash is kept of ${hashOnly} credentials: they need the key that made it\n`
      return hashOnly === 0 ? done : done + left
    } finally {
      lock?.release()
    }
  } finally {
    db.close()
  }
}
