import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { Ledger } from '../ledger/ports.ts'

/**
 * When the engine learned a version of a pack: the time of the journal entry that first activated
 * it, which is written now if there is none.
 */
export async function knownSince(
  ledger: Ledger,
  pack: { readonly id: string; readonly hash: string },
  catalogueHash: string,
  now: number,
): Promise<number> {
  const key = `policy/activation/${pack.id}/${pack.hash}`
  const entry = systemEntry('policy-activation', now, key, { ...pack, catalogueHash })
  const result = await ledger.append({ entries: [entry], guards: [] })
  if (result.outcome === 'appended') return now
  if (result.outcome === 'known') return ledger.entry(result.position)!.bookedAt
  throw new Error(
    `the ledger did not take the activation of the pack ${pack.id}: ${result.outcome}`,
  )
}

/** An entry that the engine itself writes once, under a key of its own. */
export function systemEntry(
  kind: Entry['kind'],
  now: number,
  key: MessageKey,
  content: unknown,
  rest: Partial<Pick<Entry, 'subjects' | 'deltas'>> = {},
): Entry {
  return {
    kind,
    bookedAt: now,
    source: 'engine',
    keys: [key],
    requestHash: new Uint8Array(32),
    subjects: rest.subjects ?? [],
    deltas: rest.deltas ?? [],
    content,
  }
}
