import type { CalendarSource } from '../../engine/calendar/calendar.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { loadCalendar } from './load-calendar.ts'
import { type LoadedPack, loadPacks, type PackProblem } from './load-pack.ts'

/** A pack as it was written, and compiled. */
export interface ReadPack {
  readonly source: PackSource
  readonly pack: Pack
}

/** A pack of the rules folder. */
export interface FolderPack extends ReadPack {
  readonly locate: LoadedPack['locate']
}

/** The calendar of working days as it was written. */
export interface ReadCalendar {
  readonly source: CalendarSource
  readonly hash: string
}

export interface ReadRules {
  readonly packs: readonly FolderPack[]
  readonly calendar: ReadCalendar
  /** The catalogues that the packs name, those with errors included. */
  readonly catalogueIds: readonly string[]
  /** Each one sentence with file, table, period and row; with any, the rules are not to be used. */
  readonly errors: readonly string[]
}

/**
 * Reads, checks and compiles every pack and the calendar of the rules folder. `giveWay` is called
 * between files and between packs, and may pause.
 */
export function readRules(rulesFolder: string, giveWay: () => void = () => {}): ReadRules {
  const { packs: loaded, problems, remains } = loadPacks(rulesFolder, giveWay)
  const { source, calendar, problems: inCalendar } = loadCalendar(rulesFolder)
  const found = [...problems, ...inCalendar]
  const compile = ({ source, hash, problemOf }: LoadedPack): Pack => {
    const { pack, faults } = compilePack(source, hash)
    found.push(...faults.map(problemOf))
    giveWay()
    return pack
  }
  for (const remain of remains) compile(remain)
  const packs = loaded.map((one) => ({
    source: one.source,
    pack: compile(one),
    locate: one.locate,
  }))
  const named = [...loaded, ...remains].map((one) => one.source.catalogue)
  return {
    packs,
    calendar: { source, hash: calendar.hash },
    catalogueIds: [...new Set(named)],
    errors: [
      ...new Set(found.sort(byPlace).map(({ message }) => message)),
      ...sharedDistricts(packs.map(({ pack }) => pack)),
    ],
  }
}

/** In the order in which somebody works through the files. */
function byPlace(one: PackProblem, other: PackProblem): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return (one.line ?? 0) - (other.line ?? 0)
}

/** Two packs may pool the same district only in different years. */
export function sharedDistricts(packs: readonly Pack[]): string[] {
  return packs.flatMap((pack, index) =>
    packs.slice(index + 1).flatMap((other) => {
      const shared = codesOf(pack).find((code) => codesOf(other).includes(code))
      const apart = pack.covers.until <= other.covers.from || other.covers.until <= pack.covers.from
      return shared === undefined || apart
        ? []
        : [`the packs ${pack.id} and ${other.id} both pool the district ${shared} at the same time`]
    }),
  )
}

/** The codes under which records and claims find the pack. */
function codesOf({ districts, districtAliases }: Pack): string[] {
  return [...districts.keys(), ...districtAliases.keys()]
}
