import { createCipheriv, createDecipheriv } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'
import { refused, type Verdict } from './verdict.ts'

/**
 * Bodies that are signed with SM2 and encrypted with SM4 (GB/T 32918, GB/T 32907). SM4 is the
 * platform's; of SM2 the platform has no way to name the signer, on which every signature depends,
 * so that is a library's. A check takes about a millisecond: only institutions that are set so pay it.
 */

/** The keys of one institution. */
export interface BodyKeys {
  /** Names the signer, and of its 16 bytes the key of the encryption is made. */
  readonly clientId: string
  /** The institution's, hexadecimal, 04 and the two coordinates. */
  readonly publicKey: string
  /** This platform's, hexadecimal, for what it answers. */
  readonly privateKey: string
}

/** What was sent in `input` and `cainfo`. */
export interface SealedBody {
  /** SM4-ECB of the JSON, base64. */
  readonly input: string
  /** SM2 with SM3 over the JSON before it was encrypted: r and s, base64. */
  readonly cainfo: string
}

const KEY_BYTES = 16
const BLOCK_BYTES = 16
/** r and s. */
const SIGNATURE_BYTES = 64

/** The JSON within, or which part failed. */
export function openBody(
  keys: BodyKeys,
  { input, cainfo }: SealedBody,
): { readonly accepted: true; readonly json: string } | Extract<Verdict, { accepted: false }> {
  const json = decrypted(keys.clientId, input)
  if (json === undefined) return refusal('encryption', 'input解密失败!')
  const signature = Buffer.from(cainfo, 'base64')
  if (signature.length !== SIGNATURE_BYTES) return refusal('signature', 'cainfo不是SM2签名!')
  if (!isSignedBy(keys.publicKey, keys.clientId, Buffer.from(json), signature.toString('hex')))
    return refusal('signature', '签名不一致!')
  return { accepted: true, json }
}

/** What an answer's JSON is sent as. */
export function sealBody({ clientId, privateKey }: BodyKeys, json: string): SealedBody {
  const cipher = createCipheriv('sm4-ecb', keyOf(clientId), null)
  const input = Buffer.concat([cipher.update(json, 'utf8'), cipher.final()]).toString('base64')
  const signature = signed(privateKey, clientId, Buffer.from(json))
  return { input, cainfo: Buffer.from(signature, 'hex').toString('base64') }
}

/** The signer's id of GB/T 32918 where none was agreed on. */
const COMMON_SIGNER = '1234567812345678'

/**
 * The text of an envelope that some clients sign with SM2: all members but `input` and the signature
 * itself, in the order of their names.
 */
export function envelopeText(envelope: Readonly<Record<string, unknown>>): string {
  return Object.keys(envelope)
    .filter((name) => name !== 'input' && name !== 'cainfo')
    .sort((one, other) => (one < other ? -1 : 1))
    .map((name) => `${name}=${textOf(envelope[name])}`)
    .join('&')
}

/** A member that is no text has one for certain only as JSON: its own `toString` may be anything. */
function textOf(member: unknown): string {
  return typeof member === 'object' && member !== null
    ? JSON.stringify(member)
    : String(member ?? '')
}

/** Whether `cainfo` of an envelope is the SM2 signature, in hexadecimal, of its other members. */
export function checkEnvelope(
  publicKey: string,
  envelope: Readonly<Record<string, unknown>>,
): Verdict {
  const { cainfo } = envelope
  const text = Buffer.from(envelopeText(envelope))
  if (typeof cainfo !== 'string' || !/^[0-9a-fA-F]{128}$/.test(cainfo))
    return refused('signature', 'cainfo不是SM2签名!')
  return isSignedBy(publicKey, COMMON_SIGNER, text, cainfo.toLowerCase())
    ? { accepted: true }
    : refused('signature', '签名不一致!')
}

/** The signature that `checkEnvelope` asks for. */
export function signEnvelope(
  privateKey: string,
  envelope: Readonly<Record<string, unknown>>,
): string {
  return signed(privateKey, COMMON_SIGNER, Buffer.from(envelopeText(envelope))).toUpperCase()
}

function signed(privateKey: string, userId: string, text: Uint8Array): string {
  return sm2.doSignature(text, privateKey, { hash: true, der: false, userId })
}

/** What is no point of the curve or no pair of numbers is no signature. */
function isSignedBy(
  publicKey: string,
  userId: string,
  text: Uint8Array,
  signature: string,
): boolean {
  try {
    return sm2.doVerifySignature(text, signature, publicKey, { hash: true, der: false, userId })
  } catch {
    return false
  }
}

function decrypted(clientId: string, input: string): string | undefined {
  const bytes = Buffer.from(input, 'base64')
  if (bytes.length === 0 || bytes.length % BLOCK_BYTES !== 0) return undefined
  const decipher = createDecipheriv('sm4-ecb', keyOf(clientId), null)
  try {
    const plain = Buffer.concat([decipher.update(bytes), decipher.final()])
    return new TextDecoder('utf-8', { fatal: true }).decode(plain)
  } catch {
    return undefined
  }
}

function keyOf(clientId: string): Buffer {
  const key = Buffer.from(clientId)
  if (key.length < KEY_BYTES) throw new RangeError(`a client id has ${KEY_BYTES} bytes at least`)
  return key.subarray(0, KEY_BYTES)
}

function refusal(part: 'encryption' | 'signature', message: string) {
  return refused(part, message) as Extract<Verdict, { accepted: false }>
}
