import type { Scale } from '../../fixtures/world.ts'
import type { TableSize } from './benefit-table.ts'
import type { Subject } from './subject.ts'

/** Everything that is timed in a process of its own; code is loaded by the process that runs it. */
export const SUBJECTS = {
  'compiled pack': async ({ size }: OfTable) =>
    (await import('./compiled-pack.ts')).compiledPack(size),
  'hand-written': async () => (await import('./hand-written.ts')).handWritten(),
  'zen-engine': async ({ size }: OfTable) =>
    (await import('../peers/zen-engine.ts')).zenEngine(size),
  'json-rules-engine': async ({ size }: OfTable) =>
    (await import('../peers/json-rules-engine.ts')).jsonRulesEngine(size),
  'json-logic-engine': async ({ size }: OfTable) =>
    (await import('../peers/json-logic-engine.ts')).jsonLogicEngine(size),
  'node-rules': async ({ size }: OfTable) =>
    (await import('../peers/node-rules.ts')).nodeRules(size),
  'dmn-eval-js': async ({ size }: OfTable) =>
    (await import('../peers/dmn-eval-js.ts')).dmnEvalJs(size),
  'ten lines': async ({ scale }: OfWorld) =>
    (await import('./ten-line-decisions.ts')).tenLineDecisions(scale),
  'many lines': async ({ scale }: OfWorld) =>
    (await import('./growing-claims.ts')).growingClaims(scale),
} as const satisfies Readonly<Record<string, (options: never) => Promise<Subject>>>

export interface OfTable {
  readonly size: TableSize
}
export interface OfWorld {
  readonly scale: Scale
}

export type SubjectName = keyof typeof SUBJECTS
export type OptionsOf<Name extends SubjectName> =
  Parameters<(typeof SUBJECTS)[Name]> extends [infer Options] ? Options : Record<string, never>

export const PEERS = [
  'zen-engine',
  'json-rules-engine',
  'json-logic-engine',
  'node-rules',
  'dmn-eval-js',
] as const satisfies readonly SubjectName[]
