import type { Subject } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'
import { actAt, keepAct } from './acts.ts'
import { ENGINE } from './requesters.ts'

/**
 * How changed rules come into force: `direct`, as soon as they are loaded, or with `four-eyes`, when
 * another person than the one who proposed them has approved.
 */
export type WayOfPublishing = 'direct' | 'four-eyes'

/** Named by every act that changes the way of publishing. */
export const PUBLISHING_SUBJECT: Subject = 'publishing'

/** What the journal says last; `direct` where it never said anything. */
export async function publishingOf(ledger: Ledger): Promise<WayOfPublishing> {
  const { state } = await ledger.load(PUBLISHING_SUBJECT)
  return (actAt(ledger, state.record)?.details as WayOfPublishing | undefined) ?? 'direct'
}

/**
 * Writes down that the engine publishes like this from now on, so that a change of the setting is
 * an act like any other; nothing is written when the journal says so already.
 */
export async function setPublishing(
  ledger: Ledger,
  to: WayOfPublishing,
  now: number,
): Promise<void> {
  while ((await publishingOf(ledger)) !== to) {
    const { state } = await ledger.load(PUBLISHING_SUBJECT)
    const kept = await keepAct(
      ledger,
      { by: ENGINE, act: 'publishing-changed', subject: PUBLISHING_SUBJECT, details: to },
      { seen: state.record, now },
    )
    if (kept.outcome === 'shed') throw new Error(`the ledger takes no bookings: ${kept.reason}`)
  }
}
