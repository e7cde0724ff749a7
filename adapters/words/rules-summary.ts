import type { WorkingCalendar } from '../../engine/calendar/calendar.ts'
import type { Pack } from '../../engine/policy/compile.ts'
import { FUNDS, STANDINGS } from '../../engine/policy/pack.ts'

/** How many rows of which standing: what a policy officer still has to find sources for. */
export function packSummary({ id, title, covers, hash, tables }: Pack): string {
  const marks = tables.flatMap(({ periods }) => periods.flatMap((period) => period.marks))
  const counts = STANDINGS.map(
    (standing) => `${marks.filter((mark) => mark.standing === standing).length} ${standing}`,
  )
  const rows = `${marks.length} rows in ${tables.length} tables: ${counts.join(', ')}`
  return `${id} ${title}, ${covers.from} until ${covers.until}, ${hash.slice(0, 12)}: ${rows}`
}

/** What hospitals and integrators would stumble over: no national interface, a fund of another name. */
export function interfaceNotes({ id, plans, nhsa }: Pack): string[] {
  const funds = new Set(plans.flatMap(({ layers }) => layers.map(({ fund }) => fund)))
  const unknown = [...funds].filter((fund) => !FUNDS.includes(fund))
  return [
    ...unknown.map(
      (fund) =>
        `${id}: the fund ${fund} is a name that integrators do not know; known are ${FUNDS.join(', ')}`,
    ),
    ...(nhsa === undefined
      ? [`${id}: no nhsa.yaml, so hospitals on the national interface are refused for its people`]
      : []),
  ]
}

/** Which years there are, and what they rest on. */
export function calendarSummary({ hash, years }: WorkingCalendar): string {
  if (years.size === 0) return 'calendar of working days: none, so that none can be counted'
  const numbers = [...years.keys()].sort((a, b) => a - b)
  const assumed = [...years.values()].filter(({ standing }) => standing === 'assumed').length
  const counts = `${years.size - assumed} published, ${assumed} assumed`
  return `calendar of working days, ${numbers[0]} to ${numbers.at(-1)}, ${hash.slice(0, 12)}: ${years.size} years: ${counts}`
}
