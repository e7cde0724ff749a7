import { createHash, createHmac } from 'node:crypto'
import { gbkBytes } from './gbk.ts'

/** How the calls of each family of gateways are signed; the same functions sign and check. */

/** Headers by their names in lower case. */
export type Headers = Readonly<Record<string, string | undefined>>

/** The `_api_*` headers: HMAC-SHA1 over the other four in the order of their names, in base64. */
export function apiSignature(
  secret: string,
  named: {
    readonly accessKey: string
    readonly name: string
    readonly timestamp: string
    readonly version: string
  },
): string {
  const text = [
    `_api_access_key=${named.accessKey}`,
    `_api_name=${named.name}`,
    `_api_timestamp=${named.timestamp}`,
    `_api_version=${named.version}`,
  ].join('&')
  return createHmac('sha1', secret).update(text).digest('base64')
}

/** The `x-tif-*` headers: SHA-256 over timestamp, token, nonce and timestamp, in hexadecimal. */
export function tifSignature(token: string, timestamp: string, nonce: string): string {
  return createHash('sha256').update(`${timestamp}${token}${nonce}${timestamp}`).digest('hex')
}

/**
 * The `x-ca-*` headers: HMAC-SM3 over the time in seconds, a line feed and the body, in upper-case
 * hexadecimal behind the time. Some senders sign the body in GB2312 whatever they send it in.
 */
export function caSignature(
  secret: string,
  seconds: string,
  body: Uint8Array,
  signedAs: 'sent' | 'gb2312' = 'sent',
): string {
  const bytes = signedAs === 'sent' ? body : gbkBytes(Buffer.from(body).toString('utf8'))
  const mac = createHmac('sm3', secret).update(`${seconds}\n`).update(bytes).digest('hex')
  return `${seconds}:${mac.toUpperCase()}`
}
