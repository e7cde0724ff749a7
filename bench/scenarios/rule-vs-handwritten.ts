import { assertAgreement } from '../in-process/agreement.ts'
import { startContestant } from '../in-process/contestant.ts'
import { againstFloor } from '../in-process/ratio.ts'
import { type Entrant, measureRounds } from '../in-process/rounds.ts'
import type { Scenario } from '../scenario.ts'

/** The benefit decision out of 12 rows, against a function written for these 12 rows. */
export const ruleVsHandwritten: Scenario = {
  name: 'rule_vs_handwritten',
  title: 'a benefit decision out of 12 rows over a function written for them',
  target: { atLeast: 0.2 },
  suites: ['smoke', 'quick', 'full'],
  async run(context) {
    const pack = await startContestant(context, 'compiled pack', { size: 12 })
    const byHand = await startContestant(context, 'hand-written', {})
    const answersCompared = await assertAgreement(pack, [byHand])
    const ours: Entrant = { contestant: pack, mode: pack.modes[0]! }
    const floor: Entrant = { contestant: byHand, mode: byHand.modes[0]! }
    const speeds = await measureRounds(context, [floor, ours])
    return againstFloor(speeds.get(floor)!, speeds.get(ours)!, { rows: 12, answersCompared })
  },
}
