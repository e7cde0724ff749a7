import type { Entry, MessageKey } from '../ledger/entry.ts'
import type { AppendResult, Ledger } from '../ledger/ports.ts'
import {
  type Activation,
  activationAt,
  type InForce,
  POLICY_SUBJECT,
  sameInForce,
} from './activations.ts'

/** What was put in force, and since when it is known and in force. */
export interface Activated {
  /** False when the journal said so already. */
  readonly appended: boolean
  /** Since when all of it is in force, ms since 1970. */
  readonly since: number
  /** Pack → when the engine learned its version, ms since 1970. */
  readonly knownAt: ReadonlyMap<string, number>
}

/**
 * Writes down that `inForce` decides from now on, in one entry or not at all; nothing is written
 * when the journal says so already. The entry consumes a key for every version that the engine has
 * not known before, so that the first entry under the key says when it was learned.
 */
export async function activate(
  ledger: Ledger,
  inForce: InForce,
  cause: Activation['cause'],
  by: string,
  now: number,
): Promise<Activated | Extract<AppendResult, { outcome: 'shed' }>> {
  for (;;) {
    const { state, asOf } = await ledger.load(POLICY_SUBJECT)
    const { version: before } = state
    const keys = new Set([...inForce.packs.map(packKey), ...inForce.catalogues.map(catalogueKey)])
    const known = new Map<MessageKey, number>()
    for (const key of keys) {
      const position = await ledger.findKey(key)
      if (position !== undefined) known.set(key, ledger.entry(position)!.bookedAt)
    }
    const knownAt = new Map(
      inForce.packs.map((pack) => [pack.id, known.get(packKey(pack)) ?? now] as const),
    )
    const last = activationAt(ledger, before)
    if (last !== undefined && sameInForce(last.inForce, inForce)) {
      return { appended: false, since: last.at, knownAt }
    }
    const fresh = [...keys].filter((key) => !known.has(key))
    const entry = activationEntry({ cause, before, inForce }, by, now, fresh)
    const result = await ledger.append({
      entries: [entry],
      guards: [{ subject: POLICY_SUBJECT, position: asOf }],
    })
    if (result.outcome === 'appended') return { appended: true, since: now, knownAt }
    if (result.outcome === 'shed') return result
  }
}

function packKey({ id, hash }: { readonly id: string; readonly hash: string }): MessageKey {
  return `policy/activation/${id}/${hash}`
}

function catalogueKey({ id, hash }: { readonly id: string; readonly hash: string }): MessageKey {
  return `policy/catalogue/${id}/${hash}`
}

function activationEntry(
  content: Omit<Activation, 'at' | 'by' | 'position'>,
  by: string,
  now: number,
  keys: readonly MessageKey[],
): Entry {
  return {
    kind: 'policy-activation',
    bookedAt: now,
    source: by,
    keys,
    requestHash: new Uint8Array(keys.length === 0 ? 0 : 32),
    subjects: [POLICY_SUBJECT],
    deltas: [],
    content,
  }
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
