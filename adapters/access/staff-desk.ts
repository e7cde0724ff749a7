import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Act } from '../../engine/access/acts.ts'
import { normalPassword, passwordFault } from '../../engine/access/passwords.ts'
import type { Member, StaffRole, StaffSecrets } from '../../engine/access/staff.ts'
import {
  changeMember,
  changePassword,
  type Evidence,
  enrol,
  letsIn,
  openSession,
  SIGN_IN_REFUSED,
  type StaffChange,
  signIn,
  signOut,
  standingOf,
} from '../../engine/access/staff-rules.ts'
import { isRefusal, type Refusal, refuse } from '../../engine/claim/outcomes.ts'
import type { Requester } from '../../engine/counter/ports.ts'
import type { Sealing } from '../codec/sealing.ts'
import type { AccessDesk } from './access-desk.ts'
import { codeStep, codeUri, newCodeSecret } from './one-time-codes.ts'
import type { Passwords } from './passwords.ts'
import type { SessionTerms, SessionTokens } from './session-tokens.ts'
import type { SessionUse } from './session-use.ts'
import { SESSION_ENDED } from './sessions.ts'

export interface StaffDeskOptions {
  readonly passwords: Passwords
  /** Seals the secrets of codes. */
  readonly sealing: Sealing
  readonly tokens: SessionTokens
  readonly use: SessionUse
  /** Ms since 1970. */
  readonly now: () => number
  /** Counts how sign-ins end. */
  readonly count: (outcome: SignInOutcome) => void
  /** When a refused sign-in is answered, in ms; a second when absent. */
  readonly refusedAfterMs?: number
}

/**
 * How somebody fared who showed a password and a code. `refused` stands in the chain and counts
 * towards a lock-out; `barred` does not: an unknown name, or one that is locked out or suspended.
 */
export type SignInOutcome = 'signed-in' | 'password-changed' | 'refused' | 'barred' | 'overloaded'

export interface Shown {
  readonly password: string
  /** Six digits. */
  readonly code: string
}

export interface SignInRequest extends Shown {
  readonly name: string
  /** Takes the place of the password. */
  readonly newPassword?: string
}

/** A session as its member sees it; instants in ms since 1970. */
export type SessionView = Omit<SessionTerms, 'id'>

/** A new session and, this once, its token. */
export interface SignedIn extends SessionView {
  readonly token: string
}

/** A member as operators see them; instants in ms since 1970. */
export interface MemberView
  extends Pick<Member, 'name' | 'role' | 'enrolledAt' | 'enrolledBy' | 'mustChange'> {
  readonly standing: ReturnType<typeof standingOf>
  readonly lockedUntil?: number
  readonly signedInAt?: number
}

/** A member whose password and code are new; both are told this once and kept nowhere. */
export interface HandedOver extends MemberView {
  readonly password: string
  /** `otpauth://…`: what an authenticator is set up with. */
  readonly codeUri: string
}

/** What an operator asks to be changed. */
export type ChangeRequest = Exclude<StaffChange, { kind: 'reset' }>

/** Sign-ins in work at once, waiting included; what is above is turned away at once. */
const IN_WORK_MAX = 16
/**
 * What was refused is answered after so long, whatever the reason: guessing is slow, and the time
 * that it takes to count a refusal does not tell which names there are.
 */
const REFUSED_AFTER_MS = 1_000
/** Without those that are read as one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
const GROUPS = 5
const GROUP = 4

const BUSY = refuse('overloaded', 'Too many are signing in at once; nothing was counted.')
const NO_SESSION = refuse('session-required', 'A key has no session: sign in with a password.')

/** Where members of staff are enrolled, sign in and out; in the owner's thread. */
export class StaffDesk {
  readonly #desk: AccessDesk
  readonly #options: StaffDeskOptions
  #inWork = 0

  constructor(desk: AccessDesk, options: StaffDeskOptions) {
    this.#desk = desk
    this.#options = options
  }

