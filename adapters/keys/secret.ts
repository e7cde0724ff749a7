import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CIPHER_BYTES, type DataKey, sealing } from '../codec/sealing.ts'
import { makeOnce } from '../files/write-whole.ts'

const SECRET_BYTES = 32
export const SECRET_FILE = 'secret.key'

/** Under which the keys that were issued are kept. */
export const SERVER_KEY = 'access keys'

type Secret = ReturnType<typeof dataSecret>

/** Under which what people sign in with is kept, and their sessions are sealed. */
export function staffKeys({ derive }: Secret) {
  const codeKey: DataKey = {
    id: 'staff',
    cipher: derive('staff codes').subarray(0, CIPHER_BYTES),
    hash: derive('staff code tags'),
  }
  return {
    passwordKey: derive('staff passwords'),
    codes: sealing([codeKey]),
    sessionKey: derive('staff sessions'),
  }
}

/**
 * The data folder's secret, made on the first start and readable by its owner only. Losing it
 * makes quotes and issued keys useless and, unless keys are configured, whatever was sealed unreadable.
 */
export function dataSecret(folder: string): { derive(purpose: string): Uint8Array } {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, SECRET_FILE)
  // On the disk before anything is sealed, as what is sealed is lost with it; and there as a whole or
  // not at all, as nobody could start on a piece of one.
  if (!existsSync(file)) makeOnce(file, randomBytes(SECRET_BYTES))
  const secret = readFileSync(file)
  if (secret.length !== SECRET_BYTES) {
    throw new Error(
      `${file} is not a secret of this program: put back the one of this folder, every backup has it`,
    )
  }
  return { derive: (purpose) => createHmac('sha256', secret).update(purpose).digest() }
}
