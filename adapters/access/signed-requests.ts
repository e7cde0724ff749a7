import { type Hmac, timingSafeEqual } from 'node:crypto'
import type { Access } from '../../engine/access/access.ts'
import { isRefusal, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import { holderOf } from './issued-keys.ts'
import { signingSecret } from './key-secrets.ts'
import type { Nonces } from './seen-nonces.ts'
import { beginSignature, readSignature, type Signature } from './signatures.ts'

export interface SignedRequestsOptions {
  /** Who is let in now; asked at every call. */
  readonly access: () => Access
  readonly serverKey: Uint8Array
  /** Ms since 1970. */
  readonly now: () => number
  /** Those of all threads. */
  readonly nonces: Nonces
}

/** A request that says who sends it, and has yet to prove it. */
export interface Claimed {
  readonly requester: Requester
  /** What was signed, so far; the body is added as it comes. */
  readonly signed: Hmac
  readonly signature: Signature
}

/** How long before or after now a request may have been signed. */
const WINDOW_MS = 300_000

/** Requests that are signed with a key instead of showing it. */
export class SignedRequests {
  readonly #options: SignedRequestsOptions

  constructor(options: SignedRequestsOptions) {
    this.#options = options
  }

  /** What the header of a request claims, if it could be true; nothing when it is no signature. */
  begin(
    authorization: string,
    { method, path }: { readonly method: string; readonly path: string },
  ): Claimed | Refusal | undefined {
    const signature = readSignature(authorization)
    if (signature === undefined) return undefined
    const { access, serverKey, now } = this.#options
    const key = access().keys.get(signature.keyId)
    if (key?.proof.kind !== 'signs') return WRONG
    const requester = holderOf(key, now())
    if (isRefusal(requester)) return requester
    if (Math.abs(now() - signedAtOf(signature)) > WINDOW_MS) return STALE
    const secret = signingSecret(serverKey, key.id, key.proof.salt)
    return { requester, signature, signed: beginSignature(secret, { ...signature, method, path }) }
  }

  /**
   * Whether it is signed as it claims, now that the whole body was added, and for the first time;
   * nothing when it is. A nonce is noted only when all else is right, so that nobody else can use
   * one up. A body may take its time: whether the key is still good is asked once more, last of all.
   */
  async finish({ signature, signed }: Claimed): Promise<Refusal | undefined> {
    if (!timingSafeEqual(signed.digest(), Buffer.from(signature.digest, 'hex'))) return WRONG
    const { access, nonces, now } = this.#options
    const { keyId, nonce } = signature
    const signedAt = signedAtOf(signature)
    const times = { signedAt, now: now(), until: signedAt + WINDOW_MS }
    const noted = await nonces.note(`key/${keyId}`, nonce, times)
    if (noted !== 'new') return NOT_NEW[noted]
    const holder = holderOf(access().keys.get(keyId)!, now())
    return isRefusal(holder) ? holder : undefined
  }
}

/** Ms since 1970, by the clock of whoever signed. */
function signedAtOf({ timestamp }: Signature): number {
  return Number(timestamp) * 1_000
}

const STALE = refuse('request-stale', 'It was signed more than five minutes before or after now.')

const WRONG = refuse('signature-invalid', 'The signature is not that of the request and the key.')

const NOT_NEW = {
  repeated: refuse(
    'nonce-repeated',
    'A request under this key had the same nonce; take a new one.',
  ),
  earlier: refuse('request-stale', 'It was signed before this server began; sign it anew.'),
  full: refuse('overloaded', 'Too many signed requests within five minutes; nothing was done.'),
} as const
