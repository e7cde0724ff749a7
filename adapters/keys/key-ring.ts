import { createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CIPHER_BYTES, type DataKey, type KeyRing } from '../codec/sealing.ts'
import { dataSecret, SECRET_FILE } from './secret.ts'

/**
 * The environment says where the keys are, so that every thread and every command finds those of a
 * folder by the folder alone: the list itself, or the file that holds it.
 */
export const KEYS_VARIABLE = 'YIZHAN_ENCRYPTION_KEYS'
export const KEY_FILE_VARIABLE = 'YIZHAN_ENCRYPTION_KEY_FILE'

/** The key that is derived from the folder's own secret; none that is configured has this name. */
const FOLDER_KEY = 'folder'
const NAME = /^[a-z0-9][a-z0-9._]{0,15}$/

const CHECK_DIGITS = 8
const HEX = new RegExp(`^[0-9a-f]{${2 * CIPHER_BYTES}}$`)

/**
 * The keys of a data folder: those that were configured, newest first, and behind them the one of the
 * folder's secret, which sealed whatever was written before. Makes the secret when `make` says so;
 * throws when there is no key at all.
 */
export function keyRingOf(folder: string, { make = false } = {}): KeyRing {
  const configured = configuredKeys(process.env)
  const has = make || existsSync(join(folder, SECRET_FILE))
  const [first, ...others] = has ? [...configured, folderKey(folder)] : configured
  if (first === undefined) {
    throw new Error(`${folder} has no ${SECRET_FILE}, and no key is configured`)
  }
  return [first, ...others]
}

/** Whether key and data lie together, as they do unless keys are configured. */
export function keyLiesWithData(ring: KeyRing): boolean {
  return ring[0].id.startsWith(`${FOLDER_KEY}-`)
}

/** The key of the folder's secret; throws when there is none. */
export function folderKeyOf(ring: KeyRing): DataKey {
  const last = ring.at(-1)!
  if (last.id.startsWith(`${FOLDER_KEY}-`)) return last
  throw new Error(`the folder's ${SECRET_FILE} is missing`)
}

/** The keys of the environment; throws with what is wrong with them, and never shows one. */
export function configuredKeys(
  env: Readonly<Record<string, string | undefined>>,
): readonly DataKey[] {
  const [list, file] = [env[KEYS_VARIABLE], env[KEY_FILE_VARIABLE]]
  if (list) return parseKeys(list, KEYS_VARIABLE)
  if (file) return parseKeys(readFileSync(file, 'utf8'), file)
  return []
}

/**
 * Keys as `name:key`, the key 32 hexadecimal digits, parted by commas or line breaks; `#` begins a
 * comment. Throws on anything else.
 */
export function parseKeys(text: string, where: string): readonly DataKey[] {
  const items = text
    .split(/[\n,]/)
    .map((item) => item.replace(/#.*/, '').trim())
    .filter((item) => item !== '')
  const keys = items.map((item, index): DataKey => {
    const [name = '', hex = '', ...rest] = item.split(':').map((part) => part.trim())
    if (!NAME.test(name) || name === FOLDER_KEY || !HEX.test(hex) || rest.length > 0) {
      throw new Error(`${where}: key ${index + 1} is not name:32 hexadecimal digits`)
    }
    const cipher = Buffer.from(hex, 'hex')
    return keyOf(name, cipher, createHmac('sha256', cipher).update('credentials').digest())
  })
  if (keys.length === 0) throw new Error(`${where} holds no key`)
  const names = new Set(keys.map(({ id }) => id.replace(/-.*/, '')))
  if (names.size < keys.length) throw new Error(`${where}: two keys have one name`)
  return keys
}

function folderKey(folder: string): DataKey {
  const secret = dataSecret(folder)
  const cipher = secret.derive('encryption').subarray(0, CIPHER_BYTES)
  return keyOf(FOLDER_KEY, cipher, secret.derive('credentials'))
}

/** The id tells another key of the same name apart: what is sealed is never opened to nonsense. */
function keyOf(name: string, cipher: Uint8Array, hash: Uint8Array): DataKey {
  const check = createHmac('sm3', cipher).update('check').digest('hex').slice(0, CHECK_DIGITS)
  return { id: `${name}-${check}`, cipher, hash }
}
