import { SETTLEMENTS } from '../claims.ts'
import { FoldWatch } from '../fold-watch.ts'
import { OURS_AND_ECHO, oursAndEcho } from '../ours-and-echo.ts'
import { newIdPrefix } from '../requests.ts'
import type { BenchContext, RatioResult, Scenario } from '../scenario.ts'
import { type Measured, measure, type Side, sideBySide } from '../side-by-side.ts'
import { rounded } from '../statistics.ts'

/** Commits come in groups; with few connections they would only wait for the disk in turn. */
export const SETTLE_CONNECTIONS = 128

/** In a long run the speed may be a little under that of the rounds before it is worth a word. */
const SUSTAINED_MIN = 0.9

/**
 * Durable settlements of ten-line claims against an echo that keeps nothing, in short rounds. Then
 * ours alone without a break for as long as the suite says: at what speed, and with what lag of the
 * fold, is in the further figures.
 */
export const settleVsEcho: Scenario = {
  name: 'settle_vs_echo',
  title: 'durable settlements over the echo, sustained, with the fold keeping up',
  suites: ['smoke', 'quick', 'full'],
  shares: OURS_AND_ECHO,
  target: { atLeast: 0.4 },
  async run(context) {
    const both = await oursAndEcho(context)
    const side = (server: Side['server']): Side => ({
      server,
      plan: () => ({ path: SETTLEMENTS, requests: both.requests, idPrefix: newIdPrefix() }),
      connections: SETTLE_CONNECTIONS,
    })
    const ours = side(both.ours)
    const result = await sideBySide(context, { floor: side(both.floor), ours, everyClient: true })
    const fold = new FoldWatch(both.ours)
    const sustained = await sustain(context, ours, fold)
    const sustainedRatio = ratioTo(result, sustained)
    const slower = sustainedRatio < SUSTAINED_MIN * result.ratio
    return {
      ...result,
      also: {
        ...result.also,
        sustainedSeconds: context.suite.sustainedSeconds,
        sustainedPerSecond: rounded(sustained.requestsPerSecond),
        sustainedRatio: rounded(sustainedRatio),
        ...fold.also,
      },
      marks: [...(slower ? [`sustained it was ${rounded(sustainedRatio)}`] : []), ...fold.marks],
    }
  },
}

async function sustain(context: BenchContext, ours: Side, fold: FoldWatch): Promise<Measured> {
  const { client, say, suite } = context
  await fold.begin()
  const side = { ...ours, afterwards: () => fold.end() }
  const sustained = await measure(context, client, side, suite.sustainedSeconds)
  const { foldLagEntries } = fold.also
  say(
    `${sustained.requestsPerSecond.toFixed(0)}/s for ${suite.sustainedSeconds} s, ` +
      `the fold ${foldLagEntries} entries behind at the end`,
  )
  return sustained
}

/** Against the floor of the rounds, in the way in which they were compared. */
function ratioTo({ floor, unit }: RatioResult, measured: Measured): number {
  return unit === 'requests/s'
    ? measured.requestsPerSecond / floor
    : floor / measured.cpuMicrosPerRequest
}
