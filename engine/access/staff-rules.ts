import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Requester } from '../counter/ports.ts'
import type { Access } from './access.ts'
import { type DecidedAct, isHeldOtherwise } from './keys.ts'
import { isReserved } from './reserved-names.ts'
import {
  type Member,
  type Session,
  type StaffActs,
  type StaffRole,
  type StaffSecrets,
  staffSubject,
} from './staff.ts'

/** A session ends after so long, whatever is done in it, */
export const SESSION_MS = 8 * 3_600_000
/** or when nothing was done in it for so long. */
export const IDLE_MS = 30 * 60_000

/** What somebody showed who wants to be let in, held against what was kept of the member then. */
export interface Evidence {
  readonly against: StaffSecrets | undefined
  readonly passwordRight: boolean
  /** The time step that the one-time code is of; none when it is of none that is near. */
  readonly codeStep: number | undefined
}

/** Told alike whatever was wrong, so that nobody learns which names there are. */
export const SIGN_IN_REFUSED = refuse(
  'sign-in-refused',
  'Name, password or code is wrong, the code was used before, or the account is locked or suspended.',
)

/**
 * Lets a member in, or counts that somebody was refused. What does not even count is refused at once:
 * an unknown name, and one that is locked out or suspended. `newHash` is that of a password which
 * takes the place of the one that was shown; needed where an operator has seen that one.
 */
export function signIn(
  member: Member | undefined,
  evidence: Evidence,
  { now, newHash }: { readonly now: number; readonly newHash: string | undefined },
): DecidedAct | Refusal {
  if (member === undefined || standingOf(member, now) !== 'active') return SIGN_IN_REFUSED
  if (!isProven(member, evidence)) return act(member, self(member), 'sign-in-refused', null)
  if (member.mustChange && newHash === undefined) return MUST_CHANGE
  const details = {
    codeStep: evidence.codeStep!,
    until: now + SESSION_MS,
    changed: newHash !== undefined,
  }
  return act(member, self(member), 'signed-in', details, passwordOf(newHash))
}

/**
 * The member's own change of their password, in a session; a wrong one counts as at a sign-in. The
 * new one is hashed only where the present one was right.
 */
export function changePassword(
  member: Member,
  session: Session['id'],
  evidence: Evidence,
  { now, newHash }: { readonly now: number; readonly newHash: string | undefined },
): DecidedAct | Refusal {
  if (standingOf(member, now) !== 'active') return SIGN_IN_REFUSED
  if (!isProven(member, evidence) || newHash === undefined) {
    return act(member, self(member), 'sign-in-refused', null)
  }
  const details = { codeStep: evidence.codeStep!, session }
  return act(member, self(member), 'password-changed', details, passwordOf(newHash))
}

export function signOut(member: Member, session: Session['id']): DecidedAct {
  return act(member, self(member), 'signed-out', { session })
}

/** Whether the evidence would let the member in as things stand. */
export function letsIn(member: Member, evidence: Evidence, now: number): boolean {
  return standingOf(member, now) === 'active' && isProven(member, evidence)
}

/** Whoever is suspended or locked out is let in with nothing. */
export function standingOf(
  { suspended, lockedUntil }: Member,
  now: number,
): 'active' | 'locked' | 'suspended' {
  if (suspended) return 'suspended'
  return now < lockedUntil ? 'locked' : 'active'
}

/** A code lets in once: its time step has to be later than that of the one before. */
function isProven(member: Member, { against, passwordRight, codeStep }: Evidence): boolean {
  const { passwordHash, codeSecret } = member.secrets
  // An operator may have reset them meanwhile.
  const isCurrent = against?.passwordHash === passwordHash && against.codeSecret === codeSecret
  return isCurrent && passwordRight && codeStep !== undefined && codeStep > member.codeStep
}

/** The session of this id, if it has not ended; `usedAt` is when something was last done in it. */
export function openSession(
  member: Member | undefined,
  id: Session['id'],
  { now, usedAt }: { readonly now: number; readonly usedAt: number },
): Session | undefined {
  const session = member?.sessions.find((one) => one.id === id)
  if (session === undefined || now >= session.until) return undefined
  return now - Math.max(usedAt, session.since) < IDLE_MS ? session : undefined
}

