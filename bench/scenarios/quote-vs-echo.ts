import { QUOTES } from '../claims.ts'
import { OURS_AND_ECHO, oursAndEcho } from '../ours-and-echo.ts'
import type { Scenario } from '../scenario.ts'
import { sideBySide } from '../side-by-side.ts'

/** Quotes of ten-line claims against the echo: what deciding costs on top of bare HTTP. */
export const quoteVsEcho: Scenario = {
  name: 'quote_vs_echo',
  title: 'quotes of 10 lines over the echo, by requests/s and CPU',
  suites: ['smoke', 'quick', 'full'],
  shares: OURS_AND_ECHO,
  target: { atLeast: 0.8 },
  async run(context) {
    const { ours, floor, requests } = await oursAndEcho(context)
    const plan = () => ({ path: QUOTES, requests })
    return sideBySide(context, {
      floor: { server: floor, plan },
      ours: { server: ours, plan },
      everyClient: true,
    })
  },
}
