import { createRequire } from 'node:module'
import { join } from 'node:path'
import { projectRoot } from '../../adapters/cli/project-root.ts'
import {
  type Benefit,
  benefitQuestions,
  COVERED,
  type TableSize,
} from '../in-process/benefit-table.ts'
import type { ModeAttempt, Subject } from '../in-process/subject.ts'

/** Where the peers are installed, with a lockfile of their own. */
export const PEERS_FOLDER = join(projectRoot(), 'bench', 'peers')

/**
 * A peer's package. It is not among the project's dependencies and has no types here: the caller
 * states the few members that it uses.
 */
export function requirePeer<T>(name: string): T {
  return createRequire(join(PEERS_FOLDER, 'package.json'))(name) as T
}

export function peer(size: TableSize, modes: readonly ModeAttempt[]): Subject {
  return { count: benefitQuestions(size).length, timed: COVERED, modes }
}

/** The three figures out of whatever a peer wraps them in; null for "no row". */
export function benefitIn(value: unknown): Benefit | null {
  const { deductibleFen, ratePermyriad, capFen } = (value ?? {}) as Partial<Benefit>
  if (deductibleFen === undefined) return null
  return { deductibleFen, ratePermyriad: ratePermyriad!, capFen: capFen! }
}
