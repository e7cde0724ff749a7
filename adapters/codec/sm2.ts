import { createECDH } from 'node:crypto'
import { sm2 } from 'sm-crypto-v2'

/**
 * SM2 signatures (GB/T 32918) with SM3 and the standard's default signer id, which the platform's
 * own SM2 does not take. Keys and signatures are hexadecimal; a public key is 04 and two coordinates.
 */
export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

const CURVE = 'SM2'
const PRIVATE_DIGITS = 64
const PRIVATE_KEY = /^[0-9a-fA-F]{64}$/
const OPTIONS = { hash: true, der: false } as const

export function makeKeyPair(): KeyPair {
  const made = createECDH(CURVE)
  const publicKey = made.generateKeys('hex')
  return { privateKey: made.getPrivateKey('hex').padStart(PRIVATE_DIGITS, '0'), publicKey }
}

/** Throws when it is no private key. */
export function publicKeyOf(privateKey: string): string {
  const pair = createECDH(CURVE)
  pair.setPrivateKey(privateKey, 'hex')
  return pair.getPublicKey('hex')
}

/** Whether it is a point of the curve. */
export function isPublicKey(text: string): boolean {
  try {
    return sm2.verifyPublicKey(text)
  } catch {
    return false
  }
}

/** Whether something can be signed with it: 1 to n - 2. */
export function isPrivateKey(text: string): boolean {
  try {
    return PRIVATE_KEY.test(text) && sign(text, '') !== ''
  } catch {
    return false
  }
}

export function sign(privateKey: string, text: string): string {
  return sm2.doSignature(Buffer.from(text), privateKey, OPTIONS)
}

/** What is no point of the curve or no pair of numbers is no signature. */
export function isSigned(publicKey: string, text: string, signature: string): boolean {
  try {
    return sm2.doVerifySignature(Buffer.from(text), signature, publicKey, OPTIONS)
  } catch {
    return false
  }
}
