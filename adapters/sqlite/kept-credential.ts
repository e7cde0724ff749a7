import { createHmac } from 'node:crypto'
import type { CredentialKind } from '../../engine/counter/registry.ts'
import type { Sealing } from '../codec/sealing.ts'

/** A credential as it is kept; of those from before format 5 nobody can tell any more what they are. */
export type KeptCredential = { readonly kind: CredentialKind; readonly value: string } | 'hash-only'

/** The shortest key that may guard the credentials, in bytes. */
const CREDENTIAL_KEY_BYTES_MIN = 16

/**
 * HMAC-SHA-256 of kind and value, by which a credential is found. A plain hash would not do, because
 * all identity numbers of a city can be tried in minutes. Throws on a short key.
 */
export function credentialHash(key: Uint8Array, kind: CredentialKind, value: string): Buffer {
  if (key.byteLength < CREDENTIAL_KEY_BYTES_MIN) {
    throw new RangeError(`a credential key needs at least ${CREDENTIAL_KEY_BYTES_MIN} bytes`)
  }
  return createHmac('sha256', key).update(`${kind}\n${value}`).digest()
}

/** A credential is opened only where it belongs to the person. */
export function sealCredential(
  seals: Sealing,
  kind: CredentialKind,
  value: string,
  personId: string,
): Uint8Array {
  return seals.sealWithTag(Buffer.from(`${kind}\n${value}`), `credential ${personId}`)
}

export function openCredential(
  seals: Sealing,
  sealed: Uint8Array | null,
  personId: string,
): KeptCredential {
  if (sealed === null) return 'hash-only'
  const text = Buffer.from(seals.openWithTag(sealed, `credential ${personId}`)).toString()
  const end = text.indexOf('\n')
  return { kind: text.slice(0, end) as CredentialKind, value: text.slice(end + 1) }
}
