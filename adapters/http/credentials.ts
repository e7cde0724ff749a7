import type { Authenticate } from '../../engine/access/access.ts'
import { ROLES, type Role } from '../../engine/access/roles.ts'
import type { Requester } from '../../engine/counter/ports.ts'

const KEYS_REMEMBERED = 10_000

/**
 * Demo mode: `demo-<institutionId>` of any institution that `isRegistered`, and a key for each other
 * role; `others` besides. Refused everywhere else, and demo mode refuses to bind anything but loopback.
 */
export function demoKeys(
  isRegistered: (institutionId: string) => Promise<boolean>,
  others: Authenticate,
): Authenticate {
  const known = new Map<string, Requester>()
  const remember = (key: string, requester: Requester) => {
    if (known.size >= KEYS_REMEMBERED) known.clear()
    known.set(key, requester)
    return requester
  }
  return (key) => {
    if (!key.startsWith('demo-')) return others(key)
    const found = known.get(key)
    if (found !== undefined) return found
    const id = key.slice('demo-'.length)
    const office = OFFICES.get(id)
    if (office !== undefined) return remember(key, { role: office, id: key })
    return isRegistered(id).then((is) =>
      is ? remember(key, { role: 'institution', id }) : undefined,
    )
  }
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

/** The key of an `authorization: Bearer …` header. */
export function bearerKey(header: string | undefined): string | undefined {
  const match = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(header ?? '')
  return match?.[1]
}
