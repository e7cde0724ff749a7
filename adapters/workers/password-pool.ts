import { Piscina } from 'piscina'
import type { Passwords } from '../access/passwords.ts'
import type { PasswordTask } from './password-thread.ts'
import { moduleForPool } from './start-worker.ts'

/** People sign in in the morning; for the rest of the day there is no thread. */
const IDLE_MS = 10_000

/**
 * One thread for all passwords, at low priority: however many sign in at once, cashiers lose no more
 * than what one thread takes that stands behind them. `key` as for `argon2Passwords`.
 */
export function passwordPool(key: Uint8Array): Passwords & { close(): Promise<void> } {
  const pool = new Piscina<PasswordTask, string | boolean>({
    ...moduleForPool('password-thread'),
    workerData: key,
    minThreads: 0,
    maxThreads: 1,
    idleTimeout: IDLE_MS,
    atomics: 'disabled',
  })
  return {
    hash: async (password) => (await pool.run({ kind: 'hash', password })) as string,
    verify: async (hash, password) =>
      (await pool.run({ kind: 'verify', hash, password })) as boolean,
    close: () => pool.close(),
  }
}
