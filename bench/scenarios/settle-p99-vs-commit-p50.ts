import { fileURLToPath } from 'node:url'
import { startYizhan } from '../children/yizhan.ts'
import { quotableClaims, SETTLEMENTS } from '../claims.ts'
import { freshLedger } from '../data-folders.ts'
import { FoldWatch } from '../fold-watch.ts'
import { lateMarks, measure, pooledDetail } from '../latency-rounds.ts'
import type { Percentiles } from '../load/latencies.ts'
import type { OpenLoopResult } from '../load/open-loop.ts'
import type { Scenario } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'

const COMMITS = fileURLToPath(new URL('../one-row-commits.js', import.meta.url))

type Commits = Percentiles & { readonly commits: number }

/**
 * What a settlement waits for under load beyond the disk. The floor is the product's journal in a
 * process of its own, appending rows of the same run one at a time while our server is idle: on the
 * same disk, by the same code, without anything that this key is about.
 */
export const settleP99VsCommitP50: Scenario = {
  name: 'settle_p99_vs_commit_p50',
  title: 'p99 of settlements at 3,000/s, open loop, over the p50 of a durable one-row commit',
  suites: ['full'],
  target: { atMost: 12 },
  async run(context) {
    const { suite, say } = context
    const folder = freshLedger(context, { scale: suite.scale })
    const server = await startYizhan(context, { folder })
    const requests = await quotableClaims(context, server)
    const ratePerSecond = suite.settleRate
    const side = { name: 'ours', server, path: SETTLEMENTS, requests, ratePerSecond, withIds: true }
    await measure(context, side, 0)

    const fold = new FoldWatch(server)
    const rounds: { readonly floor: Commits; readonly ours: OpenLoopResult }[] = []
    for (let round = 0; round < suite.rounds; round++) {
      const target = context.makeFolder('commits')
      const printed = await context.runProgram(COMMITS, [folder, target, '1000'])
      const floor = JSON.parse(printed) as Commits
      await fold.begin()
      const ours = await measure(context, side, round)
      await fold.end()
      rounds.push({ floor, ours })
      const { p50Ms, p99Ms } = ours.latency
      say(
        `round ${round + 1}/${suite.rounds}: commit p50 ${floor.p50Ms} ms; ` +
          `settlement p50 ${p50Ms}, p99 ${p99Ms} ms`,
      )
    }
    const ratios = rounds.map(({ floor, ours }) => ours.latency.p99Ms / floor.p50Ms)
    const answered = median(rounds.map(({ ours }) => ours.answeredPerSecond))
    return {
      floor: rounded(median(rounds.map(({ floor }) => floor.p50Ms))),
      ours: rounded(median(rounds.map(({ ours }) => ours.latency.p99Ms))),
      ratio: rounded(median(ratios)),
      rounds: rounds.length,
      spread: rounded(spread(ratios), 2),
      unit: 'ms (p50, p99)',
      also: { settlementsPerSecond: rounded(answered), ...fold.also },
      marks: [...lateMarks(rounds.map(({ ours }) => ours)), ...fold.marks],
      detail: {
        ratePerSecond,
        ours: pooledDetail(rounds.map(({ ours }) => ours)),
        rounds: rounds.map(({ floor, ours }) => ({ floor, ours: ours.latency })),
      },
    }
  },
}
