import { startContestant } from '../in-process/contestant.ts'
import { measureRounds, medianOf } from '../in-process/rounds.ts'
import type { Scenario } from '../scenario.ts'
import { exponent, median, rounded, spread } from '../statistics.ts'

/** How the CPU time of a decision grows with the lines of the bill: 1 is in proportion. */
export const linesGrowth: Scenario = {
  name: 'lines_growth',
  title: 'the exponent of the time of a decision, from 10 to 5,000 lines',
  target: { atMost: 1.05 },
  suites: ['quick', 'full'],
  async run(context) {
    const { scale } = context.suite
    context.say(`making the ${scale} catalogue and the claims`)
    const contestant = await startContestant(context, 'many lines', { scale })
    const [failed] = contestant.notBuilt
    if (failed !== undefined) throw new Error(`${failed.mode} lines: ${failed.why}`)
    const entrants = contestant.modes.map((mode) => ({ contestant, mode }))
    const speeds = [...(await measureRounds(context, entrants))]
    const rounds = Array.from({ length: context.suite.rounds }, (_, round) =>
      exponent(speeds.map(([{ mode }, ofMode]) => [Number(mode), ofMode[round]!.cpuMicros])),
    )
    const points = speeds.map(
      ([{ mode }, ofMode]) => [Number(mode), rounded(medianOf(ofMode, 'cpuMicros'))] as const,
    )
    return {
      value: rounded(median(rounds)),
      unit: 'exponent',
      rounds: rounds.length,
      spread: rounded(spread(rounds), 2),
      detail: {
        scale,
        rounds: rounds.map((value) => rounded(value)),
        growth: {
          xLabel: 'lines',
          unit: 'CPU µs/decision',
          series: [{ name: 'one decision', points }],
        },
      },
    }
  },
}
