import { coverageOf } from '../../engine/policy/coverage.ts'
import { readRules } from '../packs/read-rules.ts'
import type { Language } from '../words/words.ts'
import { coverageTable, coverageText } from './coverage-text.ts'

export interface CoverageOptions {
  /** One table for all packs, as a README shows it. */
  readonly markdown?: boolean
  readonly lang: Language
}

/** What every pack of the folder covers, in words. Throws with all errors if the rules have any. */
export function rulesCoverage(folder: string, { markdown = false, lang }: CoverageOptions): string {
  const { packs, errors } = readRules(folder)
  if (errors.length > 0) throw new Error(`the rules have errors:\n${errors.join('\n')}`)
  const covered = packs.map(({ source, pack }) => ({ source, coverage: coverageOf(source, pack) }))
  if (markdown) return coverageTable(covered, lang)
  return covered.map((one) => coverageText(one, lang)).join('\n\n\n')
}
