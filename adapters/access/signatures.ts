import { createHmac, type Hmac } from 'node:crypto'

/** How requests are signed; the same functions sign and check. docs/security.md has an example. */

const ALGORITHMS = { 'HMAC-SM3': 'sm3', 'HMAC-SHA256': 'sha256' } as const
export type Algorithm = keyof typeof ALGORITHMS

/** What is signed before the body. */
export interface SignedHead {
  readonly algorithm: Algorithm
  readonly method: string
  /** With the query, as it is sent. */
  readonly path: string
  /** Seconds since 1970, ten digits. */
  readonly timestamp: string
  readonly nonce: string
}

/** What stands in the header `authorization` of a signed request. */
export interface Signature extends Pick<SignedHead, 'algorithm' | 'timestamp' | 'nonce'> {
  readonly keyId: string
  /** 64 hexadecimal digits. */
  readonly digest: string
}

const HEADER =
  /^(HMAC-SM3|HMAC-SHA256) key=([\w-]{1,64}), ?timestamp=(\d{10}), ?nonce=([\w-]{8,64}), ?signature=([0-9a-f]{64})$/

/** Nothing when the header is of another form. */
export function readSignature(authorization: string): Signature | undefined {
  const [, algorithm, keyId, timestamp, nonce, digest] = HEADER.exec(authorization) ?? []
  if (algorithm === undefined) return undefined
  return {
    algorithm: algorithm as Algorithm,
    keyId: keyId!,
    timestamp: timestamp!,
    nonce: nonce!,
    digest: digest!,
  }
}

/**
 * The HMAC under the secret of the key, its part behind the dot, as text: five lines, and behind them
 * the body, which is to be added as its bytes come.
 */
export function beginSignature(
  secret: string,
  { algorithm, method, path, timestamp, nonce }: SignedHead,
): Hmac {
  const lines = [algorithm, method, path, timestamp, nonce]
  return createHmac(ALGORITHMS[algorithm], secret).update(`${lines.join('\n')}\n`)
}

/** The header of a request that is signed with `key`. */
export function signedHeader(
  key: string,
  head: SignedHead,
  body: string | Uint8Array = '',
): string {
  const [keyId, secret = ''] = key.split('.')
  const { algorithm, timestamp, nonce } = head
  const digest = beginSignature(secret, head).update(body).digest('hex')
  return `${algorithm} key=${keyId}, timestamp=${timestamp}, nonce=${nonce}, signature=${digest}`
}
