import type { Entry, Subject } from '../ledger/entry.ts'

/** Named by every entry that says what is in force, so that its state leads to the last of them. */
export const POLICY_SUBJECT: Subject = 'policy'

/** A version of a pack that decides. */
export interface PackInForce {
  readonly id: string
  readonly hash: string
  /** After a rollback: the version that the rules folder held then, which does not decide. */
  readonly overrules?: string
}

/** All that decides at a time. */
export interface InForce {
  readonly packs: readonly PackInForce[]
  readonly catalogues: readonly { readonly id: string; readonly hash: string }[]
  /** The hash of the calendar of working days. */
  readonly calendar?: string
}

/** One change of what is in force. */
export interface Activation {
  readonly position: number
  /** Ms since 1970. */
  readonly at: number
  /** `engine`, or the policy officer who asked for it. */
  readonly by: string
  readonly cause: 'start' | 'reload' | 'rollback'
  /** The position of the activation before; 0 when there is none. */
  readonly before: number
  readonly inForce: InForce
  /** With four eyes: the proposal, and the position of its approval. */
  readonly proposal?: { readonly id: string; readonly approval: number }
}

/** Whoever can read entries back. */
export interface Entries {
  entry(position: number): Entry | undefined
}

/** In the place of a catalogue's id: the one that the pack names. */
export const OF_THE_PACK = ''

/** The first release wrote an entry for each version, and none of them named another. */
interface FirstForm {
  readonly id: string
  readonly hash: string
  readonly catalogueHash: string
}

/** The activation that `position` holds; nothing when it is 0. */
export function activationAt(entries: Entries, position: number): Activation | undefined {
  if (position === 0) return undefined
  const { kind, bookedAt, source, content } = entries.entry(position)!
  if (kind !== 'policy-activation') throw new TypeError(`entry ${position} is no activation`)
  const kept = content as Omit<Activation, 'position' | 'at' | 'by'> | FirstForm
  const form = 'catalogueHash' in kept ? ofFirstForm(kept) : kept
  return { ...form, position, at: bookedAt, by: source }
}

function ofFirstForm({ id, hash, catalogueHash }: FirstForm) {
  const catalogues = [{ id: OF_THE_PACK, hash: catalogueHash }]
  return { cause: 'start', before: 0, inForce: { packs: [{ id, hash }], catalogues } } as const
}

/** All activations up to the one at `position`, in order. */
export function activationsUpTo(entries: Entries, position: number): Activation[] {
  const found: Activation[] = []
  let at = activationAt(entries, position)
  while (at !== undefined) {
    found.push(at)
    at = activationAt(entries, at.before)
  }
  return found.reverse()
}

export function sameInForce(one: InForce, other: InForce): boolean {
  return canonicalInForce(one) === canonicalInForce(other)
}

/** The same text for the same content, whatever its order. */
export function canonicalInForce({ packs, catalogues, calendar = '' }: InForce): string {
  const lines = [
    ...packs.map(({ id, hash, overrules = '' }) => ['pack', id, hash, overrules].join(' ')),
    ...catalogues.map(({ id, hash }) => ['catalogue', id, hash].join(' ')),
    `calendar ${calendar}`,
  ]
  return lines.sort().join('\n')
}

/** A version of what decides, over one time in which it was in force without a break. */
export interface Reign {
  readonly kind: 'pack' | 'catalogue' | 'calendar'
  /** Of the pack or the catalogue; empty for the calendar. */
  readonly id: string
  readonly hash: string
  /** When the engine first put this version in force, ms since 1970. */
  readonly knownAt: number
  /** What put it in force this time. */
  readonly begun: Activation
  /** When something else took its place; absent while it is in force. */
  readonly until?: number
}

/** What was in force when, in the order in which it came into force; what was restored comes again. */
export function reignsOf(activations: readonly Activation[]): Reign[] {
  const reigns: Reign[] = []
  const knownAt = new Map<string, number>()
  let live = new Map<string, number>()
  for (const begun of activations) {
    const now = new Map<string, number>()
    for (const { kind, id, hash } of decidingIn(begun.inForce)) {
      const key = `${kind}/${id}/${hash}`
      if (!knownAt.has(key)) knownAt.set(key, begun.at)
      now.set(key, live.get(key) ?? reigns.length)
      if (!live.has(key)) reigns.push({ kind, id, hash, knownAt: knownAt.get(key)!, begun })
    }
    for (const [key, at] of live) {
      if (!now.has(key)) reigns[at] = { ...reigns[at]!, until: begun.at }
    }
    live = now
  }
  return reigns
}

