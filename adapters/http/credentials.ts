import { createHash } from 'node:crypto'
import { ROLES, type Role } from '../../engine/access/roles.ts'
import type { Requester } from '../../engine/counter/ports.ts'

/** Finds out who shows a key. */
export type Authenticate = (key: string) => Requester | undefined | Promise<Requester | undefined>

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
 * Demo mode: `demo-<institutionId>` of any institution that `isRegistered`, and a key for each other
 * role. Refused everywhere else, and demo mode refuses to bind anything but loopback.
 */
export function demoKeys(isRegistered: (institutionId: string) => Promise<boolean>): Authenticate {
  return remembering((key) => {
    if (!key.startsWith('demo-')) return undefined
    const id = key.slice('demo-'.length)
    const office = OFFICES.get(id)
    if (office !== undefined) return { role: office, id: key }
    return isRegistered(id).then((is) => (is ? { role: 'institution', id } : undefined))
  })
}

/** What an institution shows in demo mode: a key that no other mode knows. */
export function demoKeyOf(institutionId: string): string {
  return `demo-${institutionId}`
}

/** `demo-policy` is the policy-maker's key: in demo mode rules are published directly. */
const OFFICES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['policy', 'policy-maker'],
  ...ROLES.filter((role) => role !== 'institution').map((role) => [role, role] as const),
])

/** The answers for keys that were right; wrong ones are not remembered. */
function remembering(authenticate: Authenticate): Authenticate {
  const known = new Map<string, Requester>()
  const remember = (key: string, requester: Requester | undefined) => {
    if (requester === undefined) return undefined
    if (known.size >= KEYS_REMEMBERED) known.clear()
    known.set(key, requester)
    return requester
  }
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const requester = authenticate(key)
    return requester instanceof Promise
      ? requester.then((asked) => remember(key, asked))
      : remember(key, requester)
  }
}

/** The key of an `authorization: Bearer …` header. */
export function bearerKey(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(header ?? '')
  return match?.[1]
}
