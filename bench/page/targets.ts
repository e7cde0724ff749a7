import type { KeyResult, Target } from '../scenario.ts'
import { SCENARIOS } from '../scenarios.ts'
import { isMet } from '../target.ts'

export type Verdict = 'met' | 'missed' | 'no target' | 'no figure'

const SCENARIO_OF = new Map(SCENARIOS.map((scenario) => [scenario.name, scenario]))

/** The keys of all scenarios, measured or not. */
export const KEYS: readonly string[] = [...SCENARIO_OF.keys()]

/** What the key compares, in a few words. */
export function titleOf(name: string): string {
  return SCENARIO_OF.get(name)?.title ?? ''
}

export function targetOf(name: string): Target | undefined {
  return SCENARIO_OF.get(name)?.target
}

/** The one figure that a key is judged by; NaN when the file has none. */
export function figureOf(result: KeyResult): number {
  const figure: unknown = 'ratio' in result ? result.ratio : (result as { value?: unknown }).value
  return typeof figure === 'number' ? figure : Number.NaN
}

export function verdictOn(name: string, result: KeyResult | undefined): Verdict {
  if (result === undefined || !Number.isFinite(figureOf(result))) return 'no figure'
  const target = targetOf(name)
  if (target === undefined) return 'no target'
  return isMet(target, result) ? 'met' : 'missed'
}
