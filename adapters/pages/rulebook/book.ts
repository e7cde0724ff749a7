import type { TraceAnswer } from '../../../engine/counter/answer.ts'
import type { Explanation } from '../../../engine/explain/explanation.ts'
import type { PackCoverage } from '../../../engine/policy/coverage.ts'
import type { ReadPack } from '../../packs/read-rules.ts'
import type { Language } from '../../words/words.ts'

/** A city as its page shows it. */
export interface BookOfCity extends ReadPack {
  readonly coverage: PackCoverage
  /** By the position of the plan in the pack: the case that shows most of it. */
  readonly examples: ReadonlyMap<number, WorkedExample>
  /** By the name of the table: a case that reads it. */
  readonly readings: ReadonlyMap<string, TableReading>
}

/** Where an example comes from. */
export interface CaseStep {
  readonly file: string
  readonly title: string
  readonly step: string
}

/** A settlement of a conformance case, as the engine decides it. */
export interface WorkedExample extends CaseStep {
  /** What the case says about the arithmetic. */
  readonly why?: string
  /** Where the case's figures come from. */
  readonly source: string
  readonly explained: Explanation
}

/** One look-up in a table. */
export interface TableReading extends CaseStep {
  readonly found: TraceAnswer
}

/** What every part of a page is given. */
export interface BookProps {
  readonly of: BookOfCity
  readonly language: Language
}

export function planAnchor(index: number): string {
  return `plan-${index + 1}`
}

export function tableAnchor(table: string): string {
  return `table-${table.replace('/', '-')}`
}
