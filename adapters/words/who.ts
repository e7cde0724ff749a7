import type { AxisValue } from '../../engine/difference/axes.ts'
import type { ColumnType } from '../../engine/policy/pack.ts'
import type { Value } from '../../engine/policy/table.ts'
import { codeText } from './codes.ts'
import { percent, valueText, yuan } from './format.ts'
import { factLabel } from './notes.ts'
import { type Language, say, type Words } from './words.ts'

/** The names of districts, by their codes. */
export type Districts = Readonly<Record<string, string>>

const OTHERS: Words = ['其他', 'any other']
const YUAN: Words = ['元', ' yuan']
const UNITS: Readonly<Record<string, Words>> = {
  months: ['个月', ' months'],
  days: ['天', ' days'],
}

/** A figure of a table with its unit: `50 %`, `300.00 yuan`, `6 months`. */
export function figureText(
  column: string,
  value: Value,
  type: ColumnType | undefined,
  language: Language,
): string {
  if (typeof value !== 'number') return valueText(column, value, language)
  if (type === 'fen') return `${yuan(value)}${say(YUAN, language)}`
  if (type === 'permyriad' || type === 'factor') return percent(value)
  const unit = UNITS[String(type)]
  return `${value}${unit === undefined ? '' : say(unit, language)}`
}

/** Some values of a fact: `1, 2`, `18 to 59`, `60 and over`, districts by their names. */
export function valuesText(
  fact: string,
  values: readonly AxisValue[],
  language: Language,
  districts: Districts = {},
): string {
  return values
    .map((value) => oneText(fact, value, language, districts))
    .join(language === 'zh' ? '、' : ', ')
}

function oneText(fact: string, one: AxisValue, language: Language, districts: Districts): string {
  if ('unlisted' in one) return say(OTHERS, language)
  if ('value' in one) {
    const name = districts[String(one.value)]
    if (fact.endsWith('District') && name !== undefined) return name
    return typeof one.value === 'string'
      ? codeText(fact, one.value, language)
      : valueText(fact, one.value, language)
  }
  return stretchText(fact, one, language)
}

/** A stretch of whole numbers; of money, which is not counted, up to a bound. */
function stretchText(
  fact: string,
  { from, below }: { readonly from?: number; readonly below?: number },
  language: Language,
): string {
  const number = (value: number) => valueText(fact, value, language)
  const isZh = language === 'zh'
  if (from === undefined || (from === 0 && below !== undefined)) {
    return isZh ? `不足 ${number(below!)}` : `below ${number(below!)}`
  }
  if (below === undefined) return isZh ? `${number(from)} 及以上` : `${number(from)} and over`
  if (below === from + 1) return number(from)
  if (!fact.endsWith('Fen')) {
    return isZh
      ? `${number(from)} 至 ${number(below - 1)}`
      : `${number(from)} to ${number(below - 1)}`
  }
  return isZh
    ? `${number(from)} 至不足 ${number(below)}`
    : `${number(from)} to below ${number(below)}`
}

/** A fact with some of its values. */
export function whoText(
  fact: string,
  values: readonly AxisValue[],
  language: Language,
  districts: Districts = {},
): string {
  const text = valuesText(fact, values, language, districts)
  return language === 'zh'
    ? `${factLabel(fact, language)}：${text}`
    : `${factLabel(fact, language)} ${text}`
}
