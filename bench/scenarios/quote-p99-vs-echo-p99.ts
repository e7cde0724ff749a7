import { QUOTES } from '../claims.ts'
import { latencyRounds } from '../latency-rounds.ts'
import { echoCapacity, OURS_AND_ECHO, oursAndEcho } from '../ours-and-echo.ts'
import type { Scenario } from '../scenario.ts'

/** Latency of quotes where the echo is at a quarter of what it can do. */
export const quoteP99VsEchoP99: Scenario = {
  name: 'quote_p99_vs_echo_p99',
  title: "p99 of quotes over the echo's, at a quarter of the echo's capacity, open loop",
  suites: ['quick', 'full'],
  shares: OURS_AND_ECHO,
  target: { atMost: 1.5, orMsApart: 2 },
  async run(context) {
    const both = await oursAndEcho(context)
    const ratePerSecond = (await echoCapacity(context, both)) / 4
    const side = { path: QUOTES, requests: both.requests, ratePerSecond }
    return latencyRounds(context, {
      floor: { name: 'echo', server: both.floor, ...side },
      ours: { name: 'ours', server: both.ours, ...side },
    })
  },
}
