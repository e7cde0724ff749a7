import type { WorkingCalendar } from '../../engine/calendar/calendar.ts'
import { compilePack, type Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { loadCalendar } from './load-calendar.ts'
import { loadPacks } from './load-pack.ts'

export interface ReadRules {
  readonly packs: readonly { readonly source: PackSource; readonly pack: Pack }[]
  readonly calendar: WorkingCalendar
  /** Each one sentence with file, table, period and row; with any, the rules are not to be used. */
  readonly errors: readonly string[]
}

/** Reads, checks and compiles every pack and the calendar of the rules folder. */
export function readRules(rulesFolder: string): ReadRules {
  const { packs: sources, problems } = loadPacks(rulesFolder)
  const { calendar, problems: inCalendar } = loadCalendar(rulesFolder)
  const errors = [...problems, ...inCalendar].map(({ message }) => message)
  const packs = sources.map(({ source, hash, locate }) => {
    const { pack, faults } = compilePack(source, hash)
    for (const { table, from, row, message } of faults) {
      const { file, line } = locate(table, from, row)
      const place = line === undefined ? file : `${file}:${line}`
      const when = from === undefined ? '' : `, from ${from}`
      errors.push(`${place}: table ${source.id}/${table}${when}: ${message}`)
    }
    return { source, pack }
  })
  errors.push(...sharedDistricts(packs.map(({ pack }) => pack)))
  return { packs, calendar, errors }
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
