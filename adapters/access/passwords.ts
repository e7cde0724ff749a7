import { type Algorithm, hashSync, type Options, verifySync } from '@node-rs/argon2'
import { normalPassword } from '../../engine/access/passwords.ts'

/** Hashes passwords and tries them. */
export interface Passwords {
  /** In the PHC form. */
  hash(password: string): Promise<string>
  /** Whether the hash is that of the password; without a hash it is not, and costs the same. */
  verify(hash: string | undefined, password: string): Promise<boolean>
}

/** KiB, and passes over them. */
export type HashCost = Required<Pick<Options, 'memoryCost' | 'timeCost'>>

/** Three times OWASP's minimum of 19 MiB; what it takes stands in docs/staff.md. */
const HASH_COST: HashCost = { memoryCost: 64 * 1024, timeCost: 2 }

/**
 * Argon2id under the data folder's own key as well, without which nobody can try passwords on a
 * stolen hash. Keeps this very thread busy: a thread that serves has it done by another one.
 */
export function argon2Passwords(key: Uint8Array, cost: HashCost = HASH_COST): Passwords {
  const options: Options = { ...cost, algorithm: ARGON2ID, parallelism: 1, secret: key }
  return {
    hash: async (password) => hashSync(normalPassword(password), options),
    async verify(hash, password) {
      if (hash !== undefined) return verifySync(hash, normalPassword(password), options)
      hashSync(normalPassword(password), options)
      return false
    },
  }
}

/** The library's constant is one that no single file can be compiled with. */
const ARGON2ID = 2 as Algorithm.Argon2id
