import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Requester } from '../counter/ports.ts'
import type { Act, NewAct } from './acts.ts'
import { isReserved } from './reserved-names.ts'
import type { Role } from './roles.ts'
import type { Member } from './staff.ts'

/**
 * Who may hold a key: institutions, and systems. Whoever approves rules is a person, with a password
 * and a code.
 */
export const KEY_ROLES = [
  'institution',
  'agency',
  'registry',
  'policy-maker',
  'auditor',
  'operator',
] as const satisfies readonly Role[]

/** By what a key is known again; nothing here lets anybody in. Texts are hexadecimal. */
export type KeyProof =
  /** The key is shown: its keyed hash. */
  | { readonly kind: 'shown'; readonly hash: string }
  /** Requests are signed: what the secret is derived from, with a key that the server alone has. */
  | { readonly kind: 'signs'; readonly salt: string }

/** A key as the acts on it have left it; instants in ms since 1970. */
export interface Key {
  /** Its own, which it begins with. */
  readonly id: string
  /** Who shows it: what they may do, and the institution or the name of the system. */
  readonly holder: Requester
  readonly proof: KeyProof
  readonly issuedAt: number
  readonly issuedBy: string
  /** From then on it is not good. */
  readonly until?: number
  readonly revokedAt?: number
  /** The id of the key that took its place. */
  readonly replacedBy?: string
  /** The position of the last act on it. */
  readonly position: number
}

/** What is asked of a new key. */
export interface NewKey {
  readonly id: string
  readonly holder: Requester
  readonly proof: KeyProof
  readonly until?: number
}

/** An act that may be kept, if `seen` is still the last one on its subject. */
export type DecidedAct = NewAct & { readonly seen: number }

const ISSUED = 'key-issued'
const REVOKED = 'key-revoked'

/** What the act says; the proof is apart, in its secrets. */
interface Issued extends Omit<NewKey, 'id' | 'proof'> {
  /** The key whose place this one takes, and when that one ends. */
  readonly replaces?: { readonly id: string; readonly until: number }
}

/** Ids are printable and short, so that they can stand anywhere. */
const HOLDER = /^[\x21-\x7e]{1,64}$/

/**
 * A new key, in the place of none. Its holder is called as nobody else of another role: lists of what
 * was done name whoever did it by that alone.
 */
export function issueKey(
  asked: NewKey,
  {
    by,
    now,
    staff,
  }: { readonly by: Requester; readonly now: number; readonly staff: ReadonlyMap<string, Member> },
): DecidedAct | Refusal {
  const { id: name, role } = asked.holder
  if (!HOLDER.test(name) || isReserved(name)) return NOT_A_HOLDER
  const namesake = staff.get(name.toLowerCase())
  return namesake === undefined || namesake.role === role ? issued(asked, { by, now }) : TAKEN
}

/** Whether somebody of another role goes by this name with a key that is good. */
export function isHeldOtherwise(
  keys: Iterable<Key>,
  { id: name, role }: Requester,
  now: number,
): boolean {
  return [...keys].some(
    (key) =>
      key.holder.id.toLowerCase() === name &&
      key.holder.role !== role &&
      standingOf(key, now) === 'good',
  )
}

function issued(
  { id, holder, proof, until }: NewKey,
  { by, now }: { by: Requester; now: number },
): DecidedAct | Refusal {
  if (until !== undefined && until <= now)
    return invalid('/until', 'A key must end later than now.')
  const details: Issued = { holder, ...(until === undefined ? {} : { until }) }
  return { by, act: ISSUED, subject: keySubject(id), details, secrets: { proof }, seen: 0 }
}

/**
 * A key in the place of another one, for the same holder. The old one is good until `oldUntil`, or
 * until it would have ended anyway, so that both are good meanwhile.
 */
export function rotateKey(
  old: Key | undefined,
  { id, proof, until, oldUntil }: Omit<NewKey, 'holder'> & { readonly oldUntil: number },
  { by, now }: { by: Requester; now: number },
): DecidedAct | Refusal {
  if (old === undefined) return UNKNOWN
  const standing = standingOf(old, now)
  if (standing !== 'good') {
    return refuse('key-not-good', `The key ${old.id} is ${standing}; issue a new one.`)
  }
  if (old.replacedBy !== undefined) {
    return refuse('key-not-good', `The key ${old.id} was replaced by ${old.replacedBy} already.`)
  }
  const next = issued(
    { id, holder: old.holder, proof, ...(until === undefined ? {} : { until }) },
    { by, now },
  )
  if ('refused' in next) return next
  const end = Math.min(Math.max(oldUntil, now), old.until ?? Number.POSITIVE_INFINITY)
  const details: Issued = { ...(next.details as Issued), replaces: { id: old.id, until: end } }
  return { ...next, details }
}

/** The end of a key at once; nothing to be done when it was revoked before. */
export function revokeKey(
  key: Key | undefined,
  { by }: { by: Requester },
): DecidedAct | Refusal | undefined {
  if (key === undefined) return UNKNOWN
  if (key.revokedAt !== undefined) return undefined
  const subject = keySubject(key.id)
  return { by, act: REVOKED, subject, details: null, seen: key.position }
}

/** Whether whoever shows it is let in. */
export function standingOf({ until, revokedAt }: Key, now: number): 'good' | 'ended' | 'revoked' {
  if (revokedAt !== undefined) return 'revoked'
  return until !== undefined && until <= now ? 'ended' : 'good'
}

/** Puts one act after all before it; acts on other things change no key. */
export function foldKeyAct(keys: Map<string, Key>, act: Act): void {
  if (act.act === ISSUED) {
    const id = act.subject.slice(PREFIX.length)
    const { replaces, ...issued } = act.details as Issued
    keys.set(id, {
      ...issued,
      ...(act.secrets as Pick<NewKey, 'proof'>),
      id,
      issuedAt: act.at,
      issuedBy: act.by.id,
      position: act.position,
    })
    if (replaces === undefined) return
    const old = keys.get(replaces.id)!
    keys.set(old.id, { ...old, until: replaces.until, replacedBy: id })
  }
  if (act.act === REVOKED) {
    const key = keys.get(act.subject.slice(PREFIX.length))!
    keys.set(key.id, { ...key, revokedAt: act.at, position: act.position })
  }
}

const PREFIX = 'key/'
const UNKNOWN = refuse('key-not-found', 'There is no key of this id.')

const NOT_A_HOLDER = invalid(
  '/holder',
  'A holder has a name of 1 to 64 printable characters without spaces, which is not reserved.',
)
const TAKEN = invalid('/holder', 'A member of staff with another role has this name.')

function keySubject(id: string): string {
  return `${PREFIX}${id}`
}

function invalid(pointer: string, detail: string): Refusal {
  return refuse('invalid-request', detail, { errors: [{ pointer, code: 'invalid' }] })
}
