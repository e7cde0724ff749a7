import type { WorkingCalendar } from '../calendar/calendar.ts'
import type { CareType, CivilDate } from '../claim/claim.ts'
import type { Catalogue } from './catalogue.ts'
import type { Pack, Plan } from './compile.ts'

/** A pack in force in the engine. */
export interface LivePack {
  readonly pack: Pack
  /** When the engine learned this version, ms since 1970. */
  readonly knownAt: number
}

/** Everything that one decision is made on: swapped as a whole, never changed. */
export interface Policy {
  readonly packs: readonly LivePack[]
  readonly catalogues: ReadonlyMap<string, Catalogue>
  /** Absent: no rule that counts working days can be applied. */
  readonly calendar?: WorkingCalendar
}

/** The pack that pools `district`, preferably one that covers `on`. */
export function packFor(
  { packs }: Pick<Policy, 'packs'>,
  district: string,
  on: CivilDate,
): LivePack | undefined {
  let first: LivePack | undefined
  for (const live of packs) {
    const { districts, districtAliases, covers } = live.pack
    if (!districts.has(district) && !districtAliases.has(district)) continue
    if (covers.from <= on && on < covers.until) return live
    first ??= live
  }
  return first
}

export function planFor(pack: Pack, scheme: string, careType: CareType): Plan | undefined {
  return pack.plans.find((plan) => plan.scheme === scheme && plan.careTypes.includes(careType))
}
