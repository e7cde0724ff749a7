import { timingSafeEqual } from 'node:crypto'

/** Which part of a signed call is not as it should be. */
export type SignaturePart =
  | 'header'
  | 'key'
  | 'timestamp'
  | 'nonce'
  | 'api-name'
  | 'signature'
  | 'encryption'

/**
 * Whether a call may go on. A refusal names the part that failed and says it in words that are known
 * from gateways; it never repeats a secret or what the right signature would have been.
 */
export type Verdict =
  | { readonly accepted: true }
  | { readonly accepted: false; readonly part: SignaturePart; readonly message: string }

export const ACCEPTED: Verdict = { accepted: true }

export function refused(part: SignaturePart, message: string): Verdict {
  return { accepted: false, part, message }
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function sameText(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
