import type {
  Equation,
  EquationName,
  Expression,
  Rounding,
} from '../../engine/explain/arithmetic.ts'
import { percent, yuan } from './format.ts'
import { type Language, say, type Words } from './words.ts'

/** What an equation works out. */
export const EQUATION_WORDS: Readonly<Record<EquationName, Words>> = {
  base: ['本项计算基数', 'What this layer is about'],
  'base-in-band': ['落在费用区间内', 'Inside the band'],
  'base-within-cap': ['限额内的费用', 'Cost within the cap'],
  'deductible-borne': ['起付线内由个人承担', 'Borne up to the deductible'],
  eligible: ['起付线以上', 'Above the deductible'],
  'eligible-within-cap': ['限额以内', 'Within the cap on the cost'],
  stretches: ['按费用段或项目分开', 'By stretches or kinds of items'],
  share: ['按比例支付', 'Shared at the rate'],
  rounded: ['按规定取整', 'Rounded as the rule says'],
  'less-deductible': ['扣除起付线', 'Less the deductible'],
  'at-least-floor': ['不低于保底', 'At least the floor'],
  'within-cap': ['不超过剩余限额', 'At most what the cap leaves'],
  'no-visit-left': ['次数已用完', 'No visit is left that is paid for'],
  'within-what-is-left': ['不超过尚未支付的费用', 'At most what nobody has paid yet'],
  'of-standard': ['按定额标准支付', 'Of the standard sum'],
  'standard-less-owed': ['定额标准减个人应负担', 'The standard less what the patient owes'],
  'less-earlier-part': ['减上年度段已支付', 'Less what the earlier part was paid'],
  'above-ceiling': ['超出个人负担上限', 'Above what the patient bears at most'],
  'of-this-bill': ['以本次尚负担的费用为限', 'At most what is left of this bill'],
  total: ['医疗费总额', 'Total of the bill'],
  'total-paid': ['个人负担总额', 'Borne by the patient'],
  funds: ['基金支付总额', 'Paid by the funds'],
  patient: ['个人账户与现金', 'Account and cash'],
  step: ['计算', 'Worked out'],
}

const SMALLER: Words = ['较小者', 'the smaller of']
const LARGER: Words = ['较大者', 'the larger of']
const ROUNDED: Words = ['取整', 'rounded']
const ROUNDING_WORDS: Readonly<Record<Rounding, Words>> = {
  'half-up': ['四舍五入', 'half up'],
  down: ['舍去', 'down'],
  up: ['进位', 'up'],
}

/** `(10,000.00 − 300.00) × 60 % = 5,820.00`; a figure that nothing works out stands alone. */
export function equationText({ expression, result }: Equation, language: Language): string {
  const [left, right] = [expressionText(expression, language), expressionText(result, language)]
  return left === right ? right : `${left} = ${right}`
}

export function expressionText(expression: Expression, language: Language): string {
  if ('fen' in expression) return negativeInBrackets(yuan(expression.fen))
  if ('permyriad' in expression) return percent(expression.permyriad)
  if ('count' in expression) return String(expression.count)
  const text = (one: Expression) => expressionText(one, language)
  if ('plus' in expression) return expression.plus.map(text).join(' + ')
  if ('minus' in expression) {
    const [from, ...terms] = expression.minus
    return [text(from), ...terms.map((term) => inBrackets(term, text(term)))].join(' − ')
  }
  if ('times' in expression) {
    return expression.times.map((factor) => inBrackets(factor, text(factor))).join(' × ')
  }
  const named = (words: Words, ...parts: readonly string[]) =>
    language === 'zh'
      ? `${say(words, language)}（${parts.join('；')}）`
      : `${say(words, language)} (${parts.join('; ')})`
  if ('rounded' in expression) {
    const { rounded, toFen, rounding } = expression
    return named(ROUNDED, text(rounded), yuan(toFen), say(ROUNDING_WORDS[rounding], language))
  }
  return 'smaller' in expression
    ? named(SMALLER, ...expression.smaller.map(text))
    : named(LARGER, ...expression.larger.map(text))
}

function inBrackets(expression: Expression, text: string): string {
  return 'plus' in expression || 'minus' in expression ? `(${text})` : text
}

function negativeInBrackets(text: string): string {
  return text.startsWith('−') ? `(${text})` : text
}
