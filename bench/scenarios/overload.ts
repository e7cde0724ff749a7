import { lateMarks, pooledDetail } from '../latency-rounds.ts'
import { OVERLOAD, type Overload, overload } from '../overload.ts'
import type { BenchContext, RatioResult, Scenario, ValueResult } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'

const SHARED = { suites: ['load', 'full'], shares: OVERLOAD, limitSeconds: 240 } as const

/** Whether latency collapses when more is sent than can be done, and whether the books are right. */
export const overloadP99: Scenario = {
  ...SHARED,
  name: 'overload_p99',
  title: 'p99 of accepted settlements at twice the sustainable rate, over half of it; the books',
  target: {
    atMost: 3,
    none: ['rowsNotAcknowledged', 'acknowledgedNotBooked', 'healthFailed'],
  },
  async run(context: BenchContext): Promise<RatioResult> {
    const measured = await overload(context)
    const { rounds, sustainablePerSecond, also } = measured
    const ratios = rounds.map(({ half, double }) => double.latency.p99Ms / half.latency.p99Ms)
    const halves = rounds.map(({ half }) => half)
    const doubles = rounds.map(({ double }) => double)
    return {
      floor: rounded(median(halves.map(({ latency }) => latency.p99Ms))),
      ours: rounded(median(doubles.map(({ latency }) => latency.p99Ms))),
      ratio: rounded(median(ratios)),
      rounds: rounds.length,
      spread: rounded(spread(ratios), 2),
      unit: 'ms (p99)',
      also: {
        sustainablePerSecond: rounded(sustainablePerSecond),
        acceptedAtDouble: rounded(median(doubles.map((it) => it.answeredPerSecond))),
        ...also,
      },
      marks: marksOf(measured),
      detail: {
        half: pooledDetail(halves),
        double: pooledDetail(doubles),
        rounds: rounds.map(({ half, double }) => ({ half: half.latency, double: double.latency })),
      },
    }
  },
}

/** How long somebody who is turned away waits to hear it. */
export const shedP50Ms: Scenario = {
  ...SHARED,
  name: 'shed_p50_ms',
  title: 'median time to the 503 of a settlement that is shed, at twice the sustainable rate',
  target: { atMost: 50 },
  async run(context: BenchContext): Promise<ValueResult> {
    const measured = await overload(context)
    const doubles = measured.rounds.map(({ double }) => double)
    const medians = doubles.map(({ shedLatency }) => shedLatency.p50Ms)
    return {
      value: rounded(median(medians)),
      unit: 'ms',
      rounds: doubles.length,
      spread: rounded(spread(medians), 2),
      also: {
        shed: doubles.reduce((sum, { shed }) => sum + shed, 0),
        shedP99Ms: rounded(median(doubles.map(({ shedLatency }) => shedLatency.p99Ms))),
      },
      marks: marksOf(measured),
    }
  },
}

/** Whether one institution's mistake is another's trouble. */
export const honestKept: Scenario = {
  ...SHARED,
  name: 'honest_kept',
  title: 'share accepted of an institution at a tenth of the sustainable rate beside one at twice',
  target: { atLeast: 0.95 },
  async run(context: BenchContext): Promise<ValueResult> {
    const measured = await overload(context)
    const { beside } = measured
    const shares = beside.map(({ honest }) => honest.answered / honest.sent)
    return {
      value: rounded(median(shares)),
      unit: 'share',
      rounds: beside.length,
      spread: rounded(spread(shares), 2),
      also: {
        worst: rounded(Math.min(...shares)),
        honestP99Ms: rounded(median(beside.map(({ honest }) => honest.latency.p99Ms))),
        runawayKept: rounded(median(beside.map(({ runaway: it }) => it.answered / it.sent))),
      },
      marks: marksOf(measured),
    }
  },
}

function marksOf({ rounds, beside }: Overload): string[] {
  return lateMarks([
    ...rounds.flatMap(({ half, double }) => [half, double]),
    ...beside.flatMap(({ runaway, honest }) => [runaway, honest]),
  ])
}
