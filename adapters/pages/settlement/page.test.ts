import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Fraction from 'fraction.js'
import t from 'tap'
import { isLookup, type TraceStep } from '../../../engine/claim/decision.ts'
import type { ExplainedSettlement } from '../../../engine/counter/explain-settlement.ts'
import { unpackSettlement } from '../../../engine/counter/settlement-record.ts'
import { explain } from '../../../engine/explain/explanation.ts'
import type { Pack } from '../../../engine/policy/compile.ts'
import { readCase } from '../../../fixtures/case/case-format.ts'
import { packsOf } from '../../../fixtures/case/case-packs.ts'
import { runCase } from '../../../fixtures/case/run-case.ts'
import { AMOUNT_WORDS } from '../../words/amounts.ts'
import { COLUMN_WORDS } from '../../words/columns.ts'
import { FACT_WORDS } from '../../words/facts.ts'
import { yuan } from '../../words/format.ts'
import { noteWords } from '../../words/notes.ts'
import { LANGUAGES, type Language, say } from '../../words/words.ts'
import { settlementPage } from './page.tsx'

/**
 * Every settlement of the shipped cases as a page in both languages. The arithmetic is read off the
 * page as a person would and worked out again with exact fractions, by nothing of the engine.
 */
const CASES = 'fixtures/cases'

t.test('every settlement of the cases', async (t) => {
  let settlements = 0
  let equations = 0
  for (const file of readdirSync(CASES).filter((name) => name.endsWith('.yaml'))) {
    const theCase = readCase(join(CASES, file))
    const outcomes = await runCase(theCase)
    const wrong: string[] = []
    for (const { name, entry, position = 0 } of outcomes) {
      if (entry?.kind !== 'settlement') continue
      const packs = packsOf(theCase)
      const byHash = (hash: string) => packs.find((one) => one.hash === hash)
      const { claim, decision, requestId } = unpackSettlement(entry, byHash)
      const pack = byHash(decision.packHash)!
      const of: ExplainedSettlement = {
        ...explain(claim, decision, pack),
        settlementId: `S${position}`,
        position,
        requestId,
        settledAt: '2026-01-01T00:00:00.000+08:00',
        knownAt: '2026-01-01T00:00:00.000+08:00',
        settledBy: entry.source,
      }
      settlements++
      const say = (fault: string) => wrong.push(`${name}: ${fault}`)
      for (const fault of withoutLabel(of, pack)) say(fault)
      for (const step of decision.trace) if (!isDerivable(step)) say(`not derivable: ${step.step}`)
      for (const language of LANGUAGES) {
        const checked = checkPage(settlementPage(of, language), of, language)
        equations += checked.equations
        for (const fault of checked.faults) say(`${language}: ${fault}`)
      }
    }
    t.same(wrong, [], file)
  }
  t.comment(`${settlements} settlements, ${equations} equations`)
  t.ok(settlements > 500)
})

/** Whether what is left of a deductible follows from what its own row says, and from nothing else. */
function isDerivable({ step, inputs, result }: TraceStep): boolean {
  if (step !== 'deductible-left') return true
  const { raisedFen, borneFen, limitFen, transferFen = 0 } = inputs as Record<string, number>
  const { transfer } = inputs as Record<string, unknown>
  const asked = transfer === 'none' ? 0 : raisedFen! - (transfer === 'difference' ? transferFen : 0)
  const left = Math.min(Math.max(0, Math.max(0, asked) - borneFen!), limitFen ?? Infinity)
  return result['deductibleFen'] === left
}

/** Names that would be shown raw: a pack's own facts may, nothing else. */
function withoutLabel({ sections }: ExplainedSettlement, pack: Pack): string[] {
  const ownFacts = new Set([
    ...pack.attributes.person.map(([name]) => name),
    ...pack.attributes.institution.map(([name]) => name),
    ...pack.attributes.claim.map(([name]) => name),
    ...pack.derived.map(({ fact }) => fact),
  ])
  const isKnown = (name: string, words: object) => Object.hasOwn(words, name) || ownFacts.has(name)
  return sections.flatMap(({ steps }) =>
    steps.flatMap(({ step, rule, inputs, result }) => {
      const named = (name: string, words: object) =>
        rule === undefined
          ? noteWords(name) !== undefined || ownFacts.has(name)
          : isKnown(name, words)
      return [
        ...inputs.filter(([name]) => !named(name, FACT_WORDS)),
        ...result.filter(([name]) => !named(name, COLUMN_WORDS)),
      ].map(([name]) => `${step} has no label for ${name}`)
    }),
  )
}

