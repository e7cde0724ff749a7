import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Key, KeyProof } from '../../engine/access/keys.ts'

const ID_BYTES = 8
const SECRET_BYTES = 32

/** A key that was just made: `text` is told once and kept nowhere. */
export interface MadeKey {
  readonly id: string
  /** `<id>.<secret>`; the secret is 256 bits in base64url. */
  readonly text: string
  readonly proof: KeyProof
}

/** A new key that is shown with every request; `serverKey` is the server's own secret. */
export function makeShownKey(serverKey: Uint8Array): MadeKey {
  const id = randomBytes(ID_BYTES).toString('hex')
  const text = `${id}.${randomBytes(SECRET_BYTES).toString('base64url')}`
  return { id, text, proof: { kind: 'shown', hash: keyHash(serverKey, text).toString('hex') } }
}

/**
 * A new key that requests are signed with. A server that knows only a hash of it could check no
 * signature; so the secret is not drawn but derived, from a salt that is kept with the key and a
 * secret that is not.
 */
export function makeSigningKey(serverKey: Uint8Array): MadeKey {
  const id = randomBytes(ID_BYTES).toString('hex')
  const salt = randomBytes(SECRET_BYTES).toString('hex')
  return { id, text: `${id}.${signingSecret(serverKey, id, salt)}`, proof: { kind: 'signs', salt } }
}

/** What requests are signed with: the part of the key behind the dot. */
export function signingSecret(serverKey: Uint8Array, id: string, salt: string): string {
  return createHmac('sm3', serverKey).update(`signing\n${id}\n${salt}`).digest('base64url')
}

/** The id that a key begins with; empty when it begins with none. */
export function keyIdOf(text: string): string {
  return text.slice(0, Math.max(0, text.indexOf('.')))
}

/** Whether this is the key of that id and proof, in a time that does not tell how nearly. */
export function isKey(serverKey: Uint8Array, text: string, { id, proof }: Key): boolean {
  if (proof.kind === 'shown') {
    return timingSafeEqual(keyHash(serverKey, text), Buffer.from(proof.hash, 'hex'))
  }
  const right = Buffer.from(`${id}.${signingSecret(serverKey, id, proof.salt)}`)
  const shown = Buffer.from(text)
  return shown.length === right.length && timingSafeEqual(shown, right)
}

/** HMAC-SM3: without the server's secret nobody can tell from it which key is the right one. */
function keyHash(serverKey: Uint8Array, text: string): Buffer {
  return createHmac('sm3', serverKey).update(text).digest()
}