/** Who keeps the staff, when, and what is known of others then. */
export interface Keeping {
  readonly by: Requester
  readonly now: number
  readonly keys: Access['keys']
}

/** A new member, under a name that nobody ever had, nor has with a key of another role. */
export function enrol(
  existing: Member | undefined,
  { name, role, secrets }: { name: string; role: StaffRole; secrets: StaffSecrets },
  { by, now, keys }: Keeping,
): DecidedAct | Refusal {
  const refusal = mayKeepStaff(by, name)
  if (refusal !== undefined) return refusal
  if (!NAME.test(name) || isReserved(name)) return NOT_A_NAME
  if (existing !== undefined) {
    const detail = 'Names are never given out again; a password that got lost is reset.'
    return refuse('staff-exists', detail)
  }
  if (isHeldOtherwise(keys.values(), { id: name, role }, now)) return heldOtherwise('/name')
  return act({ name, position: 0 }, by, 'staff-enrolled', { role }, secrets)
}

/** What an operator changes of a member. */
export type StaffChange =
  | { readonly kind: 'suspend' }
  | { readonly kind: 'reinstate' }
  | { readonly kind: 'role'; readonly role: StaffRole }
  | { readonly kind: 'reset'; readonly secrets: StaffSecrets }

/** Nothing when that is how the member is. */
export function changeMember(
  member: Member | undefined,
  name: string,
  change: StaffChange,
  { by, now, keys }: Keeping,
): DecidedAct | Refusal | undefined {
  const refusal = mayKeepStaff(by, name)
  if (refusal !== undefined) return refusal
  if (member === undefined) return refuse('staff-not-found', 'There is no member of this name.')
  const { suspended, lockOuts, refused } = member
  switch (change.kind) {
    case 'suspend':
      return suspended ? undefined : act(member, by, 'staff-suspended', null)
    case 'reinstate':
      if (!suspended && lockOuts === 0 && refused === 0) return undefined
      return act(member, by, 'staff-reinstated', null)
    case 'role':
      if (change.role === member.role) return undefined
      if (isHeldOtherwise(keys.values(), { id: name, role: change.role }, now)) {
        return heldOtherwise('/role')
      }
      return act(member, by, 'staff-role-changed', { role: change.role })
    case 'reset':
      return act(member, by, 'staff-reset', null, change.secrets)
  }
}

/** Operators keep the staff, and nobody their own account: not even their own second one by a key. */
function mayKeepStaff(by: Requester, name: string): Refusal | undefined {
  if (by.role !== 'operator') return refuse('role-not-allowed', 'This needs the role operator.')
  return by.id === name ? OWN_ACCOUNT : undefined
}

/** Lower case alone, so that no two names look alike but for that. */
const NAME = /^[a-z][a-z0-9._-]{1,31}$/

const NOT_A_NAME = refuse(
  'invalid-request',
  'A name has 2 to 32 lower-case letters, digits, dots, underscores and hyphens, begins with a letter and is not reserved.',
  { errors: [{ pointer: '/name', code: 'wrong-form' }] },
)
function heldOtherwise(pointer: string): Refusal {
  const detail = 'A key of another role is good whose holder has this name; revoke it first.'
  return refuse('invalid-request', detail, { errors: [{ pointer, code: 'invalid' }] })
}

const OWN_ACCOUNT = refuse('own-account', 'Another operator has to do this.')
const MUST_CHANGE = refuse(
  'password-change-required',
  'An operator has seen this password: sign in with newPassword beside it; the code is still good.',
)

function self({ role, name }: Member): Requester {
  return { role, id: name }
}

function act<Name extends keyof StaffActs>(
  { name, position }: Pick<Member, 'name' | 'position'>,
  by: Requester,
  what: Name,
  details: StaffActs[Name],
  secrets?: Partial<StaffSecrets>,
): DecidedAct {
  const decided = { by, act: what, subject: staffSubject(name), details, seen: position }
  return secrets === undefined ? decided : { ...decided, secrets }
}

function passwordOf(newHash: string | undefined): Partial<StaffSecrets> | undefined {
  return newHash === undefined ? undefined : { passwordHash: newHash }
}
