import type { CivilDate } from '../../engine/claim/claim.ts'
import type { Value } from '../../engine/policy/table.ts'
import { codeText } from './codes.ts'
import { type Language, say, type Words } from './words.ts'

/** Fen as yuan with thousands apart: `1234567` → `12,345.67`. Exact: no binary fraction. */
export function yuan(fen: number): string {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',')
  return `${fen < 0 ? '−' : ''}${whole}.${digits.slice(-2)}`
}

/** Permyriad as percent: `6000` → `60 %`, `833.33` → `8.3333 %`; four places at most. */
export function percent(permyriad: number): string {
  const millionths = Math.round(Math.abs(permyriad) * 100)
  const places = String(millionths % 10_000)
    .padStart(4, '0')
    .replace(/0+$/, '')
  const whole = Math.floor(millionths / 10_000)
  return `${permyriad < 0 ? '−' : ''}${whole}${places === '' ? '' : `.${places}`} %`
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** `YYYY-MM-DD` as people write it. */
export function dateText(date: CivilDate, language: Language): string {
  const [year = '', month = '', day = ''] = date.split('-')
  if (language === 'zh') return `${year}年${Number(month)}月${Number(day)}日`
  return `${Number(day)} ${MONTHS[Number(month) - 1]} ${year}`
}

/** A time in China as chinaTime writes it, to the second. */
export function timeText(time: string, language: Language): string {
  return `${dateText(time.slice(0, 10), language)} ${time.slice(11, 19)}`
}

/** `[from, until)`, as the days that it covers are written: from a day, before another. */
export function periodText(from: CivilDate, until: CivilDate, language: Language): string {
  const [first, end] = [dateText(from, language), dateText(until, language)]
  return language === 'zh' ? `${first}起，至${end}前` : `from ${first}, before ${end}`
}

const YES: Words = ['是', 'yes']
const NO: Words = ['否', 'no']

/**
 * A value of a fact, a column or a step, in the unit that its name says: `…Fen` is money, `…Permyriad`
 * a share, a text a code or a date.
 */
export function valueText(name: string, value: Value, language: Language): string {
  if (typeof value === 'boolean') return say(value ? YES : NO, language)
  if (typeof value === 'string') {
    return /^\d{4}-\d\d-\d\d$/.test(value)
      ? dateText(value, language)
      : codeText(name, value, language)
  }
  if (name.endsWith('Fen') || name === 'before') return yuan(value)
  return name.endsWith('Permyriad') ? percent(value) : String(value)
}
