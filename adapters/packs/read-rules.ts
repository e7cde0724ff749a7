import type { CalendarSource } from '../../engine/calendar/calendar.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { loadCalendar } from './load-calendar.ts'
import { type LoadedPack, loadPacks } from './load-pack.ts'

/** A pack as it was written, and compiled. */
export interface ReadPack {
  readonly source: PackSource
  readonly pack: Pack
}

/** The calendar of working days as it was written. */
export interface ReadCalendar {
  readonly source: CalendarSource
  readonly hash: string
}

export interface ReadRules {
  readonly packs: readonly ReadPack[]
  readonly calendar: ReadCalendar
  /** The catalogues that the packs name, those with errors included. */
  readonly catalogueIds: readonly string[]
  /** Each one sentence with file, table, period and row; with any, the rules are not to be used. */
  readonly errors: readonly string[]
}

/** Reads, checks and compiles every pack and the calendar of the rules folder. */
export function readRules(rulesFolder: string): ReadRules {
  const { packs: loaded, problems, remains } = loadPacks(rulesFolder)
  const { source, calendar, problems: inCalendar } = loadCalendar(rulesFolder)
  const errors = [...problems, ...inCalendar].map(({ message }) => message)
  for (const remain of remains) errors.push(...compile(remain).faults)
  const packs = loaded.map((one) => {
    const { pack, faults } = compile(one)
    errors.push(...faults)
    return { source: one.source, pack }
  })
  errors.push(...sharedDistricts(packs.map(({ pack }) => pack)))
  const named = [...loaded, ...remains].map((one) => one.source.catalogue)
  return {
    packs,
    calendar: { source, hash: calendar.hash },
    catalogueIds: [...new Set(named)],
    errors,
  }
}

function compile({ source, hash, locate }: LoadedPack): { pack: Pack; faults: string[] } {
  const { pack, faults } = compilePack(source, hash)
  return {
    pack,
    faults: faults.map(({ table, from, row, message }) => {
      const { file, line } = locate(table, from, row)
      const place = line === undefined ? file : `${file}:${line}`
      const when = from === undefined ? '' : `, from ${from}`
      return `${place}: table ${source.id}/${table}${when}: ${message}`
    }),
  }
}

/** Two packs may pool the same district only in different years. */
export function sharedDistricts(packs: readonly Pack[]): string[] {
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
