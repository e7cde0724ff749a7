import { startEcho } from '../children/echo.ts'
import { startYizhan } from '../children/yizhan.ts'
import { medianAnswer, quotableClaims } from '../claims.ts'
import { newIdPrefix, numberedId, withRequestId } from '../requests.ts'
import type { Scenario } from '../scenario.ts'
import { sideBySide } from '../side-by-side.ts'

const PATH = '/v1/settlements'
const ANSWERS_SAMPLED = 301
/** Commits come in groups; with few connections they would only wait for the disk in turn. */
const CONNECTIONS = 128

/** Durable settlements of ten-line claims against an echo that keeps nothing. */
export const settleVsEcho: Scenario = {
  name: 'settle_vs_echo',
  suites: ['smoke', 'quick', 'full'],
  async run(context) {
    const ours = await startYizhan(context)
    const requests = await quotableClaims(context, ours)
    const sample = requests.slice(0, ANSWERS_SAMPLED)
    const idPrefix = newIdPrefix()
    const decision = await medianAnswer(ours, PATH, sample, (request, index) =>
      withRequestId(numberedId(idPrefix, index), request),
    )
    const floor = await startEcho(context, decision)
    const plan = () => ({ path: PATH, requests, idPrefix: newIdPrefix() })
    return sideBySide(context, {
      floor: { server: floor, plan, connections: CONNECTIONS },
      ours: { server: ours, plan, connections: CONNECTIONS },
    })
  },
}
