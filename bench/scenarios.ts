import type { Scenario } from './scenario.ts'
import { quoteVsEcho } from './scenarios/quote-vs-echo.ts'
import { settleVsEcho } from './scenarios/settle-vs-echo.ts'

/** Every scenario, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [quoteVsEcho, settleVsEcho]
