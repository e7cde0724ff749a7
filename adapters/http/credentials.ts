import { createHash } from 'node:crypto'
import type { Requester } from '../../engine/counter/ports.ts'
import type { Registry } from '../../engine/counter/registry.ts'

/** Finds out who shows a key. */
export type Authenticate = (key: string) => Requester | undefined

/** A key of the credentials file: only its hash is kept. */
export interface StoredKey {
  /** SHA-256 of the key, hexadecimal. */
  readonly sha256: string
  readonly role: Requester['role']
  readonly id: string
}

const KEYS_REMEMBERED = 10_000

/** Keys by the hash that is stored of them; a look-up by hash leaks no prefix by its timing. */
export function storedKeys(keys: readonly StoredKey[]): Authenticate {
  const byHash = new Map(keys.map(({ sha256, role, id }) => [sha256, { role, id }]))
  return remembering((key) => byHash.get(createHash('sha256').update(key).digest('hex')))
}

/**
 * Demo mode: `demo-<institutionId>`, `demo-policy` and `demo-agency`. Refused everywhere else, and
 * demo mode refuses to bind anything but loopback.
 */
export function demoKeys(registry: Registry): Authenticate {
  return remembering((key) => {
    if (key === 'demo-policy') return { role: 'policy', id: 'demo-policy' }
    if (key === 'demo-agency') return { role: 'agency', id: 'demo-agency' }
    if (!key.startsWith('demo-')) return undefined
    const id = key.slice('demo-'.length)
    return registry.institution(id) === undefined ? undefined : { role: 'institution', id }
  })
}

/** The answers for keys that were right; wrong ones are not remembered. */
function remembering(authenticate: Authenticate): Authenticate {
  const known = new Map<string, Requester>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const requester = authenticate(key)
    if (requester === undefined) return undefined
    if (known.size >= KEYS_REMEMBERED) known.clear()
    known.set(key, requester)
    return requester
  }
}

/** The key of an `authorization: Bearer …` header. */
export function bearerKey(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(header ?? '')
  return match?.[1]
}