function checkPage(html: string, of: ExplainedSettlement, language: Language) {
  const faults: string[] = []
  const { decision } = of
  if (!html.includes(`<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">`)) faults.push('lang')
  if (/undefined|NaN|\[object|Infinity/.test(html)) faults.push('something that is no text')
  let equations = 0
  const check = (text: string): string => {
    equations++
    const [left = '', right = left] = text.split(' = ')
    const isRate = right.endsWith('%')
    const worked = workedOut(left).round(isRate ? 6 : 2)
    if (!worked.equals(workedOut(right))) faults.push(`${text}, but it is ${worked.toString()}`)
    return right
  }

  const articles = [...html.matchAll(/<article[^>]*data-fund="(\d+)">(.*?)<\/article>/gs)]
  if (articles.length !== decision.funds.length) faults.push('not every fund is there')
  for (const [index, fund] of decision.funds.entries()) {
    const chain = equationsIn(articles[index]?.[2] ?? '')
    const results = chain.map(check)
    const last = results.at(-1) ?? (fund.reason?.code === 'does-not-apply' ? '0.00' : 'nothing')
    if (last !== yuan(fund.payFen)) faults.push(`${fund.layer} ends in ${last}`)
    for (const [at, text] of chain.entries()) {
      const before = results.slice(0, at)
      // Each goes on from a figure that was worked out before it, or from its stretches.
      const stretches = chain[at - 1]?.split(' = ')[0]?.split(' + ') ?? []
      const figures: readonly string[] = text.match(/[\d,]+\.\d\d/g) ?? []
      const goesOn = [...before, ...stretches].some((figure) => figures.includes(figure))
      // A figure alone is one that the record gives.
      if (at > 0 && text.includes(' = ') && !goesOn)
        faults.push(`${fund.layer}: ${text} comes from nowhere`)
    }
  }
  const sums = html.slice(
    html.indexOf('</article>'),
    html.indexOf('<section aria-labelledby="steps"'),
  )
  for (const text of equationsIn(sums.slice(sums.lastIndexOf('</article>')))) check(text)

  const rows = [...html.matchAll(/<tr data-step="([^"]*)">(.*?)<\/tr>/gs)]
  const shown = rows.map(([, step]) => step)
  const expected = decision.trace.map(({ step }) => step)
  if (shown.join() !== expected.join()) faults.push('the steps are not those of the trace')
  for (const [index, step] of decision.trace.entries()) {
    const row = rows[index]?.[2] ?? ''
    for (const text of equationsIn(row)) check(text)
    if (!row.includes(escaped(basisOf(step, language)))) {
      faults.push(`${index + 1} ${step.step} does not say what it rests on`)
    }
    if (!isLookup(step) && /(限额名称：|cap: )[a-z]/.test(row)) {
      faults.push(`${index + 1} ${step.step} names a cap by its id`)
    }
  }

  const slip = html.slice(
    html.indexOf('aria-labelledby="slip"'),
    html.indexOf('aria-labelledby="lines"'),
  )
  for (const [name, amount] of Object.entries(decision.amounts)) {
    if (name === 'deductibleFen' || (name === 'hospitalFen' && amount === 0)) continue
    const label = escaped(say(AMOUNT_WORDS[name as keyof typeof AMOUNT_WORDS], language))
    const row = `<th scope="row">${label}</th><td class="money">${yuan(amount)}</td>`
    if (!slip.includes(row)) faults.push(`the slip does not say ${name}`)
  }
  return { faults, equations }
}

function basisOf(step: TraceStep, language: Language): string {
  const zh = language === 'zh'
  if (!isLookup(step)) return zh ? '由以上各步计算' : 'worked out from the steps above'
  const { standing, reference } = step.period.marks[step.row]!
  if (standing !== 'assumed') return reference!
  return zh ? '假定，非该市规定' : "assumed, not the city's rule"
}

/** As they stand in a cell of their own. */
function equationsIn(html: string): string[] {
  return [...html.matchAll(/class="equation">([^<]*)</g)].map(([, text = '']) => text)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

/** What an expression as printed comes to, exactly. */
function workedOut(text: string): Fraction {
  const tokens = text.match(
    /较小者|较大者|取整|the smaller of|the larger of|rounded|四舍五入|舍去|进位|half up|down|up|[\d,]+(?:\.\d+)?(?: %)?|[()（）；;+×−]/g,
  )
  const withoutSpace = (one: string) => one.replaceAll(' ', '')
  if (tokens === null || withoutSpace(tokens.join('')) !== withoutSpace(text)) {
    throw new Error(`cannot read ${text}`)
  }
  const rest: string[] = [...tokens]
  const isNext = (...wanted: string[]) => wanted.includes(rest[0]!)
  const sum = (): Fraction => {
    let value = product()
    while (isNext('+', '−')) {
      value = rest.shift() === '+' ? value.add(product()) : value.sub(product())
    }
    return value
  }
  const product = (): Fraction => {
    let value = factor()
    while (isNext('×')) {
      rest.shift()
      value = value.mul(factor())
    }
    return value
  }
  const factor = (): Fraction => {
    const token = rest.shift()!
    if (token === '−') return factor().neg()
    if (token === '(') {
      const value = sum()
      rest.shift()
      return value
    }
    const percent = token.endsWith(' %')
    const isFigure = /^\d/.test(token)
    if (isFigure) {
      const figure = new Fraction(token.replaceAll(',', '').replace(' %', ''))
      return percent ? figure.div(100) : figure
    }
    rest.shift()
    const one = sum()
    rest.shift()
    const other = sum()
    let value = one
    if (token === '较小者' || token === 'the smaller of')
      value = one.compare(other) < 0 ? one : other
    else if (token === '较大者' || token === 'the larger of') {
      value = one.compare(other) > 0 ? one : other
    } else {
      rest.shift()
      value = roundedTo(one.round(2).div(other), rest.shift()!).mul(other)
    }
    rest.shift()
    return value
  }
  return sum()
}

function roundedTo(quotient: Fraction, way: string): Fraction {
  if (way === '舍去' || way === 'down') return quotient.floor()
  return way === '进位' || way === 'up' ? quotient.ceil() : quotient.round()
}
