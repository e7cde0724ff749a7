import { startContestant } from '../in-process/contestant.ts'
import { measureRounds, medianOf } from '../in-process/rounds.ts'
import { CLAIMS } from '../in-process/ten-line-decisions.ts'
import type { Scenario } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'

/**
 * One whole decision of ten lines with its trace, on the shipped packs and the suite's catalogue:
 * the mean over all cities, bills of outpatients and stays alike, in CPU time.
 */
export const decideTenLines: Scenario = {
  name: 'decide_10_lines_us',
  title: 'one whole decision of ten lines with its trace, in CPU time',
  target: { atMost: 10 },
  suites: ['full'],
  async run(context) {
    const { scale } = context.suite
    context.say(`making the ${scale} catalogue and the claims`)
    const contestant = await startContestant(context, 'ten lines', { scale })
    const [failed] = contestant.notBuilt
    if (failed !== undefined) throw new Error(`${failed.mode}: ${failed.why}`)
    const entrants = contestant.modes.map((mode) => ({ contestant, mode }))
    const speeds = await measureRounds(context, entrants)
    const rounds = Array.from({ length: context.suite.rounds }, (_, round) =>
      mean([...speeds.values()].map((ofMode) => ofMode[round]!.cpuMicros)),
    )
    return {
      value: rounded(median(rounds)),
      unit: 'CPU µs/decision',
      rounds: rounds.length,
      spread: rounded(spread(rounds), 2),
      detail: {
        claims: `${CLAIMS} generated claims of ten lines in turn, for each city and kind of care`,
        scale,
        perCity: Object.fromEntries(
          [...speeds].map(([{ mode }, ofMode]) => [
            mode,
            {
              cpuMicros: rounded(medianOf(ofMode, 'cpuMicros')),
              wallMicros: rounded(1e6 / medianOf(ofMode, 'perSecond')),
            },
          ]),
        ),
        roundsByCpu: rounds.map((micros) => rounded(micros)),
        peers: {
          unit: 'CPU µs/decision',
          bars: [...speeds].map(([{ mode }, ofMode]) => ({
            name: mode,
            value: rounded(medianOf(ofMode, 'cpuMicros')),
          })),
        },
      },
    }
  },
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
