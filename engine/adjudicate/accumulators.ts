import type { CivilDate } from '../claim/claim.ts'
import type { UsageScope } from '../policy/usage-scopes.ts'

/**
 * The name of a benefit year, `2024`, or `2024-from-09` where it begins in another month than January:
 * a school year and the calendar year of its number are two years.
 */
export function yearName(year: number, startsInMonth = 1): string {
  if (startsInMonth === 1) return String(year)
  return `${year}-from-${String(startsInMonth).padStart(2, '0')}`
}

/** When usage counts: the benefit year, the day of care, and the disease that it is about. */
export interface UsageTime {
  /** The name of the benefit year: see `yearName`. */
  readonly year: string
  readonly day: CivilDate
  readonly diseaseCode: string
}

/** What of a benefit is added up; amounts in fen, visits as a count. */
export type Usage = 'paid' | 'deductible' | 'base' | 'visits'

/** The name under which a person's usage adds up: of the benefit year, or of a narrower scope. */
export function usageAccumulator(
  usage: Usage,
  fund: string,
  benefit: string,
  time: UsageTime,
  scope: UsageScope | 'year' = 'year',
): string {
  const within = WITHIN[scope](time)
  const name = nameOf(within, fund, usage, benefit)
  return scope.startsWith('disease') ? `${name}@${time.diseaseCode}` : name
}

type NamesByBenefit = Map<string, string>

/**
 * Names that were put together before, by stretch of time, fund, usage and benefit: a decision asks
 * for a dozen, and a new string costs more, to make and to find anything by, than these look-ups.
 */
const names = new Map<string, Map<string, Record<Usage, NamesByBenefit>>>()
/** Days and months are no end of stretches; so many are kept. */
const STRETCHES_MAX = 500

function nameOf(within: string, fund: string, usage: Usage, benefit: string): string {
  let byFund = names.get(within)
  if (byFund === undefined) {
    if (names.size >= STRETCHES_MAX) names.clear()
    byFund = new Map()
    names.set(within, byFund)
  }
  let byUsage = byFund.get(fund)
  if (byUsage === undefined) {
    byUsage = { paid: new Map(), deductible: new Map(), base: new Map(), visits: new Map() }
    byFund.set(fund, byUsage)
  }
  const known = byUsage[usage].get(benefit)
  if (known !== undefined) return known
  const made = `${within}/${fund}/${usage}/${benefit}`
  byUsage[usage].set(benefit, made)
  return made
}

const year = (time: UsageTime) => time.year
const month = ({ day }: UsageTime) => day.slice(0, 7)
const quarter = ({ day }: UsageTime) =>
  `${day.slice(0, 4)}-q${Math.ceil(Number(day.slice(5, 7)) / 3)}`
const halfYear = ({ day }: UsageTime) =>
  `${day.slice(0, 4)}-h${Number(day.slice(5, 7)) > 6 ? 2 : 1}`
const lifetime = () => 'lifetime'

/** How the stretch of time that a scope adds up begins an accumulator's name. */
const WITHIN: Readonly<Record<UsageScope | 'year', (time: UsageTime) => string>> = {
  year,
  day: ({ day }) => day,
  month,
  quarter,
  'half-year': halfYear,
  lifetime,
  disease: year,
  'disease-month': month,
  'disease-quarter': quarter,
  'disease-half-year': halfYear,
  'disease-lifetime': lifetime,
}

/** The number of unreversed stays of the benefit year; of those among them that are named. */
export function staysAccumulator(year: string, among?: string): string {
  return among === undefined ? `${year}/stays` : `${year}/stays/${among}`
}

/** The in-scope amount of the year's bills, by scheme. */
export function inScopeAccumulator(year: string, scheme: string): string {
  return `${year}/in-scope/${scheme}`
}

/** How often an invoice is claimed: once, or not at all. */
export const CLAIMED = 'claimed'

/** What the account holds; it has no year. */
export const BALANCE = 'balance'
