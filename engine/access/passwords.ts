import { type Refusal, refuse } from '../claim/outcomes.ts'

/** In characters. */
export const PASSWORD_MIN = 12
export const PASSWORD_MAX = 128
/** From here on it is a sentence, which may be of one kind of characters. */
const SENTENCE = 20
const KINDS = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u]
const KINDS_MIN = 3
const DIFFERENT_MIN = 6

/** One password, however it was typed: the same characters may be composed in several ways. */
export function normalPassword(password: string): string {
  return password.normalize('NFKC')
}

/** Why a member may not choose this password, if so; never says anything of it. */
export function passwordFault(password: string, name: string): Refusal | undefined {
  const characters = [...normalPassword(password)]
  const { length } = characters
  if (length < PASSWORD_MIN || length > PASSWORD_MAX) {
    return refused(`A password has ${PASSWORD_MIN} to ${PASSWORD_MAX} characters.`)
  }
  const kinds = KINDS.filter((kind) => kind.test(password)).length
  if (length < SENTENCE && kinds < KINDS_MIN) {
    return refused(
      `A password below ${SENTENCE} characters has three of: small letters, capitals, digits, others.`,
    )
  }
  if (new Set(characters).size < DIFFERENT_MIN) {
    return refused(`A password has ${DIFFERENT_MIN} different characters or more.`)
  }
  if (password.toLowerCase().includes(name)) return refused('A password does not hold the name.')
  return undefined
}

function refused(detail: string): Refusal {
  return refuse('password-refused', detail)
}
