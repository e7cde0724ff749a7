import type { Requester } from '../counter/ports.ts'
import type { Entry, Subject } from '../ledger/entry.ts'
import { ownEntry } from '../ledger/own-entry.ts'
import type { AppendResult, Guard, Ledger } from '../ledger/ports.ts'

/** Named by every administrative act, so that its state leads to the last of all. */
export const ACTS_SUBJECT: Subject = 'acts'

/** The layout of the content; a change of it gets a new number and keeps the old reader. */
const LAYOUT = 1

/**
 * Something that somebody did to the engine itself rather than to a claim: a key issued, a member
 * of staff signed in, a proposal approved.
 */
export interface Act<Details = unknown> {
  readonly position: number
  /** Ms since 1970. */
  readonly at: number
  readonly by: Requester
  /** What was done, such as `key-revoked`. */
  readonly act: string
  /** What it was done to, such as `key/<id>`. */
  readonly subject: Subject
  /** Plain data of the act; never a secret, a name or a number of a patient. */
  readonly details: Details
  /** What is kept of secrets, such as hashes of them: to decide by, and in no list. */
  readonly secrets?: unknown
  /** The act before on the same subject; 0 when there was none. */
  readonly previous: number
  /** The act before, whatever its subject; 0 when there was none. */
  readonly previousOfAll: number
}

/** An act that is yet to be done. */
export type NewAct<Details = unknown> = Pick<
  Act<Details>,
  'by' | 'act' | 'subject' | 'details' | 'secrets'
>

/** Somebody else acted on the same subject first: look again, then decide anew. */
export type ActOutcome =
  | { readonly outcome: 'appended'; readonly position: number }
  | { readonly outcome: 'moved' }
  | Extract<AppendResult, { outcome: 'shed' }>

/**
 * Keeps an act in the journal, durable before this resolves. `seen` is the last act on the subject
 * that the caller decided upon (0 for none); when there is a later one nothing is kept, `moved`.
 * `guards` are further things that must not have changed.
 */
export async function keepAct(
  ledger: Pick<Ledger, 'load' | 'append'>,
  { by, act, subject, details, secrets }: NewAct,
  { seen, now, guards = [] }: { seen: number; now: number; guards?: readonly Guard[] },
): Promise<ActOutcome> {
  for (;;) {
    const [own, all] = await Promise.all([ledger.load(subject), ledger.load(ACTS_SUBJECT)])
    if (own.state.record !== seen) return { outcome: 'moved' }
    const entry = ownEntry({
      kind: 'administrative-act',
      bookedAt: now,
      source: by.id,
      subjects: [subject, ACTS_SUBJECT],
      content: [
        ...[LAYOUT, act, by.role, details, seen, all.state.version],
        ...(secrets === undefined ? [] : [secrets]),
      ],
    })
    const result = await ledger.append({
      entries: [entry],
      guards: [
        { subject, position: own.asOf },
        { subject: ACTS_SUBJECT, position: all.asOf },
        ...guards,
      ],
    })
    if (result.outcome === 'appended') {
      return { outcome: 'appended', position: result.firstPosition }
    }
    if (result.outcome === 'shed') return result
    if (result.outcome === 'known') throw new Error('an act consumes no key')
    // Another act somewhere else came first: only its place in the chain of all has changed.
    if (result.subjects.some((moved) => moved !== ACTS_SUBJECT)) return { outcome: 'moved' }
  }
}

/**
 * Keeps an act whatever was done to its subject before, as nothing is decided upon that; waits while
 * the ledger has too much to do. Rejects when it is stopping.
 */
export async function recordAct(
  ledger: Pick<Ledger, 'load' | 'append'>,
  act: NewAct,
  { now, pause }: { readonly now: () => number; readonly pause: () => Promise<void> },
): Promise<void> {
  for (;;) {
    const { state } = await ledger.load(act.subject)
    const kept = await keepAct(ledger, act, { seen: state.record, now: now() })
    if (kept.outcome === 'appended') return
    if (kept.outcome === 'moved') continue
    if (kept.reason === 'stopping') throw new Error('the ledger is stopping')
    await pause()
  }
}

/** The act that `position` holds; nothing when it is 0. */
export function actAt(
  entries: { entry(position: number): Entry | undefined },
  position: number,
): Act | undefined {
  if (position === 0) return undefined
  const { kind, bookedAt, source, subjects, content } = entries.entry(position)!
  if (kind !== 'administrative-act') throw new TypeError(`entry ${position} is no act`)
  const [layout, act, role, details, ...chained] = content as readonly unknown[]
  const [previous, previousOfAll, secrets] = chained
  if (layout !== LAYOUT) throw new Error(`an act is packed in an unknown layout: ${layout}`)
  return {
    position,
    at: bookedAt,
    by: { role, id: source } as Requester,
    act: act as string,
    subject: subjects[0]!,
    details,
    previous: previous as number,
    previousOfAll: previousOfAll as number,
    ...(secrets === undefined ? {} : { secrets }),
  }
}

/** The last acts first, from the one at `position` on; of one subject, or of all. */
export function* actsBackFrom(
  entries: { entry(position: number): Entry | undefined },
  position: number,
  chain: 'previous' | 'previousOfAll',
): Generator<Act> {
  for (let act = actAt(entries, position); act !== undefined; act = actAt(entries, act[chain])) {
    yield act
  }
}
