import { SETTLEMENTS } from '../claims.ts'
import { FoldWatch } from '../fold-watch.ts'
import { oursAndEcho } from '../ours-and-echo.ts'
import { newIdPrefix } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import { sideBySide } from '../side-by-side.ts'

/** Commits come in groups; with few connections they would only wait for the disk in turn. */
export const SETTLE_CONNECTIONS = 128

/** Durable settlements of ten-line claims against an echo that keeps nothing. */
export const settleVsEcho: Scenario = {
  name: 'settle_vs_echo',
  title: 'durable settlements over the echo, sustained, with the fold keeping up',
  suites: ['smoke', 'quick', 'full'],
  target: { atLeast: 0.4 },
  limitSeconds: 1_800,
  async run(context) {
    const { ours, floor, requests } = await oursAndEcho(context, SETTLEMENTS)
    const fold = new FoldWatch(ours)
    await fold.begin()
    const plan = () => ({ path: SETTLEMENTS, requests, idPrefix: newIdPrefix() })
    const result = await sideBySide(context, {
      floor: { server: floor, plan, connections: SETTLE_CONNECTIONS },
      ours: {
        server: ours,
        plan,
        connections: SETTLE_CONNECTIONS,
        seconds: context.suite.settleSeconds,
        afterwards: () => fold.end(),
      },
      everyClient: true,
    })
    return { ...result, also: { ...result.also, ...fold.also }, marks: fold.marks }
  },
}
