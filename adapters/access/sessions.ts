import type { Access, Authenticate } from '../../engine/access/access.ts'
import { openSession } from '../../engine/access/staff-rules.ts'
import { refuse } from '../../engine/claim/outcomes.ts'
import { isSessionToken, type SessionTokens } from './session-tokens.ts'
import type { SessionUse } from './session-use.ts'

export interface SessionsOptions {
  /** Who is let in now; asked at every call. */
  readonly access: () => Access
  readonly tokens: SessionTokens
  readonly use: SessionUse
  /** Ms since 1970. */
  readonly now: () => number
}

export const SESSION_ENDED = refuse('session-ended', 'The session has ended: sign in again.')

/** The sessions that are open; whatever is no token of a session is for `others`. */
export function sessionsOr(
  others: Authenticate,
  { access, tokens, use, now }: SessionsOptions,
): Authenticate {
  return (shown) => {
    if (!isSessionToken(shown)) return others(shown)
    const terms = tokens.open(shown)
    if (terms === undefined) return undefined
    const { id, name, role } = terms
    const member = access().staff.get(name)
    const instant = now()
    const session = openSession(member, id, { now: instant, usedAt: use.lastOf(id) })
    if (session === undefined || member?.role !== role) return SESSION_ENDED
    use.note(id, instant)
    return { role, id: name }
  }
}
