import { workerData } from 'piscina'
import { argon2Passwords } from '../access/passwords.ts'
import { DECIDING, lowerPriority } from './low-priority.ts'

/** What the pool is asked. */
export type PasswordTask =
  | { readonly kind: 'hash'; readonly password: string }
  | { readonly kind: 'verify'; readonly hash: string | undefined; readonly password: string }

lowerPriority(DECIDING)
const passwords = argon2Passwords(workerData as Uint8Array)

/** One password at a time, behind everybody who serves. */
export default function answer(task: PasswordTask): Promise<string | boolean> {
  return task.kind === 'hash'
    ? passwords.hash(task.password)
    : passwords.verify(task.hash, task.password)
}
