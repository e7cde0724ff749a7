import { startEcho } from '../children/echo.ts'
import { startYizhan } from '../children/yizhan.ts'
import { medianAnswer, quotableClaims } from '../claims.ts'
import type { Scenario } from '../scenario.ts'
import { sideBySide } from '../side-by-side.ts'

const PATH = '/v1/quotes'
const ANSWERS_SAMPLED = 1_001

/** Quotes of ten-line claims against the echo: what deciding costs on top of bare HTTP. */
export const quoteVsEcho: Scenario = {
  name: 'quote_vs_echo',
  suites: ['smoke', 'quick', 'full'],
  async run(context) {
    const ours = await startYizhan(context)
    const requests = await quotableClaims(context, ours)
    const sample = requests.slice(0, ANSWERS_SAMPLED)
    const decision = await medianAnswer(ours, PATH, sample, ({ claim }) => claim)
    const floor = await startEcho(context, decision)
    const plan = () => ({ path: PATH, requests })
    return sideBySide(context, {
      floor: { server: floor, plan },
      ours: { server: ours, plan },
    })
  },
}
