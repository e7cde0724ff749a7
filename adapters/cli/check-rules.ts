import { compileCalendar } from '../../engine/calendar/calendar.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import type { PackSource } from '../../engine/policy/pack.ts'
import { leftOut } from '../../engine/policy/plan-defaults.ts'
import type { LoadedPack } from '../packs/load-pack.ts'
import { readRules } from '../packs/read-rules.ts'
import { calendarSummary, interfaceNotes, packSummary } from '../words/rules-summary.ts'
import { plainText } from './plain-text.ts'

export interface CheckOptions {
  /** Also list every assumed row, and what the plans say nothing about. */
  readonly assumed?: boolean
}

/** Prints what is wrong with the rules, or what they hold; the exit code. */
export function checkRules(folder: string, { assumed = false }: CheckOptions = {}): 0 | 1 {
  const { packs, calendar, errors } = readRules(folder)
  for (const error of errors) say(error)
  if (errors.length > 0) {
    say(`${errors.length} ${errors.length === 1 ? 'error' : 'errors'} in ${folder}`)
    return 1
  }
  for (const { pack, source, locate } of packs) {
    const zonesAndLayers = [
      ...assumedZones(pack),
      ...assumedYearSums(source),
      ...assumedLayers(source),
    ]
    if (assumed) [...zonesAndLayers, ...assumedRows(pack, locate), ...notesOn(source)].forEach(say)
    say(packSummary(pack))
    interfaceNotes(pack).forEach(say)
  }
  say(calendarSummary(compileCalendar(calendar.source, calendar.hash)))
  return 0
}

function say(line: string): void {
  process.stdout.write(`${plainText(line)}\n`)
}

/** Every row that rests on nothing but a choice made here, with the reason that is given for it. */
function assumedRows({ tables }: Pack, locate: LoadedPack['locate']): string[] {
  return tables.flatMap(({ name, periods }) =>
    periods.flatMap(({ from, until, marks }) =>
      marks.flatMap(({ standing, note }, row) => {
        if (standing !== 'assumed') return []
        const { file, line } = locate(name, from, row)
        const where = `table ${name}, ${from} until ${until}, row ${row + 1}`
        return [`${file}:${line}: assumed: ${where}: ${note}`]
      }),
    ),
  )
}

function assumedZones({ id, zones }: Pack): string[] {
  return zones
    .filter(({ standing }) => standing === 'assumed')
    .map((zone) => `${id}/pack.yaml: assumed: zone ${zone.id}: ${zone.note}`)
}

function assumedYearSums({ id, yearSums }: PackSource): string[] {
  if (yearSums?.standing !== 'assumed') return []
  return [
    `${id}/pack.yaml: assumed: the year's sums are those of the ${yearSums.of}: ${yearSums.note}`,
  ]
}

/** What a layer itself chooses (its base, its time, its bounds). */
function assumedLayers({ id, plans }: PackSource): string[] {
  return plans.flatMap(({ scheme, careTypes, layers }) =>
    layers.flatMap(({ id: layer, mark }) => {
      if (mark?.standing !== 'assumed') return []
      const name = `the plan ${scheme} (${careTypes.join(', ')}), layer ${layer}`
      return [`${id}/plans.yaml: assumed: ${name}: ${mark.note}`]
    }),
  )
}

/** The neutral meanings that stand where a plan says nothing: they rest on no clause, either. */
function notesOn({ id, plans }: PackSource): string[] {
  return plans.flatMap((plan) =>
    leftOut(plan).map(({ part, meaning }) => {
      const name = `the plan ${plan.scheme} (${plan.careTypes.join(', ')})`
      return `${id}/plans.yaml: note: ${name} says nothing about ${part}: ${meaning}`
    }),
  )
}
