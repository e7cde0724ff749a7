import type { Access, Authenticate } from '../../engine/access/access.ts'
import { type Key, standingOf } from '../../engine/access/keys.ts'
import { chinaTime } from '../../engine/calendar/china-time.ts'
import { type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import { isKey, keyIdOf } from './key-secrets.ts'

export interface IssuedKeysOptions {
  /** Who is let in now; asked at every call. */
  readonly access: () => Access
  readonly serverKey: Uint8Array
  /** Ms since 1970. */
  readonly now: () => number
}

const REMEMBERED_MAX = 10_000

/**
 * The keys that were issued. That a text is the right key of an id is worked out once and remembered;
 * whether that key is still good is looked up every time.
 */
export function issuedKeys({ access, serverKey, now }: IssuedKeysOptions): Authenticate {
  const right = new Map<string, Key['id']>()
  return (text) => {
    const known = right.get(text)
    if (known !== undefined) return holderOf(access().keys.get(known)!, now())
    const key = access().keys.get(keyIdOf(text))
    if (key === undefined || !isKey(serverKey, text, key)) return undefined
    if (key.proof.kind === 'signs') return MUST_SIGN
    if (right.size >= REMEMBERED_MAX) right.clear()
    right.set(text, key.id)
    return holderOf(key, now())
  }
}

const MUST_SIGN = refuse('key-must-sign', 'Requests under this key are signed; it is never sent.')

/** Who holds the key, if it is good. */
export function holderOf(key: Key, now: number): Requester | Refusal {
  switch (standingOf(key, now)) {
    case 'good':
      return key.holder
    case 'revoked':
      return refuse('key-revoked', `The key ${key.id} was revoked on ${chinaTime(key.revokedAt!)}.`)
    case 'ended':
      return refuse('key-ended', `The key ${key.id} ended on ${chinaTime(key.until!)}.`)
  }
}
