import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ServerChild } from '../children/server-child.ts'
import { startYizhan } from '../children/yizhan.ts'
import { freshLedger } from '../data-folders.ts'
import type { Scenario } from '../scenario.ts'
import { median, rounded, spread } from '../statistics.ts'

const BARE = fileURLToPath(new URL('../bare-server.js', import.meta.url))

/** From the process's start to the first 200 of /health/ready, on a ledger that is there. */
export const startVsBare: Scenario = {
  name: 'start_vs_bare',
  title: 'cold start to ready, 230,000 rows and a million people, over a bare Fastify start',
  suites: ['full'],
  target: { atMost: 10 },
  async run(context) {
    const { suite, say } = context
    const folder = freshLedger(context, { scale: suite.scale })
    // The first start books the opening balances and reads the catalogue: that is not what is asked.
    await (await startYizhan(context, { folder })).stop()
    const starts = {
      floor: () =>
        context.start({ title: 'bare', script: BARE, args: [], folder, readySeconds: 30 }),
      ours: () => startYizhan(context, { folder }),
    }
    const rounds: { readonly floor: number; readonly ours: number }[] = []
    for (let round = 0; round < suite.rounds; round++) {
      const measured = { floor: 0, ours: 0 }
      const order = ['floor', 'ours'] as const
      for (const side of round % 2 === 0 ? order : order.toReversed()) {
        measured[side] = await readyAfter(starts[side])
      }
      rounds.push(measured)
      const { floor, ours } = measured
      say(
        `round ${round + 1}/${suite.rounds}: bare ${floor.toFixed(0)} ms, ours ${ours.toFixed(0)} ms`,
      )
    }
    const ratios = rounds.map(({ floor, ours }) => ours / floor)
    return {
      floor: rounded(median(rounds.map(({ floor }) => floor))),
      ours: rounded(median(rounds.map(({ ours }) => ours))),
      ratio: rounded(median(ratios)),
      rounds: rounds.length,
      spread: rounded(spread(ratios), 2),
      unit: 'ms',
      detail: { rounds },
    }
  },
}

async function readyAfter(start: () => Promise<ServerChild>): Promise<number> {
  const began = performance.now()
  const server = await start()
  while (!(await fetch(`${server.address}/health/ready`)).ok) await sleep(2)
  const took = performance.now() - began
  await server.stop()
  return took
}
