import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isSigned, makeKeyPair, publicKeyOf, sign } from '../codec/sm2.ts'
import { makeOnce, writeWhole } from '../files/write-whole.ts'

/** The end of the journal at a time, signed: kept elsewhere, it shows later what is missing or changed. */
export interface SignedHead {
  readonly format: typeof FORMAT
  readonly position: number
  /** Of the chain at that position, hexadecimal. */
  readonly hash: string
  /** When it was exported, ISO 8601. */
  readonly at: string
  /** Of whoever signed it, hexadecimal. */
  readonly publicKey: string
  /** SM2 with SM3 over the lines of `signedText`. */
  readonly signature: string
}

const FORMAT = 'yizhan-head-1'
const PRIVATE_KEY = /^[0-9a-f]{64}$/
const HASH = /^[0-9a-f]{64}$/

/** The key to sign with, out of a file that is made, readable by its owner only, when it is absent. */
export function signingKey(file: string): { readonly privateKey: string; readonly made: boolean } {
  const made = existsSync(file) ? undefined : makeKeyPair()
  if (made !== undefined) {
    // The public half first: whoever is killed in between makes both anew.
    writePublic(file, made.publicKey)
    makeOnce(file, `${made.privateKey}\n`)
  }
  const privateKey = readFileSync(file, 'utf8').trim()
  if (!PRIVATE_KEY.test(privateKey)) throw new Error(`${file} is no key for heads`)
  // Another process may have been first.
  const isOurs = made === undefined || made.privateKey === privateKey
  if (!isOurs) writePublic(file, publicKeyOf(privateKey))
  return { privateKey, made: made !== undefined && isOurs }
}

function writePublic(file: string, publicKey: string): void {
  writeWhole(`${file}.pub`, (writing) => writeFileSync(writing, `${publicKey}\n`))
}

export function signHead(
  { position, hash }: { readonly position: number; readonly hash: Uint8Array },
  privateKey: string,
  now: number,
): SignedHead {
  const head = {
    position,
    hash: Buffer.from(hash).toString('hex'),
    at: new Date(now).toISOString(),
  }
  const signature = sign(privateKey, signedText(head))
  return { format: FORMAT, ...head, publicKey: publicKeyOf(privateKey), signature }
}

/** Throws when the file exists: an earlier head shows what a later one cannot. */
export function refuseWritten(file: string): void {
  if (existsSync(file)) throw new Error(`${file} exists already; nothing is written over`)
}

export function writeHead(file: string, head: SignedHead): void {
  refuseWritten(file)
  const text = `${JSON.stringify(head, undefined, 2)}\n`
  writeWhole(file, (writing) => writeFileSync(writing, text))
}

/** The head in the file; throws when there is none. */
export function readHead(file: string): SignedHead {
  const head = parsed(readFileSync(file, 'utf8'))
  const { format, position, hash, at, publicKey, signature } = head
  const texts = [hash, at, publicKey, signature].every((text) => typeof text === 'string')
  if (format !== FORMAT || !Number.isSafeInteger(position) || !texts || !HASH.test(hash!)) {
    throw new Error(`${file} holds no head of a journal`)
  }
  return head as SignedHead
}

/** Nothing of a text that is no JSON: which of many heads it is, the caller says. */
function parsed(text: string): Partial<SignedHead> {
  try {
    return (JSON.parse(text) as Partial<SignedHead> | null) ?? {}
  } catch {
    return {}
  }
}

/**
 * What is wrong with the signature; nothing when it is good. `trusted` is the key that heads should
 * be signed with: without it a head only vouches for itself.
 */
export function signatureFault(head: SignedHead, trusted: string | undefined): string | undefined {
  if (trusted !== undefined && head.publicKey !== trusted) return 'it is signed with another key'
  return isSigned(head.publicKey, signedText(head), head.signature)
    ? undefined
    : 'its signature is not that of what it says'
}

function signedText({ position, hash, at }: Pick<SignedHead, 'position' | 'hash' | 'at'>): string {
  return `${FORMAT}\n${position}\n${hash}\n${at}\n`
}
