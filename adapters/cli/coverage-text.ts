import type { CareType } from '../../engine/claim/claim.ts'
import type {
  PackCoverage,
  PlanCoverage,
  RowCounts,
  SchemeCoverage,
  Stretch,
} from '../../engine/policy/coverage.ts'
import { type PackSource, STANDINGS, type WordsSource } from '../../engine/policy/pack.ts'
import type { Language } from '../words/words.ts'
import { COVERAGE_WORDS, type CoverageWords } from './coverage-words.ts'

/** A pack and what was counted in it. */
export interface CoveredPack {
  readonly source: PackSource
  readonly coverage: PackCoverage
}

/** All that is known of one pack, line by line. */
export function coverageText({ source, coverage }: CoveredPack, language: Language): string {
  const words = COVERAGE_WORDS[language]
  const lines = [
    `${source.id} ${source.title}${words.comma}${words.stretch(source.covers)}`,
    `  ${counted(coverage.rows, words)}`,
  ]
  for (const part of ['verified', 'leftOut'] as const) {
    const said = wordsIn(source.coverage?.[part], language)
    if (said !== undefined) lines.push(`  ${words[part]}${words.colon}${said}`)
  }
  for (const scheme of coverage.schemes) lines.push('', ...schemeLines(source, scheme, words))
  lines.push('', `  ${words.documents}${words.colon.trimEnd()}`)
  for (const { key, rows } of coverage.documents) {
    const { cite, title } = source.documents[key]!
    lines.push(`    ${cite} ${title}${words.colon}${counted(rows, words)}`)
  }
  return lines.join('\n')
}

function schemeLines(source: PackSource, scheme: SchemeCoverage, words: CoverageWords): string[] {
  const lines = [`  ${words.scheme(scheme.scheme)}${words.colon}${joinedIn(source, scheme, words)}`]
  for (const plan of scheme.plans) lines.push(...planLines(plan, words))
  if (scheme.withoutPlan.length > 0) {
    lines.push(`    ${words.refused}${words.colon}${listed(scheme.withoutPlan, words)}`)
  }
  return lines
}

function planLines(
  { careTypes, layers, rows, whollyAssumed }: PlanCoverage,
  words: CoverageWords,
): string[] {
  const lines = [`    ${listed(careTypes, words)}${words.colon}${counted(rows, words)}`]
  for (const { layer, paysNothing } of layers) {
    const nothing =
      paysNothing.length === 0
        ? ''
        : `${words.colon}${words.paysNothing} ${stretches(paysNothing, words)}`
    lines.push(`      ${words.layer(layer)}${nothing}`)
  }
  if (whollyAssumed.length > 0) {
    lines.push(`      ${words.whollyAssumed}${words.colon}${stretches(whollyAssumed, words)}`)
  }
  return lines
}

/** One table for all packs, as a README shows it. */
export function coverageTable(packs: readonly CoveredPack[], language: Language): string {
  const words = COVERAGE_WORDS[language]
  const rows = packs.map(({ source, coverage }) => [
    words.city(source),
    coverage.schemes.map((scheme) => careOf(scheme, words)).join('<br>'),
    [words.stretch(source.covers), ...laterIn(source, coverage, words)].join('<br>'),
    counted(coverage.rows, words),
    wordsIn(source.coverage?.verified, language) ?? '',
    wordsIn(source.coverage?.leftOut, language) ?? '',
  ])
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [words.columns, words.columns.map(() => '---'), ...rows].map(line).join('\n')
}

/** What packs call the layer with which a kind of care begins. */
const BASIC = 'basic'

/** Such as `residents: inpatient, outpatient; also serious illness`. */
function careOf({ scheme, plans }: SchemeCoverage, words: CoverageWords): string {
  const care = plans.flatMap(({ careTypes }) => careTypes)
  const further = plans
    .flatMap(({ layers }) => layers.map(({ layer }) => layer))
    .filter(({ id }) => id !== BASIC && !(care as string[]).includes(id))
  const also = [...new Set(further.map((layer) => words.shortLayer(layer)))].join(words.comma)
  const beside = also === '' ? '' : `${words.semicolon}${words.also}${also}`
  return `${words.scheme(scheme)}${words.colon}${listed(care, words)}${beside}`
}

/** Which districts of which schemes are not in the pool throughout. */
function laterIn(source: PackSource, { schemes }: PackCoverage, words: CoverageWords): string[] {
  return schemes.flatMap(({ scheme, joined }) => {
    const later = joined.filter((group) => !isThroughout(source, group))
    if (later.length === 0) return []
    const groups = later.map((group) => groupIn(source, group, words)).join(words.semicolon)
    return [`${words.scheme(scheme)}${words.colon}${groups}`]
  })
}

/** Since when which districts are in the pool. */
function joinedIn(source: PackSource, { joined }: SchemeCoverage, words: CoverageWords): string {
  const [only] = joined
  const all = Object.keys(source.districts).length
  if (joined.length === 1 && isThroughout(source, only!)) return words.allDistricts(all)
  return joined.map((group) => groupIn(source, group, words)).join(words.semicolon)
}

type Group = SchemeCoverage['joined'][number]

function groupIn(source: PackSource, group: Group, words: CoverageWords): string {
  const all = Object.keys(source.districts).length
  const names = group.districts.map((code) => source.districts[code]!)
  const who = names.length === all ? words.everyDistrict : words.districts(names, all)
  return group.stretches.length === 0
    ? `${who}${words.colon}${words.notJoined}`
    : words.pooled(who, stretches(group.stretches, words))
}

function isThroughout({ covers }: PackSource, { stretches: [first] }: Group): boolean {
  return first?.from === covers.from && first.until === covers.until
}

function counted(rows: RowCounts, words: CoverageWords): string {
  const all = STANDINGS.reduce((sum, standing) => sum + rows[standing], 0)
  const parts = STANDINGS.filter((standing) => rows[standing] > 0)
  const said = parts.map((standing) => `${rows[standing]} ${words.standing[standing]}`)
  return `${words.rows(all)}${said.length === 0 ? '' : `${words.colon}${said.join(words.comma)}`}`
}

function listed(careTypes: readonly CareType[], words: CoverageWords): string {
  return careTypes.map((one) => words.careType(one)).join(words.comma)
}

function stretches(list: readonly Stretch[], words: CoverageWords): string {
  return list.map((one) => words.stretch(one)).join(words.comma)
}

function wordsIn(said: WordsSource | undefined, language: Language): string | undefined {
  return said?.[language] ?? said?.en ?? said?.zh
}
