import type { WorkingCalendar } from '../../engine/calendar/calendar.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import { loadCalendar } from './load-calendar.ts'
import { type LoadedPack, loadPacks, type PackProblem } from './load-pack.ts'

export interface ReadRules {
  readonly packs: readonly (Pick<LoadedPack, 'source' | 'locate'> & { readonly pack: Pack })[]
  readonly calendar: WorkingCalendar
  /** Each one sentence with file, table, period and row; with any, the rules are not to be used. */
  readonly errors: readonly string[]
}

/** Reads, checks and compiles every pack and the calendar of the rules folder. */
export function readRules(rulesFolder: string): ReadRules {
  const { packs: sources, problems } = loadPacks(rulesFolder)
  const { calendar, problems: inCalendar } = loadCalendar(rulesFolder)
  const found = [...problems, ...inCalendar]
  const packs = sources.map(({ source, hash, locate, problemOf }) => {
    const { pack, faults } = compilePack(source, hash)
    found.push(...faults.map(problemOf))
    return { source, pack, locate }
  })
  const errors = [
    ...new Set(found.sort(byPlace).map(({ message }) => message)),
    ...sharedDistricts(packs.map(({ pack }) => pack)),
  ]
  return { packs, calendar, errors }
}

/** In the order in which somebody works through the files. */
function byPlace(one: PackProblem, other: PackProblem): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return (one.line ?? 0) - (other.line ?? 0)
}

/** Two packs may pool the same district only in different years. */
function sharedDistricts(packs: readonly Pack[]): string[] {
  return packs.flatMap((pack, index) =>
    packs.slice(index + 1).flatMap((other) => {
      const shared = [...pack.districts].find((district) => other.districts.has(district))
      const apart = pack.covers.until <= other.covers.from || other.covers.until <= pack.covers.from
      return shared === undefined || apart
        ? []
        : [`the packs ${pack.id} and ${other.id} both pool the district ${shared} at the same time`]
    }),
  )
}
