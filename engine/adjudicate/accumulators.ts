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

/** Where and when usage counts: whose year, the day of care, and the disease that it is about. */
export interface UsageTime {
  /** The pack whose sums these are; empty where they are the person's, whichever city insures them. */
  readonly city: string
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
  const name = nameOf(time.city, within, fund, usage, benefit)
  return scope.startsWith('disease') ? `${name}@${time.diseaseCode}` : name
}

type NamesByBenefit = Map<string, string>

/**
 * Names that were put together before, by city, stretch of time, fund, usage and benefit: a decision
 * asks for a dozen, and a new string costs more, to make and to find anything by, than these look-ups.
 */
const names = new Map<string, Map<string, Map<string, Record<Usage, NamesByBenefit>>>>()
/** Days and months are no end of stretches; so many of a city are kept. */
const STRETCHES_MAX = 500

function nameOf(city: string, within: string, fund: string, usage: Usage, benefit: string): string {
  let byStretch = names.get(city)
  if (byStretch === undefined) {
    byStretch = new Map()
    names.set(city, byStretch)
  }
  let byFund = byStretch.get(within)
  if (byFund === undefined) {
    if (byStretch.size >= STRETCHES_MAX) byStretch.clear()
    byFund = new Map()
    byStretch.set(within, byFund)
  }
  let byUsage = byFund.get(fund)
  if (byUsage === undefined) {
    byUsage = { paid: new Map(), deductible: new Map(), base: new Map(), visits: new Map() }
    byFund.set(fund, byUsage)
  }
  const known = byUsage[usage].get(benefit)
  if (known !== undefined) return known
  const made = `${of(city)}${within}/${fund}/${usage}/${benefit}`
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

type Year = Pick<UsageTime, 'city' | 'year'>

/** The number of unreversed stays of the benefit year; of those among them that are named. */
export function staysAccumulator({ city, year }: Year, among?: string): string {
  const all = `${of(city)}${year}/stays`
  return among === undefined ? all : `${all}/${among}`
}

/** The in-scope amount of the year's bills, by scheme. */
export function inScopeAccumulator({ city, year }: Year, scheme: string): string {
  return `${of(city)}${year}/in-scope/${scheme}`
}

/** What stands before the names of a city's own sums; no other name has it. */
function of(city: string): string {
  return city === '' ? '' : `${city}:`
}

/** The city whose sum it is by its name; empty where it is the person's. */
export function cityOf(accumulator: string): string {
  const colon = accumulator.indexOf(':')
  // The id of a disease may have one, too, behind the stretch of time.
  const isTheirs = colon === -1 || accumulator.lastIndexOf('/', colon) !== -1
  return isTheirs ? '' : accumulator.slice(0, colon)
}

/** The name without the city whose sum it is. */
export function withoutCity(accumulator: string): string {
  return accumulator.slice(of(cityOf(accumulator)).length)
}

/** Diseases and days are no end of names; so many of a pack are kept. */
const OTHER_NAMES_MAX = 5_000
const otherNames = new Map<string, Map<string, string>>()

/**
 * The same sum of a pack's year under its other name, as sums of both forms count: what was booked
 * before the pack said that they are the city's own, and since, should it go back to what it said.
 */
export function otherName(packId: string, accumulator: string): string {
  let known = otherNames.get(packId)
  if (known === undefined) {
    known = new Map()
    otherNames.set(packId, known)
  }
  const found = known.get(accumulator)
  if (found !== undefined) return found
  const own = of(packId)
  const other = accumulator.startsWith(own) ? accumulator.slice(own.length) : own + accumulator
  if (known.size >= OTHER_NAMES_MAX) known.clear()
  known.set(accumulator, other)
  return other
}

/** How often an invoice is claimed: once, or not at all. */
export const CLAIMED = 'claimed'

/** What the account holds; it has no year. */
export const BALANCE = 'balance'
