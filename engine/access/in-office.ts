import { type Refusal, refuse } from '../claim/outcomes.ts'
import type { Entries } from '../counter/activations.ts'
import type { Requester } from '../counter/ports.ts'
import type { Guard, Ledger } from '../ledger/ports.ts'
import { actsBackFrom } from './acts.ts'
import { foldStaffAct, type Member, staffSubject } from './staff.ts'

/** Whoever asked may have waited since, and be suspended or something else by now. */
const OUT_OF_OFFICE = refuse(
  'session-ended',
  'Whoever asked for it was suspended or has another role.',
)

/**
 * Whether `by` still is in office as the journal has it, and what must not have changed until that is
 * acted upon. Whoever is no member of staff, as a key's holder and the demo's, has no office to lose.
 */
export async function officeOf(
  ledger: Ledger,
  by: Requester,
): Promise<{ readonly refusal: Refusal | undefined; readonly guard: Guard }> {
  const subject = staffSubject(by.id)
  const { state, asOf } = await ledger.load(subject)
  return {
    refusal: outOfOffice(ledger, by, { lastAct: state.record, before: Number.POSITIVE_INFINITY }),
    guard: { subject, position: asOf },
  }
}

/** Why `by` was not in office at the position `before`; `lastAct` is the last of all on the member. */
export function outOfOffice(
  entries: Entries,
  by: Requester,
  { lastAct, before }: { readonly lastAct: number; readonly before: number },
): Refusal | undefined {
  const staff = new Map<string, Member>()
  for (const act of [...actsBackFrom(entries, lastAct, 'previous')].reverse()) {
    if (act.position < before) foldStaffAct(staff, act)
  }
  const member = staff.get(by.id)
  return member === undefined || (member.role === by.role && !member.suspended)
    ? undefined
    : OUT_OF_OFFICE
}
