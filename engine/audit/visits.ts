import { VisitBook } from '../counter/visit-book.ts'
import type { Entry, Subject } from '../ledger/entry.ts'
import type { StateStore } from '../ledger/ports.ts'
import type { Faults } from './fault.ts'

const SUBJECTS_PER_READ = 1_000

/**
 * Folds every visit from its events and its live settlements; a line may be in one of these at most.
 * `states` are those that the entries make. Returns how many visits there are.
 */
export async function verifyVisits(
  states: Pick<StateStore, 'state' | 'subjects'>,
  entry: (position: number) => Entry | undefined,
  faults: Faults,
): Promise<number> {
  const view = (subject: Subject) => {
    const { state, folded } = states.state(subject)
    return { state, asOf: folded }
  }
  const visits = new VisitBook({ entry, peek: view, load: async (subject) => view(subject) })
  let count = 0
  for (let after = ''; ; ) {
    const subjects = states.subjects('visit/', after, SUBJECTS_PER_READ)
    for (const subject of subjects) {
      count += 1
      const { version } = view(subject).state
      try {
        const { visit } = await visits.read(subject)
        const lines = visit?.settlements.flatMap(({ claim }) => claim.lines) ?? []
        if (lines.length === (visit?.settled.size ?? 0)) continue
        faults.add(version, 'visit', 'a line of the visit is in two live settlements')
      } catch (error) {
        faults.add(version, 'visit', `the visit does not fold: ${(error as Error).message}`)
      }
    }
    const last = subjects.at(-1)
    if (last === undefined) return count
    after = last
  }
}
