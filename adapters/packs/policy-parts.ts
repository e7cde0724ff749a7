import { setImmediate as othersTurn } from 'node:timers/promises'
import { compileCalendar } from '../../engine/calendar/calendar.ts'
import type { Catalogue } from '../../engine/policy/catalogue.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import { openCatalogue } from '../../engine/policy/open-catalogue.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import type { Policy } from '../../engine/policy/policy.ts'
import type { ReadCalendar } from './read-rules.ts'

/**
 * What a policy is made of, checked. Plain data, so that other threads can be sent it; the images of
 * the catalogues are shared then and not copied. Compiled packs hold closures: each thread makes its
 * own with `preparePolicy`.
 */
export interface PolicyParts {
  readonly packs: readonly { readonly source: PackSource; readonly hash: string }[]
  readonly catalogues: readonly Pick<Catalogue, 'id' | 'hash' | 'image'>[]
  readonly calendar?: ReadCalendar
}

/** Pack → when the engine learned the version, ms since 1970. */
export type KnownAt = ReadonlyMap<string, number>

/**
 * Does all of the work, a pack at a time, so that other requests have their turn between (a city
 * takes 1 to 10 ms, less when `compile` remembers versions). What it resolves to makes the policy at
 * once, as soon as it is known since when the versions are known:
 *
 *     const policyFrom = await preparePolicy(parts, compile, policy)
 *     policy = policyFrom(knownAt)
 *
 * `before` lends the catalogues that have not changed.
 */
export async function preparePolicy(
  { packs, catalogues, calendar }: PolicyParts,
  compile: (source: PackSource, hash: string) => Pack,
  before?: Policy,
): Promise<(knownAt: KnownAt) => Policy> {
  const compiled: Pack[] = []
  for (const { source, hash } of packs) {
    await othersTurn()
    compiled.push(compile(source, hash))
  }
  const opened = catalogues.map(({ id, hash, image }): [string, Catalogue] => {
    const known = before?.catalogues.get(id)
    return [id, known?.hash === hash ? known : openCatalogue(id, hash, image)]
  })
  const rest = {
    catalogues: new Map(opened),
    ...(calendar === undefined
      ? {}
      : { calendar: compileCalendar(calendar.source, calendar.hash) }),
  }
  return (knownAt) => ({
    packs: compiled.map((pack) => ({ pack, knownAt: knownAt.get(pack.id)! })),
    ...rest,
  })
}
