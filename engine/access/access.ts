import type { Refusal } from '../claim/outcomes.ts'
import type { Requester } from '../counter/ports.ts'
import type { Ledger } from '../ledger/ports.ts'
import { ACTS_SUBJECT, type Act, actsBackFrom } from './acts.ts'
import { foldKeyAct, type Key } from './keys.ts'
import { foldStaffAct, type Member } from './staff.ts'

/** Who is let in: the fold of the administrative acts. Plain data, to be sent to every thread. */
export interface Access {
  /** By their own ids. */
  readonly keys: Map<string, Key>
  /** By the names of their accounts. */
  readonly staff: Map<string, Member>
}

/**
 * Finds out who shows a key or another token. A refusal says what is wrong with one that was good
 * once, and only to whoever really has it; nothing is known of any other.
 */
export type Authenticate = (
  shown: string,
) => Requester | Refusal | undefined | Promise<Requester | Refusal | undefined>

export function nobody(): Access {
  return { keys: new Map(), staff: new Map() }
}

/** Puts one act after all before it; acts that let nobody in or out change nothing. */
export function foldAct(access: Access, act: Act): void {
  foldKeyAct(access.keys, act)
  foldStaffAct(access.staff, act)
}

/** Who is let in as of now, from all acts of the journal. */
export async function loadAccess(ledger: Pick<Ledger, 'load' | 'entry'>): Promise<Access> {
  const { state } = await ledger.load(ACTS_SUBJECT)
  const access = nobody()
  for (const act of [...actsBackFrom(ledger, state.version, 'previousOfAll')].reverse()) {
    foldAct(access, act)
  }
  return access
}
