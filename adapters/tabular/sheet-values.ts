/** How the number in a cell is to be taken. */
export type NumberKind = 'number' | 'percent' | 'date'

/** Formats without a code of their own; those from 27 and from 50 are dates in Chinese spreadsheets. */
const DATE_FORMATS: readonly (readonly [first: number, last: number])[] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
]
const PERCENT_FORMATS = [9, 10]

/** What a number format makes of a number; `code` is set for the workbook's own formats. */
export function kindOfFormat(id: number, code: string | undefined): NumberKind {
  if (code === undefined) {
    if (DATE_FORMATS.some(([first, last]) => id >= first && id <= last)) return 'date'
    return PERCENT_FORMATS.includes(id) ? 'percent' : 'number'
  }
  // Texts, colours, conditions and single characters that are shown as they are.
  const bare = code.replace(/"[^"]*"|\[[^\]]*\]|[\\_*]./g, '')
  if (/general/i.test(bare)) return 'number'
  if (/[ymdhs]/i.test(bare)) return 'date'
  return bare.includes('%') ? 'percent' : 'number'
}

/**
 * A number as a spreadsheet shows it: at most 15 digits count, so that 0.1 + 0.2 is 0.3; a longer
 * one (an id that was not kept as text) has lost its last digits and is shown with an exponent. A
 * share of 10 % is `10%`, not 0.1, and a date YYYY-MM-DD.
 */
export function textOfNumber(value: number, kind: NumberKind, from1904: boolean): string {
  if (kind === 'percent') return `${digits(value * 100)}%`
  return (kind === 'date' ? textOfDate(value, from1904) : undefined) ?? digits(value)
}

function digits(value: number): string {
  const shown = Number(value.toPrecision(15))
  return Math.abs(shown) < 1e15 ? String(shown) : shown.toExponential()
}

const SECONDS_PER_DAY = 86_400
/** Day 0 of the system of 1900, as all spreadsheets count it from 1 March 1900 on. */
const DAY_ZERO_MS = Date.UTC(1899, 11, 30)
const DAYS_FROM_1900_TO_1904 = 1_462

function textOfDate(days: number, from1904: boolean): string | undefined {
  const seconds = Math.round((days + (from1904 ? DAYS_FROM_1900_TO_1904 : 0)) * SECONDS_PER_DAY)
  const date = new Date(DAY_ZERO_MS + seconds * 1_000)
  return Number.isNaN(date.getTime()) ? undefined : withoutMidnight(date.toISOString())
}

/** A day is a day; a time within it is not dropped, so that it is noticed. */
export function withoutMidnight(text: string): string {
  return text.replace(/T00:00(?::00(?:\.0+)?)?Z?$/, '')
}

/** Characters that XML cannot hold stand as _xHHHH_. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}