  signIn(request: SignInRequest): Promise<SignedIn | Refusal> {
    const { name, newPassword } = request
    const { use, tokens } = this.#options
    return this.#oneOfFew(async () => {
      const evidence = await this.#evidence(name, request)
      const newHash = await this.#newHash(name, request, newPassword, evidence)
      if (isRefusal(newHash)) return newHash
      const done = await this.#desk.act(({ staff }, now) =>
        signIn(staff.get(name), evidence, { now, newHash }),
      )
      const act = this.#counted(done, 'signed-in')
      if (isRefusal(act)) return act
      const { role, sessions } = this.#desk.access.staff.get(name)!
      const session = sessions.find(({ id }) => id === act.position)
      // Somebody suspended them in this very moment.
      if (session === undefined) return SESSION_ENDED
      use.note(session.id, session.since)
      const { id, since, until } = session
      return { token: tokens.seal({ name, role, id, since, until }), name, role, since, until }
    })
  }

  /** The password of whoever has the session, which goes on while their others end. */
  changePassword(
    token: string,
    shown: Shown & { readonly newPassword: string },
  ): Promise<SessionView | Refusal> {
    return this.#oneOfFew(async () => {
      const terms = this.#options.tokens.open(token)
      if (terms === undefined) return NO_SESSION
      const { name, id } = terms
      const evidence = await this.#evidence(name, shown)
      const newHash = await this.#newHash(name, shown, shown.newPassword, evidence)
      if (isRefusal(newHash)) return newHash
      const done = await this.#desk.act(({ staff }, now) => {
        const member = staff.get(name)!
        if (this.#session(terms) === undefined) return SESSION_ENDED
        return changePassword(member, id, evidence, { now, newHash })
      })
      const act = this.#counted(done, 'password-changed')
      return isRefusal(act) ? act : viewOf(terms)
    })
  }

  /** No thread lets the session in any more when this resolves. */
  async signOut(token: string): Promise<SessionView | Refusal> {
    const terms = this.#options.tokens.open(token)
    if (terms === undefined) return NO_SESSION
    const done = await this.#desk.act(({ staff }) => {
      if (this.#session(terms) === undefined) return undefined
      return signOut(staff.get(terms.name)!, terms.id)
    })
    return isRefusal(done) ? done : viewOf(terms)
  }

  session(token: string): SessionView | Refusal {
    const terms = this.#options.tokens.open(token)
    return terms === undefined ? NO_SESSION : viewOf(terms)
  }

  async enrol(
    { name, role }: { readonly name: string; readonly role: StaffRole },
    by: Requester,
  ): Promise<HandedOver | Refusal> {
    return this.#handOver(name, (secrets) =>
      this.#desk.act(({ staff, keys }, now) =>
        enrol(staff.get(name), { name, role, secrets }, { by, now, keys }),
      ),
    )
  }

  /** A new password and a new secret for codes, for whoever has lost one of them. */
  async reset(name: string, by: Requester): Promise<HandedOver | Refusal> {
    return this.#handOver(name, (secrets) =>
      this.#desk.act(({ staff, keys }, now) =>
        changeMember(staff.get(name), name, { kind: 'reset', secrets }, { by, now, keys }),
      ),
    )
  }

  /** In force on every thread when this resolves. */
  async change(name: string, change: ChangeRequest, by: Requester): Promise<MemberView | Refusal> {
    const done = await this.#desk.act(({ staff, keys }, now) =>
      changeMember(staff.get(name), name, change, { by, now, keys }),
    )
    return isRefusal(done) ? done : this.#view(this.#desk.access.staff.get(name)!)
  }

  /** All that ever were enrolled, the oldest first. */
  list(): readonly MemberView[] {
    return [...this.#desk.access.staff.values()].map((member) => this.#view(member))
  }

  async #handOver(
    name: string,
    done: (secrets: StaffSecrets) => ReturnType<AccessDesk['act']>,
  ): Promise<HandedOver | Refusal> {
    const { passwords, sealing } = this.#options
    const password = newPassword()
    const secret = newCodeSecret()
    const outcome = await done({
      passwordHash: await passwords.hash(password),
      codeSecret: Buffer.from(sealing.sealWithTag(Buffer.from(secret), name)).toString('base64url'),
    })
    if (isRefusal(outcome)) return outcome
    const member = this.#view(this.#desk.access.staff.get(name)!)
    return { ...member, password, codeUri: codeUri(name, secret) }
  }

  async #evidence(name: string, { password, code }: Shown): Promise<Evidence> {
    const { passwords, sealing, now } = this.#options
    const against = this.#desk.access.staff.get(name)?.secrets
    const passwordRight = await passwords.verify(against?.passwordHash, password)
    if (against === undefined) return { against, passwordRight, codeStep: undefined }
    const secret = sealing.openWithTag(Buffer.from(against.codeSecret, 'base64url'), name)
    const step = codeStep(Buffer.from(secret).toString(), code, now())
    return { against, passwordRight, codeStep: step }
  }

  /** Nothing for whoever is not let in: they learn nothing of the new password either. */
  async #newHash(
    name: string,
    { password }: Shown,
    next: string | undefined,
    evidence: Evidence,
  ): Promise<string | undefined | Refusal> {
    const { passwords, now } = this.#options
    const member = this.#desk.access.staff.get(name)
    if (next === undefined || member === undefined || !letsIn(member, evidence, now())) {
      return undefined
    }
    if (normalPassword(next) === normalPassword(password)) return SAME
    return passwordFault(next, name) ?? passwords.hash(next)
  }

  /** What was done, if it is what was wanted; otherwise a refusal, which is another act. */
  #counted(
    done: Act | Refusal | undefined,
    wanted: 'signed-in' | 'password-changed',
  ): Act | Refusal {
    const { count } = this.#options
    if (isRefusal(done)) {
      if (done.refused === 'sign-in-refused') count('barred')
      if (done.refused === 'overloaded') count('overloaded')
      return done
    }
    count(done?.act === wanted ? wanted : 'refused')
    return done?.act === wanted ? done : SIGN_IN_REFUSED
  }

  #session({ name, id }: SessionTerms) {
    const { use, now } = this.#options
    const member = this.#desk.access.staff.get(name)
    return openSession(member, id, { now: now(), usedAt: use.lastOf(id) })
  }

  async #oneOfFew<Answer extends object>(
    work: () => Promise<Answer | Refusal>,
  ): Promise<Answer | Refusal> {
    const { count, refusedAfterMs = REFUSED_AFTER_MS } = this.#options
    if (this.#inWork >= IN_WORK_MAX) {
      count('overloaded')
      return BUSY
    }
    const began = performance.now()
    this.#inWork += 1
    const answer = await work().finally(() => {
      this.#inWork -= 1
    })
    if (isRefusal(answer) && answer.refused === 'sign-in-refused') {
      await sleep(Math.max(0, refusedAfterMs - (performance.now() - began)))
    }
    return answer
  }

  #view(member: Member): MemberView {
    const { name, role, enrolledAt, enrolledBy, mustChange, signedInAt, lockedUntil } = member
    const standing = standingOf(member, this.#options.now())
    return {
      name,
      role,
      standing,
      mustChange,
      enrolledAt,
      enrolledBy,
      ...(standing === 'locked' ? { lockedUntil } : {}),
      ...(signedInAt === undefined ? {} : { signedInAt }),
    }
  }
}

const SAME = refuse('password-refused', 'The new password is the present one.')

function viewOf({ name, role, since, until }: SessionTerms): SessionView {
  return { name, role, since, until }
}

function newPassword(): string {
  const letters = () => Array.from({ length: GROUP }, () => LETTERS[randomInt(LETTERS.length)])
  return Array.from({ length: GROUPS }, () => letters().join('')).join('-')
}
