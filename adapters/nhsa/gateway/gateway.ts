import type { Nonces, Noted } from '../../access/seen-nonces.ts'
import { transactionNumber } from '../spec/spec.ts'
import { checkEnvelope } from './sealed-body.ts'
import { apiSignature, caSignature, type Headers, tifSignature } from './signatures.ts'
import { ACCEPTED, refused, sameText, type Verdict } from './verdict.ts'

/** How the calls of one institution are signed; `none` where the demo listens. */
export type GatewaySettings = { readonly windowSeconds?: number } & (
  | { readonly family: 'none' }
  | { readonly family: 'api'; readonly accessKey: string; readonly secret: string }
  | { readonly family: 'tif'; readonly paasId: string; readonly token: string }
  | { readonly family: 'ca'; readonly secret: string; readonly signedAs?: 'sent' | 'gb2312' }
  | { readonly family: 'sm2'; readonly publicKey: string }
)

/** One call as it came in. */
export interface SignedCall {
  readonly institutionId: string
  /** The transaction that it asks for. */
  readonly infno: string
  readonly headers: Headers
  /** The bytes of the body as they were sent. */
  readonly body: Uint8Array
  /** The same without `input`, numbers as they were written. */
  readonly envelope: Readonly<Record<string, unknown>>
  /** When it arrived, ms since 1970. */
  readonly at: number
}

/** Half an hour before and after, as the gateways with `_api_*` headers have it. */
const WINDOW_SECONDS = 1_800

/**
 * Whether a call is signed by its institution, now and for the first time. A nonce is noted only when
 * all else is right, so that nobody else can use one up.
 */
export async function checkSignature(
  settings: GatewaySettings,
  call: SignedCall,
  seen: Nonces,
): Promise<Verdict> {
  const windowMs = (settings.windowSeconds ?? WINDOW_SECONDS) * 1_000
  switch (settings.family) {
    case 'none':
      return ACCEPTED
    case 'api':
      return checkApi(settings, call, windowMs)
    case 'tif':
      return checkTif(settings, call, windowMs, seen)
    case 'ca':
      return checkCa(settings, call, windowMs)
    case 'sm2':
      // Neither time nor nonce: a message that is sent again gets the answer of the first.
      return checkEnvelope(settings.publicKey, call.envelope)
  }
}

type Of<Family> = Extract<GatewaySettings, { family: Family }>

/** The body is not signed there, and two calls of one second may be signed alike: no nonce. */
function checkApi(
  settings: Of<'api'>,
  { headers, infno, at }: SignedCall,
  windowMs: number,
): Verdict {
  const [accessKey, name, timestamp, version, signature] = [
    headers['_api_access_key'],
    headers['_api_name'],
    headers['_api_timestamp'],
    headers['_api_version'],
    headers['_api_signature'],
  ]
  if (!accessKey || !name || !timestamp || !version || !signature) return missing(headers, API)
  if (!sameText(accessKey, settings.accessKey)) return refused('key', '非法用户!')
  if (!isNear(timestamp, at, windowMs)) return refused('timestamp', '签名时间戳超时!')
  const right = apiSignature(settings.secret, { accessKey, name, timestamp, version })
  if (!sameText(signature, right)) return refused('signature', '签名不一致!')
  // 2207A goes by its own name or by that of 2207.
  if (transactionNumber(name)?.base !== transactionNumber(infno)?.base)
    return refused('api-name', '_api_name与交易编号不一致!')
  return ACCEPTED
}

/** They are remembered; a header may have thousands of characters. */
const NONCE_MAX = 128

const VERDICT_OF: Readonly<Record<Noted, Verdict>> = {
  new: ACCEPTED,
  repeated: refused('nonce', '随机数已使用，请重新签名!'),
  earlier: refused('timestamp', '签名早于服务启动时间，请重新签名!'),
  full: refused('nonce', '请求过于频繁，请稍后重试!'),
}

async function checkTif(
  settings: Of<'tif'>,
  { headers, institutionId, at }: SignedCall,
  windowMs: number,
  seen: Nonces,
): Promise<Verdict> {
  const [paasId, timestamp, nonce, signature] = [
    headers['x-tif-paasid'],
    headers['x-tif-timestamp'],
    headers['x-tif-nonce'],
    headers['x-tif-signature'],
  ]
  if (!paasId || !timestamp || !nonce || !signature) return missing(headers, TIF)
  if (!sameText(paasId, settings.paasId)) return refused('key', '非法用户!')
  if (!isNear(timestamp, at, windowMs)) return refused('timestamp', '签名时间戳超时!')
  if (nonce.length > NONCE_MAX) return refused('nonce', `随机数过长，最多${NONCE_MAX}个字符!`)
  if (!sameText(signature.toLowerCase(), tifSignature(settings.token, timestamp, nonce)))
    return refused('signature', '签名不一致!')
  const signedAt = timeOf(timestamp)!
  const times = { signedAt, now: at, until: signedAt + windowMs }
  return VERDICT_OF[await seen.note(institutionId, nonce, times)]
}

/**
 * The body is signed with its message id, by which a call that is sent again is told: it gets the
 * answer of the first, as a client's own retry must.
 */
function checkCa(
  settings: Of<'ca'>,
  { headers, institutionId, body, at }: SignedCall,
  windowMs: number,
): Verdict {
  const [key, signature] = [headers['x-ca-key'], headers['x-ca-signature']]
  if (!key || !signature) return missing(headers, CA)
  if (!sameText(key, institutionId)) return refused('key', 'x-ca-key与定点医药机构编号不一致!')
  const [seconds = ''] = signature.split(':', 1)
  if (!isNear(seconds, at, windowMs)) return refused('timestamp', '签名时间戳超时!')
  const right = caSignature(settings.secret, seconds, body, settings.signedAs)
  if (!sameText(signature.toUpperCase(), right)) return refused('signature', '签名不一致!')
  return ACCEPTED
}

const API = ['_api_access_key', '_api_name', '_api_timestamp', '_api_version', '_api_signature']
const TIF = ['x-tif-paasid', 'x-tif-timestamp', 'x-tif-nonce', 'x-tif-signature']
const CA = ['x-ca-key', 'x-ca-signature']

/** All headers that any family of gateways reads, in lower case. */
export const SIGNATURE_HEADERS: readonly string[] = [...API, ...TIF, ...CA]

function missing(headers: Headers, names: readonly string[]): Verdict {
  const absent = names.filter((name) => !headers[name])
  return refused('header', `缺少服务网关的请求头!（${absent.join('、')}）`)
}

function isNear(timestamp: string, at: number, windowMs: number): boolean {
  const time = timeOf(timestamp)
  return time !== undefined && Math.abs(at - time) <= windowMs
}

/** Ten digits are seconds, thirteen milliseconds since 1970. */
function timeOf(timestamp: string): number | undefined {
  if (/^\d{10}$/.test(timestamp)) return Number(timestamp) * 1_000
  return /^\d{13}$/.test(timestamp) ? Number(timestamp) : undefined
}
