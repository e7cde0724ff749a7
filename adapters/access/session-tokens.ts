import { Packr } from 'msgpackr'
import type { Session, StaffRole } from '../../engine/access/staff.ts'
import { type ByteSeal, byteSeal } from '../codec/sealed-bytes.ts'

/** What a session's token says; instants in ms since 1970. */
export interface SessionTerms extends Session {
  readonly name: string
  readonly role: StaffRole
}

export interface SessionTokens {
  seal(terms: SessionTerms): string
  /** What the token says, or nothing when it is none that was made here. */
  open(token: string): SessionTerms | undefined
}

const packr = new Packr({ useRecords: false })
/** Tells it from a key, which no thread then has to look for. */
const PREFIX = 'session.'
/** A change of what is in it gets a new number. */
const LAYOUT = 1

/** Tokens that every thread can check: `session.<terms>.<mac>`. */
export function sessionTokens(key: Uint8Array): SessionTokens {
  const { seal, open }: ByteSeal = byteSeal(key)
  return {
    seal({ name, role, id, since, until }) {
      return PREFIX + seal(packr.pack([LAYOUT, name, role, id, since, until]))
    },
    open(token) {
      const packed = isSessionToken(token) ? open(token.slice(PREFIX.length)) : undefined
      if (packed === undefined) return undefined
      const [layout, name, role, id, since, until] = packr.unpack(packed) as unknown[]
      if (layout !== LAYOUT) return undefined
      return { name, role, id, since, until } as SessionTerms
    },
  }
}

export function isSessionToken(shown: string): boolean {
  return shown.startsWith(PREFIX)
}
