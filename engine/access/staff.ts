import type { Act } from './acts.ts'
import { ROLES, type Role } from './roles.ts'

/** What people may be; institutions have keys instead. */
export type StaffRole = Exclude<Role, 'institution'>

export const STAFF_ROLES = ROLES.filter((role): role is StaffRole => role !== 'institution')

/** What a member of staff is let in by, as it is kept: nobody can sign in with it. */
export interface StaffSecrets {
  /** Argon2id in the PHC form. */
  readonly passwordHash: string
  /** The secret of the one-time codes, sealed under a key of the data folder. */
  readonly codeSecret: string
}

/** A member of staff as the acts on them have left them; instants in ms since 1970. */
export interface Member {
  /** Of the account; the only thing that is known of the person. */
  readonly name: string
  readonly role: StaffRole
  readonly secrets: StaffSecrets
  /** The password is one that an operator has seen: it is good for choosing another one. */
  readonly mustChange: boolean
  readonly suspended: boolean
  readonly enrolledAt: number
  readonly enrolledBy: string
  readonly signedInAt?: number
  /** The time step of the last one-time code that let them in; 0 when none did. */
  readonly codeStep: number
  /** Sign-ins refused in a row, since they were let in or locked out last. */
  readonly refused: number
  /** How often they were locked out since they were let in last. */
  readonly lockOuts: number
  readonly lockedUntil: number
  /** Those that were not ended; each may have come to its own end. The oldest first. */
  readonly sessions: readonly Session[]
  /** The position of the last act on them. */
  readonly position: number
}

export interface Session {
  /** The position of the act that began it. */
  readonly id: number
  readonly since: number
  readonly until: number
}

/** What is done to a member of staff and what the act says of it; `secrets` are apart. */
export interface StaffActs {
  'staff-enrolled': { readonly role: StaffRole }
  /** A new password and a new secret for codes, both made by an operator. */
  'staff-reset': null
  'staff-role-changed': { readonly role: StaffRole }
  'staff-suspended': null
  /** Also ends a lock-out. */
  'staff-reinstated': null
  /** By whoever claimed to be this member. */
  'sign-in-refused': null
  'signed-in': {
    readonly codeStep: number
    readonly until: number
    /** Whether the password was changed with it, which ends all other sessions. */
    readonly changed: boolean
  }
  /** By the member, in a session, which is the only one to go on. */
  'password-changed': { readonly codeStep: number; readonly session: number }
  'signed-out': { readonly session: number }
}

/** So many sign-ins refused in a row lock an account. */
const REFUSED_MAX = 5
/** For so long the first time, twice as long every further time, */
export const LOCK_OUT_MS = 15 * 60_000
/** and never for longer than this, as anybody can have a name locked out that they know. */
export const LOCK_OUT_MAX_MS = 8 * 3_600_000
/** Whoever signs in once more ends the oldest of so many sessions. */
export const SESSIONS_MAX = 4

const PREFIX = 'staff/'

export function staffSubject(name: string): string {
  return `${PREFIX}${name}`
}

/** Puts one act after all before it; acts on other things change no member. */
export function foldStaffAct(staff: Map<string, Member>, act: Act): void {
  if (!act.subject.startsWith(PREFIX)) return
  const name = act.subject.slice(PREFIX.length)
  const before = staff.get(name) ?? enrolledBy(act, name)
  const change: Change<never> = CHANGES[act.act as keyof StaffActs]
  const changed = change(before, act as Act<never>)
  const secrets = { ...before.secrets, ...(act.secrets as Partial<StaffSecrets> | undefined) }
  staff.set(name, { ...before, ...changed, secrets, position: act.position })
}

type Change<Details> = (member: Member, act: Act<Details>) => Partial<Member>

const FREE = { refused: 0, lockOuts: 0, lockedUntil: 0 } as const

const CHANGES: { readonly [Name in keyof StaffActs]: Change<StaffActs[Name]> } = {
  'staff-enrolled': (_, { details: { role } }) => ({ role }),
  'staff-reset': () => ({ ...FREE, mustChange: true, codeStep: 0, sessions: [] }),
  'staff-role-changed': (_, { details: { role } }) => ({ role, sessions: [] }),
  'staff-suspended': () => ({ suspended: true, sessions: [] }),
  'staff-reinstated': () => ({ ...FREE, suspended: false }),
  'sign-in-refused': ({ refused, lockOuts }, { at }) => {
    if (refused + 1 < REFUSED_MAX) return { refused: refused + 1 }
    const lockedFor = Math.min(LOCK_OUT_MS * 2 ** lockOuts, LOCK_OUT_MAX_MS)
    return { refused: 0, lockOuts: lockOuts + 1, lockedUntil: at + lockedFor }
  },
  'signed-in': (member, { position, at, details: { codeStep, until, changed } }) => {
    const open = changed ? [] : member.sessions.filter((session) => session.until > at)
    const session = { id: position, since: at, until }
    return {
      ...FREE,
      mustChange: member.mustChange && !changed,
      codeStep,
      signedInAt: at,
      sessions: [...open, session].slice(-SESSIONS_MAX),
    }
  },
  'password-changed': ({ sessions }, { details: { codeStep, session } }) => ({
    ...FREE,
    codeStep,
    sessions: sessions.filter(({ id }) => id === session),
  }),
  'signed-out': ({ sessions }, { details: { session } }) => ({
    sessions: sessions.filter(({ id }) => id !== session),
  }),
}

/** Before anything else was done: what the act that enrols them does not say. */
function enrolledBy({ at, by, position, details, secrets }: Act, name: string): Member {
  return {
    ...(details as StaffActs['staff-enrolled']),
    secrets: secrets as StaffSecrets,
    name,
    mustChange: true,
    suspended: false,
    enrolledAt: at,
    enrolledBy: by.id,
    codeStep: 0,
    ...FREE,
    sessions: [],
    position,
  }
}
