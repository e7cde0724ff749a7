import { createHmac } from 'node:crypto'
import type { CredentialKind } from '../../engine/counter/registry.ts'

/** What a person shows at the counter, and whose it is. */
export interface Credential {
  readonly kind: CredentialKind
  /** The number or token exactly as it is read; an identity number ends in `X`, not `x`. */
  readonly value: string
  readonly personId: string
}

/** The shortest key that may guard the credentials, in bytes. */
const CREDENTIAL_KEY_BYTES_MIN = 16

/**
 * HMAC-SHA-256 of kind and value: all that is ever stored of a credential. A plain hash would not
 * do, because all identity numbers of a city can be tried in minutes. Throws on a short key.
 */
export function credentialHash(key: Uint8Array, kind: CredentialKind, value: string): Buffer {
  if (key.byteLength < CREDENTIAL_KEY_BYTES_MIN) {
    throw new RangeError(`a credential key needs at least ${CREDENTIAL_KEY_BYTES_MIN} bytes`)
  }
  return createHmac('sha256', key).update(`${kind}\n${value}`).digest()
}