function decidingIn({ packs, catalogues, calendar }: InForce) {
  return [
    ...packs.map(({ id, hash }) => ({ kind: 'pack', id, hash }) as const),
    ...catalogues.map(({ id, hash }) => ({ kind: 'catalogue', id, hash }) as const),
    ...(calendar === undefined ? [] : [{ kind: 'calendar', id: '', hash: calendar } as const]),
  ]
}

/** One version of a pack. */
export interface PackVersion {
  readonly pack: string
  readonly hash: string
  /** When the engine first put it in force, ms since 1970. */
  readonly knownAt: number
}

/** Every version of a pack that ever was in force, in the order in which they were learned. */
export function versionsOf(activations: readonly Activation[]): PackVersion[] {
  const versions = new Map<string, PackVersion>()
  for (const { kind, id, hash, knownAt } of reignsOf(activations)) {
    if (kind === 'pack') versions.set(`${id}/${hash}`, { pack: id, hash, knownAt })
  }
  return [...versions.values()]
}

/** A version in force, below it those that a rollback goes back to, the oldest first. */
type Stack = { readonly hash: string; readonly position: number }[]

/**
 * What each pack would go back to. A change puts the new version on top of the one before; a
 * rollback takes versions off again, so that a second one goes further back and not forth.
 */
function stacksOf(activations: readonly Activation[]): Map<string, Stack> {
  const stacks = new Map<string, Stack>()
  for (const { position, cause, inForce } of activations) {
    for (const { id, hash } of inForce.packs) {
      const stack = stacks.get(id) ?? []
      stacks.set(id, stack)
      if (stack.at(-1)?.hash === hash) continue
      const kept = stack.findLastIndex((version) => version.hash === hash)
      if (cause === 'rollback' && kept >= 0) stack.length = kept + 1
      else stack.push({ hash, position })
    }
  }
  return stacks
}

/** Pack → the version to be restored, or why none can be. */
export type RollbackPlan = ReadonlyMap<string, string> | { readonly impossible: string }

/**
 * Which versions a rollback restores: of the named pack the version before or the one that `to`
 * begins the hash of; without a pack, of every pack that the latest change touched.
 */
export function planRollback(
  activations: readonly Activation[],
  { pack, to }: { readonly pack?: string; readonly to?: string },
): RollbackPlan {
  const last = activations.at(-1)
  if (last === undefined) return { impossible: 'No version was ever in force.' }
  const live = new Map(last.inForce.packs.map(({ id, hash }) => [id, hash]))
  if (pack !== undefined && !live.has(pack)) return { impossible: 'No such pack is in force.' }
  if (to !== undefined) return planTo(versionsOf(activations), live, to, pack)

  const stacks = [...stacksOf(activations)].filter(([id]) => live.has(id))
  const latest = Math.max(...stacks.map(([, stack]) => stack.at(-1)!.position))
  const touched = stacks.filter(([id, stack]) =>
    pack === undefined ? stack.at(-1)!.position === latest : id === pack,
  )
  const plan = new Map(
    touched.flatMap(([id, stack]) => {
      const before = stack.at(-2)
      return before === undefined ? [] : [[id, before.hash] as const]
    }),
  )
  if (plan.size > 0) return plan
  const names = touched.map(([id]) => id).join(', ')
  return { impossible: `There is no version before the one in force: ${names}.` }
}

function planTo(
  versions: readonly PackVersion[],
  live: ReadonlyMap<string, string>,
  to: string,
  pack: string | undefined,
): RollbackPlan {
  const found = versions.filter(
    (version) => version.hash.startsWith(to) && (pack === undefined || version.pack === pack),
  )
  const [version] = found
  if (version === undefined) return { impossible: 'No such version was ever in force.' }
  if (found.length > 1) return { impossible: `${found.length} versions begin like that.` }
  if (!live.has(version.pack)) return { impossible: `No pack ${version.pack} is in force.` }
  if (live.get(version.pack) === version.hash) {
    return { impossible: `The version ${to} of ${version.pack} is in force.` }
  }
  return new Map([[version.pack, version.hash]])
}
